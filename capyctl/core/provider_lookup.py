"""What a provider reference stands for, and what to say when it stands for nothing (cli.md 1, F02 to F04)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from capyctl.core.identity import ProviderKey, ProviderReference, split_manifest_label
from capyctl.core.provider_entry import InvalidEntry, TableEntry

_SUGGESTIONS = 3


class Lookup(Struct, frozen=True, kw_only=True):
    """The answer to a reference.

    Attributes:
        entries: none, one, or for a bare name every type that has it. label_after_flag: a label stood where
            a type flag had already given the type (F03).
        near: labels that were perhaps meant, best first. dropped: rows clusterctl gave up. invalid: broken
            user entries of that name.
    """

    reference: ProviderReference
    entries: tuple[TableEntry, ...] = ()
    label_after_flag: bool = False
    near: tuple[str, ...] = ()
    dropped: tuple[TableEntry, ...] = ()
    invalid: tuple[InvalidEntry, ...] = ()

    @property
    def entry(self) -> TableEntry | None:
        """The one entry, or None where there is none or several."""
        return self.entries[0] if len(self.entries) == 1 else None


def find_entries(
    reference: ProviderReference,
    entries: Sequence[TableEntry],
    dropped: Sequence[TableEntry] = (),
    invalid: Sequence[InvalidEntry] = (),
) -> Lookup:
    """A label wins over a bare name; after a type flag the text is the name, or a label of that type."""
    found, label_after_flag = _matching(reference, entries)
    if found:
        return Lookup(reference=reference, entries=found, label_after_flag=label_after_flag)
    name = _bare_name(reference)
    return Lookup(
        reference=reference,
        near=_near(reference, entries),
        dropped=_matching(reference, dropped)[0],
        invalid=tuple(
            entry
            for entry in invalid
            if entry.name.lower() in (name, reference.name)
            and (reference.type is None or entry.type not in _other_types(reference))
        ),
    )


def _matching(
    reference: ProviderReference, entries: Sequence[TableEntry]
) -> tuple[tuple[TableEntry, ...], bool]:
    if reference.type is None:
        labelled = _with_key(split_manifest_label(reference.name), entries)
        if labelled is not None:
            return (labelled,), False
        return tuple(entry for entry in entries if entry.key.name == reference.name), False
    exact = _with_key(ProviderKey(type=reference.type, name=reference.name), entries)
    if exact is not None:
        return (exact,), False
    key = split_manifest_label(reference.name)
    labelled = _with_key(key, entries) if key.type is reference.type else None
    return ((labelled,), True) if labelled is not None else ((), False)


def _with_key(key: ProviderKey, entries: Sequence[TableEntry]) -> TableEntry | None:
    return next((entry for entry in entries if entry.key == key), None)


def _bare_name(reference: ProviderReference) -> str:
    return split_manifest_label(reference.name).name


def _other_types(reference: ProviderReference) -> set[str]:
    from_flag = reference.type
    return {item.value for item in type(from_flag) if item is not from_flag} if from_flag else set()


def _near(reference: ProviderReference, entries: Sequence[TableEntry]) -> tuple[str, ...]:
    """Labels by how near they are: the same name under another type, then names close by."""
    wanted = reference.name
    name = _bare_name(reference)
    ranked = []
    for entry in entries:
        distance = _nearness(wanted, name, entry.key)
        if distance is not None:
            other_type = reference.type is not None and entry.key.type is not reference.type
            ranked.append((distance, other_type, entry.key.sort_key, entry.key.manifest_label))
    return tuple(label for *_, label in sorted(ranked)[:_SUGGESTIONS])


def _nearness(wanted: str, name: str, key: ProviderKey) -> int | None:
    """0 for the same name, 1 for a name whose part it is, else the edit distance if it is small."""
    if name == key.name:
        return 0
    if len(name) > 2 and (name in key.name.split("-") or key.name in name.split("-")):
        return 1
    distance = min(edit_distance(name, key.name), edit_distance(wanted, key.manifest_label))
    return distance if distance <= max(1, min(3, len(name) // 3)) else None


def edit_distance(first: str, second: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that turn one text into the other."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, start=1):
        before, previous, row = row, before, [i]
        for j, right in enumerate(second, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == second[j - 2] and first[i - 2] == right:
                best = min(best, previous[j - 2] + 1)
            row.append(best)
    return row[-1]
