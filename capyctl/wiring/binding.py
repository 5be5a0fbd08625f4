"""What references come to where a run is bound to a lock; without one nothing changes, and nothing more is imported."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import ProviderReference, ProviderType, split_manifest_label
from capyctl.core.provider_table import TableEntry
from capyctl.wiring.choice import ChoiceOptions, References
from capyctl.wiring.world import World


class Bound(Struct, frozen=True, kw_only=True):
    """What references come to under a lock; without one they are what they were.

    Attributes:
        refused: manifest labels of which nothing may be given. said: why, and what else is to be known.
    """

    references: References
    choice: ChoiceOptions
    refused: frozenset[str] = frozenset()
    said: tuple[Diagnostic, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether anything differs from the lock."""
        return any(each.is_error for each in self.said)


def everything_locked(
    world: World, without: frozenset[ProviderType] = frozenset()
) -> tuple[ProviderReference, ...]:
    """What a command without a reference is about under a lock: all that it has, but for these types."""
    labels = world.locked.labels if world.locked is not None else ()
    wanted = (label for label in labels if split_manifest_label(label).type not in without)
    return tuple(ProviderReference(text=label, name=label) for label in wanted)


def bind(world: World, references: References, choice: ChoiceOptions, *, all_types: bool = False) -> Bound:
    """References and all files of their providers held against the lock; none stand for all that it has."""
    wanted = references or everything_locked(world)
    bound = bind_references(world, wanted, choice, all_types=all_types)
    if world.locked is None:
        return bound
    targets = world.finder(all_types=all_types).find(bound.references).found
    return with_files(world, bound, [each.entry for each in targets])


def bind_references(
    world: World, references: References, choice: ChoiceOptions, *, all_types: bool = False
) -> Bound:
    """The references as the lock has them, with every one that disagrees; none stand for none."""
    if world.locked is None:
        return Bound(references=references, choice=choice)
    from capyctl.wiring.locked_references import locked_references  # noqa: PLC0415 - start-up budget

    return locked_references(world, references, choice, all_types=all_types)


def with_files(
    world: World, bound: Bound, entries: Sequence[TableEntry], cert_manager: TableEntry | None = None
) -> Bound:
    """What the files of these providers add to it; ``cert_manager`` is given where it is brought as well.

    Every problem is gathered: a reference that differs keeps no other provider from being compared.
    """
    if world.locked is None:
        return bound
    from capyctl.wiring.lock_comparison import bound_with_files  # noqa: PLC0415 - start-up budget

    return bound_with_files(world, bound, entries, cert_manager)
