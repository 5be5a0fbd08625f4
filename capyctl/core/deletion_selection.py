"""Which installed providers a deletion is about, by the inventory and by no provider table (clusterctl-cluster 6.1)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from capyctl.core.identity import ProviderKey, ProviderReference, split_manifest_label
from capyctl.core.inventory import InstalledProvider, Inventory
from capyctl.core.transaction import Transaction


class Leaving(Struct, frozen=True, kw_only=True):
    """An instance of a provider that can be deleted.

    Attributes:
        key: None where the inventory names no type that is known.
        entry: None where the inventory has it no more, or not yet: only an unfinished record tells of it.
    """

    key: ProviderKey | None
    label: str
    namespace: str
    version: str
    entry: InstalledProvider | None = None

    @property
    def instance_name(self) -> str:
        """Namespace and manifest label."""
        return f"{self.namespace}/{self.label}"


class Unmet(enum.Enum):
    """Why a reference selects nothing."""

    ABSENT = "absent"
    AMBIGUOUS = "ambiguous"
    SEVERAL = "several"
    OTHER_VERSION = "other-version"


class UnmetReference(Struct, frozen=True, kw_only=True):
    """A reference that selects nothing, and the instances that it is about."""

    reference: ProviderReference
    why: Unmet
    found: tuple[Leaving, ...] = ()


class Selection(Struct, frozen=True, kw_only=True):
    """The instances to be deleted, each once, and the references that stand for none.

    Attributes:
        known: every instance that could be deleted.
        by_label: references that gave a manifest label after a type flag (F03), with what they stand for.
    """

    chosen: tuple[Leaving, ...] = ()
    unmet: tuple[UnmetReference, ...] = ()
    known: tuple[Leaving, ...] = ()
    by_label: tuple[tuple[ProviderReference, Leaving], ...] = ()

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Manifest label and namespace of each."""
        return tuple((each.label, each.namespace) for each in self.chosen)

    @property
    def labels(self) -> tuple[str, ...]:
        """The manifest labels, each once."""
        return tuple(dict.fromkeys(each.label for each in self.chosen))


def select_providers(
    references: Sequence[ProviderReference] | None, inventory: Inventory, record: Transaction | None
) -> Selection:
    """The instances that the references name; all of them where there are no references (``--all``).

    An unfinished record counts beside the inventory: what a broken-off run has begun to bring or to delete can be
    deleted although its entry is not there (yet, or any more).
    """
    known = (*_recorded_in(inventory), *_unfinished(inventory, record))
    if references is None:
        return Selection(chosen=known, known=known)
    chosen: dict[tuple[str, str], Leaving] = {}
    unmet: list[UnmetReference] = []
    by_label: list[tuple[ProviderReference, Leaving]] = []
    for reference in references:
        found, is_label = _matching(reference, known)
        why = _fault(reference, found)
        if why is not None:
            unmet.append(UnmetReference(reference=reference, why=why, found=found))
            continue
        chosen.update({(each.namespace, _entry_name(each)): each for each in found})
        by_label += [(reference, found[0])] if is_label else []
    return Selection(chosen=tuple(chosen.values()), unmet=tuple(unmet), known=known, by_label=tuple(by_label))


def _recorded_in(inventory: Inventory) -> Iterator[Leaving]:
    for entry in inventory.entries:
        yield Leaving(
            key=entry.key,
            label=entry.manifest_label,
            namespace=entry.namespace,
            version=entry.version_text,
            entry=entry,
        )


def _unfinished(inventory: Inventory, record: Transaction | None) -> Iterator[Leaving]:
    if record is None or record.is_finished:
        return
    there = {each.manifest_label for each in inventory.entries}
    for each in record.plan:
        if each.label not in there and each.namespace:
            yield Leaving(
                key=split_manifest_label(each.label),
                label=each.label,
                namespace=each.namespace,
                version=each.version,
            )


def _matching(reference: ProviderReference, known: Iterable[Leaving]) -> tuple[tuple[Leaving, ...], bool]:
    """The instances of a reference, and whether it is a label where the flag has said the type already (cli.md 1)."""
    everyone = tuple(known)
    labelled = tuple(each for each in everyone if each.label == reference.name)
    named = tuple(each for each in everyone if each.key is not None and each.key.name == reference.name)
    if reference.type is None:
        return labelled or named, False
    exact = tuple(each for each in named if each.key is not None and each.key.type is reference.type)
    of_type = tuple(each for each in labelled if each.key is not None and each.key.type is reference.type)
    return exact or of_type, not exact and bool(of_type)


def _fault(reference: ProviderReference, found: Sequence[Leaving]) -> Unmet | None:
    if not found:
        return Unmet.ABSENT
    if len({each.label for each in found}) > 1:
        return Unmet.AMBIGUOUS
    if len({each.namespace for each in found}) > 1:
        return Unmet.SEVERAL
    wanted = reference.version
    if wanted is not None and any(each.version != wanted for each in found):
        return Unmet.OTHER_VERSION
    return None


def _entry_name(leaving: Leaving) -> str:
    return leaving.entry.object_name if leaving.entry is not None else leaving.label
