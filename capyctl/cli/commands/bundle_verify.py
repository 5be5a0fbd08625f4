"""``capyctl bundle verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import Outcome, run_of
from capyctl.report.bundle_text import bundle_json, bundle_text
from capyctl.wiring.bundle_reading import BundleRefusedError, verify_bundle

app = command_app()


@app.command("verify", cls=CapyCommand)
def bundle_verify(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The bundle.")],
) -> Outcome:
    """Say whether a bundle is unchanged, and whole for its lock; ask nobody."""
    run_of(ctx)
    try:
        bundle, notes = verify_bundle(file)
    except BundleRefusedError as error:
        return Outcome(diagnostics=error.diagnostics)
    return Outcome(
        result=bundle_json(bundle),
        text=lambda _, style: bundle_text(file, bundle, style),
        diagnostics=notes,
    )
