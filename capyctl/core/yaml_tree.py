"""The nodes of a YAML document: what a text says, where it says so, and what it means to Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from capyctl.core.yaml_scalars import Scalar


class Place(Struct, frozen=True, kw_only=True):
    """Where a node stands: lines and columns from 1, columns in characters, the end excluded."""

    line: int
    column: int
    end_line: int
    end_column: int


class ScalarNode(Struct, frozen=True, kw_only=True):
    """A scalar: ``text`` as it stands without quotes, ``style`` its quote (empty when plain), its value.

    ``value`` is None for null; infinities and NaN, which JSON cannot carry, are refused before.
    """

    place: Place
    text: str
    style: str
    value: Scalar

    @property
    def is_plain(self) -> bool:
        """Whether it stands without quotes and is no block."""
        return not self.style


class SequenceNode(Struct, frozen=True, kw_only=True):
    """A sequence and its items."""

    place: Place
    items: tuple[Node, ...]


class MappingEntry(Struct, frozen=True, kw_only=True):
    """One key with its value; ``name`` is the JSON name the key stands for."""

    name: str
    key: ScalarNode
    value: Node


class MappingNode(Struct, frozen=True, kw_only=True):
    """A mapping.

    Attributes:
        written: the entries as they stand, duplicates included, without what merge keys bring.
        entries: the entry that holds for each name: the last one, merge keys applied.
    """

    place: Place
    written: tuple[MappingEntry, ...]
    entries: dict[str, MappingEntry]

    def get(self, name: str) -> Node | None:
        """The value that holds for ``name``, or None where there is no such key."""
        entry = self.entries.get(name)
        return entry.value if entry else None

    def duplicates(self) -> Iterator[tuple[MappingEntry, MappingEntry]]:
        """Each entry that repeats a name, with the entry it replaces."""
        seen: dict[str, MappingEntry] = {}
        for entry in self.written:
            if entry.name in seen:
                yield seen[entry.name], entry
            seen[entry.name] = entry


Node = ScalarNode | SequenceNode | MappingNode


class YamlDocument(Struct, frozen=True, kw_only=True):
    """One document; ``root`` is a null scalar where it is empty."""

    root: Node


def plain_value(node: Node) -> object:
    """The node as plain Python values, as ``yaml_values`` gives them."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [plain_value(item) for item in node.items]
    return {name: plain_value(entry.value) for name, entry in node.entries.items()}
