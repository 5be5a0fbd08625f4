"""``capyctl bundle create``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.cli.declare import LongCommand, command_app
from capyctl.cli.files import named_file
from capyctl.cli.lock_options import bound_run
from capyctl.cli.provider_command import with_world
from capyctl.cli.run import Outcome
from capyctl.report.bundle_text import bundle_json, bundle_text
from capyctl.wiring.bundle_creating import create_bundle
from capyctl.wiring.request import LONG_DEADLINE
from capyctl.wiring.world import World

app = command_app()


@app.command("create", cls=LongCommand)
def bundle_create(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The bundle; gzip if it ends in .gz or .tgz.")],
    locked: Annotated[str, typer.Option("--locked", metavar="LOCK", help="The lock to carry the files of.")],
) -> Outcome:
    """Carry every file of a lock in one archive, for clusterctl, Go, OCI clients and the operator."""
    named_file(file, "FILE")
    run = bound_run(ctx, locked)
    run.patience = LONG_DEADLINE
    return with_world(run, lambda world: _create(world, file))


def _create(world: World, file: str) -> Outcome:
    run = world.locked
    if run is None:
        raise TypeError("a bundle is made in a world that is bound to a lock")
    served = create_bundle(world, run, file)
    bundle = served.found
    if bundle is None:
        return Outcome(diagnostics=served.diagnostics, evidence=served.evidence)
    return Outcome(
        result=bundle_json(bundle),
        text=lambda _, style: bundle_text(file, bundle, style),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
    )
