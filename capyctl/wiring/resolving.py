"""``resolve`` over a world: targets found, sources asked, all that is to be said gathered in one value."""

from __future__ import annotations

from capyctl.app.present import component_findings
from capyctl.app.resolution import ProviderResolution, without_choice
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.wiring.binding import bind
from capyctl.wiring.choice import ChoiceOptions, References
from capyctl.wiring.served import Served, served
from capyctl.wiring.world import World


def resolve_providers(
    world: World, references: References, options: ChoiceOptions
) -> Served[tuple[ProviderResolution, ...]]:
    """Choose a version of each provider, and check its files."""
    bound = bind(world, references, options, all_types=True)
    targets = world.finder(all_types=True).find(bound.references)
    going = [each for each in targets.found if each.label not in bound.refused]
    refused = [each for each in targets.found if each.label in bound.refused]
    resolver = Resolver(catalog=world.catalog, asker=world.asker, components=world.components())
    resolutions = resolver.resolve(bound.choice.request(going))
    said = [*targets.diagnostics, *bound.said]
    for each in resolutions:
        said += diagnose_resolution(each, world.invocation)
        said += [item for item in component_findings(each) if not item.is_error]
    asked = (*world.evidence(), *(piece for each in resolutions for piece in each.evidence))
    nothing = (without_choice(target) for target in (*refused, *targets.unusable))
    return served(world, (*resolutions, *nothing), said, asked)
