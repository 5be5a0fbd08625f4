"""``capyctl resolve``."""

from typing import Annotated

import typer

from capyctl.app.present import to_resolved
from capyctl.cli.choice_options import AllowPrerelease, ContractOption, MetadataFrom, choice_options
from capyctl.cli.declare import command_app
from capyctl.cli.lock_options import Bundle, Locked, bound_run
from capyctl.cli.provider_command import with_references
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import JsonObject, Outcome
from capyctl.report.provider_text import resolved_text
from capyctl.report.resolved_json import resolved_json
from capyctl.report.text_style import TextStyle
from capyctl.wiring.choice import ChoiceOptions
from capyctl.wiring.resolving import resolve_providers
from capyctl.wiring.world import World

app = command_app()


@app.command(cls=ProviderCommand)
def resolve(
    ctx: typer.Context,
    references: References = None,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
    metadata_from: MetadataFrom = None,
    locked: Locked = None,
    bundle: Bundle = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show why: the tree of reasons.")] = False,
) -> Outcome:
    """Choose a version of each provider, and check its files."""
    options = choice_options(contract, allow_prerelease, metadata_from)
    return with_references(
        bound_run(ctx, locked, bundle, metadata_from),
        references,
        lambda world, given: _resolve(world, given, options, explain),
    )


def _resolve(world: World, given: GivenReferences, options: ChoiceOptions, explain: bool) -> Outcome:
    served = resolve_providers(world, given.references, options)
    result: JsonObject = {"providers": [resolved_json(to_resolved(each)) for each in served.found]}

    def text(shown: JsonObject, style: TextStyle) -> str:
        if explain:
            from capyctl.app.reasons import reasons_of  # noqa: PLC0415 - start-up budget
            from capyctl.report.explanation_text import explanation_text  # noqa: PLC0415 - the same

            return explanation_text(shown, [reasons_of(each) for each in served.found], style)
        return resolved_text(shown, style)

    return Outcome(
        result=result,
        text=text if served.found else None,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
    )
