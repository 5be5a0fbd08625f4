"""``versions`` over a world."""

from __future__ import annotations

from capyctl.app.versions import ProviderVersions, list_versions
from capyctl.wiring.choice import References
from capyctl.wiring.served import Served, served
from capyctl.wiring.world import World


def versions_of_providers(
    world: World, references: References, *, verify: bool
) -> Served[tuple[ProviderVersions, ...]]:
    """Every version any source knows, with its state."""
    targets = world.finder(all_types=True).find(references)
    found = tuple(
        list_versions(target, world.catalog, world.asker, verify=verify) for target in targets.found
    )
    said = [*targets.diagnostics, *(item for each in found for item in each.diagnostics)]
    asked = (*world.evidence(), *(piece for each in found for piece in each.evidence))
    return served(world, found, said, asked)
