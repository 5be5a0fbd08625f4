"""Commands of clusterctl that capyctl does not have (cli.md 5)."""

from __future__ import annotations

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import Outcome, run_of
from capyctl.core.codes import COMMAND_OF_CLUSTERCTL
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus

app = command_app()


@app.command(
    cls=CapyCommand,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def not_here(ctx: typer.Context) -> Outcome:
    """Answer that clusterctl has this command."""
    words = run_of(ctx).command
    diagnostic = Diagnostic(
        code=COMMAND_OF_CLUSTERCTL,
        severity=Severity.ERROR,
        detail=f"capyctl does not have this command; use clusterctl: clusterctl {words}. Nothing was done.",
    )
    return Outcome(diagnostics=(diagnostic,), status=ExitStatus.USAGE)
