"""``capyctl completion SHELL``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.cli.completion_scripts import SCRIPTS
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import Outcome

app = command_app()

Shell = Annotated[str, typer.Argument(metavar="|".join(SCRIPTS), help="The shell.", show_default=False)]


@app.command(cls=CapyCommand)
def completion(shell: Shell) -> Outcome:
    """Print the script that makes a shell complete commands, options and provider names."""
    if shell not in SCRIPTS:
        known = ", ".join(SCRIPTS)
        raise typer.BadParameter(f"{shell!r} is not one of {known}", param_hint="SHELL")
    return Outcome(bare=SCRIPTS[shell])
