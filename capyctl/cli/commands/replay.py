"""``capyctl replay``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import Outcome, run_of

app = command_app()


class ReplayCommand(CapyCommand):
    """Takes every form of output that a record may have."""

    yaml_allowed = True


@app.command(cls=ReplayCommand)
def replay(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A record, as --record leaves it.")],
) -> Outcome:
    """Print what a recorded run printed, and end with its status; ask nobody.

    Without -o it is printed in the form that was asked for then.
    """
    from capyctl.cli.replaying import replayed  # noqa: PLC0415 - start-up budget

    return replayed(run_of(ctx), file)
