"""``capyctl init list-images``."""

from __future__ import annotations

import typer

from capyctl.app.lacking_files import demanded
from capyctl.cli.choice_options import AllowPrerelease, ContractOption, choice_options
from capyctl.cli.declare import command_app
from capyctl.cli.install_command import install_references
from capyctl.cli.lock_options import Bundle, Locked, bound_run
from capyctl.cli.provider_command import with_world
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import Outcome
from capyctl.report.provider_text import images_text
from capyctl.wiring.planning import PlanOptions, plan_installation
from capyctl.wiring.world import World

app = command_app()


@app.command("list-images", cls=ProviderCommand)
def list_images(
    ctx: typer.Context,
    references: References = None,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
    locked: Locked = None,
    bundle: Bundle = None,
) -> Outcome:
    """List every image that this installation would need; no cluster and no variable is needed."""
    run = bound_run(ctx, locked, bundle)
    choice = choice_options(contract, allow_prerelease, None)
    given = install_references(run, references)
    if isinstance(given, Outcome):
        return given
    options = PlanOptions(choice=choice, skipped=given.skipped, render=False)
    return with_world(run, lambda world: _list(world, given, options))


def _list(world: World, given: GivenReferences, options: PlanOptions) -> Outcome:
    served = plan_installation(world, given.references, options)
    said = demanded(served.diagnostics, world.invocation, "Its images are not in the list.")
    return Outcome(
        result={"images": list(served.found.images)},
        text=images_text,
        diagnostics=said,
        evidence=served.evidence,
    )
