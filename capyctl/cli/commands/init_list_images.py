"""``capyctl init list-images``."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from capyctl.cli.choice_options import AllowPrerelease, ContractOption, choice_options
from capyctl.cli.declare import command_app
from capyctl.cli.install_command import install_references
from capyctl.cli.lock_options import Bundle, Locked, bound_run
from capyctl.cli.provider_command import with_world
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import Outcome
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
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
    return Outcome(
        result={"images": list(served.found.images)},
        text=images_text,
        diagnostics=(*served.diagnostics, *_incomplete(served.diagnostics)),
        evidence=served.evidence,
    )


def _incomplete(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """A list that lacks images is no answer: somebody would mirror it and find out in the cluster."""
    if not any(item.code is codes.FILE_NOT_AVAILABLE_OFFLINE for item in diagnostics):
        return ()
    return (
        Diagnostic(
            code=codes.FILE_NOT_AVAILABLE_OFFLINE,
            severity=Severity.ERROR,
            detail="The images stand in the components files, and not all of these can be had in this run: "
            "the list is not complete.",
            fixes=(
                Fix(
                    applicability=Applicability.REVIEW,
                    title="run it where there is a network, without --offline",
                ),
            ),
        ),
    )
