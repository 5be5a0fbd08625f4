"""``capyctl bundle push``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from capyctl.cli.declare import LongCommand, command_app
from capyctl.cli.provider_command import with_world
from capyctl.cli.run import Outcome, run_of
from capyctl.core.bundle.pushed import Pushed
from capyctl.core.oci_address import OciAddress, OciAddressError, parse_oci_prefix
from capyctl.report.bundle_text import pushed_json, pushed_text
from capyctl.wiring.bundle_pushing import push_bundle
from capyctl.wiring.bundle_reading import BundleRefusedError
from capyctl.wiring.request import LONG_DEADLINE
from capyctl.wiring.world import World

app = command_app()


@app.command("push", cls=LongCommand)
def bundle_push(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The bundle.")],
    target: Annotated[
        str, typer.Argument(metavar="oci://HOST/PREFIX", help="Where the providers go, each by its label.")
    ],
) -> Outcome:
    """Put each provider of a bundle into a registry, as PREFIX/LABEL:VERSION; logins are those of docker."""
    run = run_of(ctx)
    run.patience = LONG_DEADLINE
    try:
        prefix = parse_oci_prefix(target)
    except OciAddressError as error:
        meant = f"; write {error.rewritten}" if error.rewritten else ""
        raise typer.BadParameter(
            f"the form is oci://HOST/PREFIX, and {error.reason}{meant}", param_hint="oci://HOST/PREFIX"
        ) from error
    return with_world(run, lambda world: _push(world, file, prefix))


def _push(world: World, file: str, prefix: OciAddress) -> Outcome:
    try:
        done = push_bundle(world, file, prefix)
    except BundleRefusedError as error:
        return Outcome(diagnostics=error.diagnostics)
    pushed: Sequence[Pushed] = done.found
    return Outcome(
        result=pushed_json(pushed),
        text=lambda _, style: pushed_text(pushed, style),
        diagnostics=done.diagnostics,
        evidence=done.evidence,
    )
