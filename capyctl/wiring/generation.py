"""``generate provider`` over a world: the one target found, resolved, and its components made."""

from __future__ import annotations

from msgspec import Struct

from capyctl.app.folding import fold_failures
from capyctl.app.generate import Generated, generate_components
from capyctl.app.resolve import Resolver
from capyctl.core.identity import ProviderReference
from capyctl.core.status_rules import status_of
from capyctl.wiring.binding import bind
from capyctl.wiring.choice import ChoiceOptions
from capyctl.wiring.notes import common_notes
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


class GenerateOptions(Struct, frozen=True, kw_only=True):
    """How the components are made.

    Attributes:
        raw: leave variables as they stand. describe: only look, so that no value is demanded.
        target_namespace: None for what the file names.
    """

    choice: ChoiceOptions
    raw: bool = False
    describe: bool = False
    target_namespace: str | None = None


def components_of_provider(
    world: World, reference: ProviderReference, options: GenerateOptions
) -> Served[Generated | None]:
    """The components of one provider; None where the reference stands for no provider that can be asked about."""
    bound = bind(world, (reference,), options.choice)
    targets = world.finder().find(bound.references)
    going = [each for each in targets.found if each.label not in bound.refused]
    components = world.components(
        render=not options.describe, raw=options.raw, target_namespace=options.target_namespace
    )
    resolver = Resolver(catalog=world.catalog, asker=world.asker, components=components)
    resolutions = resolver.resolve(bound.choice.request(going))
    made = [generate_components(each, world.invocation, describe=options.describe) for each in resolutions]
    asked = (*world.evidence(), *(piece for each in resolutions for piece in each.evidence))
    said = fold_failures(
        (
            *targets.diagnostics,
            *bound.said,
            *common_notes(world, asked),
            *(item for each in made for item in each.diagnostics),
        )
    )
    return Served(found=next(iter(made), None), diagnostics=said, evidence=asked, status=status_of(said))
