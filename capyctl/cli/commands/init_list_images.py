"""``capyctl init list-images``."""

from __future__ import annotations

import typer

from capyctl.app.folding import fold_failures
from capyctl.cli.choice_options import AllowPrerelease, ContractOption, choice_options
from capyctl.cli.declare import command_app
from capyctl.cli.install_command import install_references, plan_with
from capyctl.cli.provider_command import ChoiceOptions, common_notes, with_world
from capyctl.cli.provider_options import ProviderCommand
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import Outcome, run_of
from capyctl.cli.wiring import World
from capyctl.report.provider_text import images_text

app = command_app()


@app.command("list-images", cls=ProviderCommand)
def list_images(
    ctx: typer.Context,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
) -> Outcome:
    """List every image that this installation would need; no cluster and no variable is needed."""
    run = run_of(ctx)
    options = choice_options(contract, allow_prerelease, None)
    given = install_references(run)
    if isinstance(given, Outcome):
        return given
    return with_world(run, lambda world: _list(world, given, options))


def _list(world: World, given: GivenReferences, options: ChoiceOptions) -> Outcome:
    plan, about = plan_with(world, given, options, world.components())
    evidence = (*world.evidence(), *plan.evidence)
    return Outcome(
        result={"images": list(plan.images)},
        text=images_text,
        diagnostics=fold_failures((*about, *plan.diagnostics, *common_notes(world, evidence))),
        evidence=evidence,
    )
