"""YAML into nodes that know their place: for files that people write and that diagnostics point into.

Duplicate keys, octal numbers and quoted numbers stay visible here (style C4); ``yaml_values`` is the fast way
for files where only the values matter. Both give scalars the same meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from capyctl.core.yaml_events import (
    COLLECTION_KEY,
    COLLECTION_TAGS,
    FOREIGN_TAG,
    NO_ANCHOR,
    NO_MERGE,
    OPEN_ANCHOR,
    TOO_MANY_ALIASES,
    parse_events,
    yaml_errors,
)
from capyctl.core.yaml_scalars import (
    MERGE_TAG,
    Scalar,
    ScalarError,
    check_json,
    key_text,
    resolve_plain,
    resolve_tagged,
)
from capyctl.core.yaml_text import YamlError, YamlLimits, decode_text
from capyctl.core.yaml_tree import (
    MappingEntry,
    MappingNode,
    Node,
    Place,
    ScalarNode,
    SequenceNode,
    YamlDocument,
    plain_value,
)

__all__ = [
    "MappingEntry",
    "MappingNode",
    "Node",
    "Place",
    "ScalarNode",
    "SequenceNode",
    "YamlDocument",
    "YamlError",
    "YamlLimits",
    "iterate_documents",
    "plain_value",
    "read_documents",
]


def read_documents(data: bytes, limits: YamlLimits | None = None) -> tuple[YamlDocument, ...]:
    """All documents of a YAML file.

    Raises:
        YamlError: the text is no YAML, breaks a limit, or holds what JSON cannot carry.
    """
    return tuple(iterate_documents(data, limits))


def iterate_documents(data: bytes, limits: YamlLimits | None = None) -> Iterator[YamlDocument]:
    """The documents of a YAML file, each read when it is asked for: go-yaml reads the first and no further.

    Raises:
        YamlError: while iterating, as ``read_documents``.
    """
    bounds = limits or YamlLimits()
    text = decode_text(data, bounds)
    with yaml_errors(text):
        events = parse_events(text)
        for event in events:
            if isinstance(event, DocumentStartEvent):
                yield YamlDocument(root=_Composition(limits=bounds).root(events))


_Extent = tuple[int, int]


class _Open(Struct, eq=False):
    """A collection that is still open: nodes in order, keys before their values, merge keys as None."""

    start: MappingStartEvent | SequenceStartEvent
    children: list[Node | None] = field(default_factory=list)

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.start, MappingStartEvent) and len(self.children) % 2 == 0


class _Composition(Struct, kw_only=True):
    """The reading of one document into nodes, with a stack in the place of recursion."""

    limits: YamlLimits
    anchors: dict[str, Node | _Open] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    extents: dict[int, _Extent] = field(default_factory=dict)
    count: int = 0
    repeated: int = 0

    def root(self, events: Iterator[Event]) -> Node:
        """The root of the document that ``events`` stand in; its end event is read too."""
        document = _Open(SequenceStartEvent(None, None, implicit=True))
        while not isinstance(event := next(events), DocumentEndEvent):
            self.count += 1
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._open(event)
                continue
            node = self._node(event)
            (self.stack[-1] if self.stack else document).children.append(node)
        [root] = document.children
        assert root is not None  # noqa: S101 - only a key in a mapping can be a merge key
        return root

    def _node(self, event: Event) -> Node | None:
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, AliasEvent):
            return self._alias(event)
        opened = self.stack.pop()
        node: Node = (
            _mapping(opened, event) if isinstance(event, MappingEndEvent) else _sequence(opened, event)
        )
        if opened.start.anchor is not None and self.anchors[opened.start.anchor] is opened:
            self.anchors[opened.start.anchor] = node
        return node

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        if len(self.stack) >= self.limits.depth:
            raise _error(f"collections nest deeper than {self.limits.depth}", event)
        if event.tag not in COLLECTION_TAGS:
            raise _error(FOREIGN_TAG, event)
        opened = _Open(event)
        self.stack.append(opened)
        if event.anchor is not None:
            self.anchors[event.anchor] = opened

    def _scalar(self, event: ScalarEvent) -> ScalarNode | None:
        """A scalar, or None for a merge key."""
        tag = None if event.tag == "!" else event.tag
        is_key = bool(self.stack) and self.stack[-1].awaits_key
        if is_key and event.value == "<<" and (tag == MERGE_TAG or (tag is None and event.implicit[0])):
            return None
        try:
            value = _scalar_value(event, tag)
            node = ScalarNode(
                place=_place(event, event),
                text=event.value,
                style=event.style or "",
                value=value if is_key else check_json(value),
            )
        except ScalarError as error:
            raise _error(str(error), event) from None
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: AliasEvent) -> Node:
        node = self.anchors.get(event.anchor or "")
        if node is None:
            raise _error(NO_ANCHOR, event)
        if isinstance(node, _Open):
            raise _error(OPEN_ANCHOR, event)
        if self._awaits_merge() and not isinstance(node, MappingNode):
            raise _error(NO_MERGE, event)
        size, height = self._extent(node)
        if len(self.stack) + height > self.limits.depth:
            raise _error(f"collections nest deeper than {self.limits.depth}", event)
        self.repeated += size
        if self.repeated > min(self.limits.alias_nodes, self.limits.alias_factor * self.count):
            raise _error(TOO_MANY_ALIASES, event)
        return node

    def _awaits_merge(self) -> bool:
        return bool(self.stack) and bool(self.stack[-1].children) and self.stack[-1].children[-1] is None

    def _extent(self, node: Node) -> _Extent:
        """Size and height of a tree whose aliases are written out; each node is measured once."""
        if isinstance(node, ScalarNode):
            return (1, 0)
        known = self.extents.get(id(node))
        if known is None:
            inner = node.items if isinstance(node, SequenceNode) else [e.value for e in node.entries.values()]
            extents = [self._extent(child) for child in inner]
            height = 1 + max((height for _, height in extents), default=0)
            known = self.extents[id(node)] = (1 + sum(size for size, _ in extents), height)
        return known


def _scalar_value(event: ScalarEvent, tag: str | None) -> Scalar:
    if tag is not None:
        return resolve_tagged(tag, event.value)
    return resolve_plain(event.value) if event.implicit[0] else event.value


def _sequence(opened: _Open, end: Event) -> SequenceNode:
    items = tuple(node for node in opened.children if node is not None)
    return SequenceNode(place=_place(opened.start, end), items=items)


def _mapping(opened: _Open, end: Event) -> MappingNode:
    written: list[MappingEntry] = []
    entries: dict[str, MappingEntry] = {}
    for key, value in zip(opened.children[::2], opened.children[1::2], strict=True):
        assert value is not None  # noqa: S101 - only a key can be a merge key
        if key is None:
            _merge(entries, value, opened.start)
            continue
        entry = MappingEntry(name=_name(key, opened.start), key=_key(key, opened.start), value=value)
        written.append(entry)
        entries[entry.name] = entry
    return MappingNode(place=_place(opened.start, end), written=tuple(written), entries=entries)


def _key(key: Node, start: Event) -> ScalarNode:
    if not isinstance(key, ScalarNode):
        raise _error(COLLECTION_KEY, start)
    return key


def _name(key: Node, start: Event) -> str:
    scalar = _key(key, start)
    try:
        return key_text(scalar.value, scalar.text)
    except ScalarError as error:
        raise YamlError(str(error), scalar.place.line, scalar.place.column) from None


def _merge(entries: dict[str, MappingEntry], value: Node, start: Event) -> None:
    """Apply a merge key as go-yaml v2 does: what is merged replaces what stands before it."""
    sources = value.items[::-1] if isinstance(value, SequenceNode) else (value,)
    for source in sources:
        if not isinstance(source, MappingNode):
            raise _error(NO_MERGE, start)
        entries.update(source.entries)


def _place(start: Event, end: Event) -> Place:
    begin, finish = start.start_mark, end.end_mark
    assert begin is not None  # noqa: S101 - parsers mark every event
    assert finish is not None  # noqa: S101 - as above
    return Place(
        line=begin.line + 1,
        column=begin.column + 1,
        end_line=finish.line + 1,
        end_column=finish.column + 1,
    )


def _error(reason: str, event: Event) -> YamlError:
    place = _place(event, event)
    return YamlError(reason, place.line, place.column)
