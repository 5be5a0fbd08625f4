"""YAML into plain Python values, as fast as Python allows, with the meaning Kubernetes gives them.

The loop is driven by parser events (libraries 2.4: 27 MB/s against 11 of PyYAML's C loader). Values are what
``json.loads(YAMLToJSON(text))`` yields; documents are cut as Kubernetes' reader cuts them.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
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
    FIRST_CHARACTERS,
    MERGE_TAG,
    Scalar,
    ScalarError,
    check_json,
    key_text,
    resolve_plain,
    resolve_tagged,
)
from capyctl.core.yaml_text import DocumentText, YamlError, YamlLimits, decode_text, split_documents

_UNSEEN = object()


class _MergeKey(str):
    """The type of one object that no text of a file can be."""

    __slots__ = ()


_MERGE = _MergeKey("<<")


class DuplicateKey(Struct, frozen=True, kw_only=True):
    """A key that a mapping states twice; the last one won. The place is the second key's."""

    key: str
    line: int
    column: int


class ValueDocument(Struct, frozen=True, kw_only=True):
    """One document: its value, the line it begins on, and the keys it states twice."""

    value: object
    line: int
    duplicates: tuple[DuplicateKey, ...] = ()


def load_values(data: bytes, limits: YamlLimits | None = None, *, keep_empty: bool = False) -> list[object]:
    """The documents of a file as plain values; a duplicate key's last value wins, merge keys are applied.

    ``keep_empty`` keeps documents that hold nothing, as None; clusterctl drops them.

    Raises:
        YamlError: the text is no YAML, breaks a limit, or holds what JSON cannot carry.
    """
    return [document.value for document in load_documents(data, limits, keep_empty=keep_empty)]


def load_documents(
    data: bytes, limits: YamlLimits | None = None, *, keep_empty: bool = False
) -> list[ValueDocument]:
    """As ``load_values``, with the line each document begins on and its duplicate keys.

    Raises:
        YamlError: as ``load_values``.
    """
    bounds = limits or YamlLimits()
    return documents_of(decode_text(data, bounds), bounds, keep_empty=keep_empty)


def documents_of(text: str, limits: YamlLimits, *, keep_empty: bool = False) -> list[ValueDocument]:
    """As ``load_documents``, from a text that was checked (``decode_text``, ``checked_text``).

    Raises:
        YamlError: as ``load_values``.
    """
    resolved: dict[str, Scalar] = {}
    documents = []
    for piece in split_documents(text):
        document = _read(piece, limits, resolved)
        if keep_empty or document.value is not None:
            documents.append(document)
    return documents


def _read(source: DocumentText, limits: YamlLimits, resolved: dict[str, Scalar]) -> ValueDocument:
    construction = _Construction(source=source, limits=limits, resolved=resolved)
    with yaml_errors(source.text, source.line):
        value = construction.first_value(parse_events(source.text))
    return ValueDocument(value=value, line=source.line, duplicates=tuple(construction.duplicates))


class _Frame(Struct, eq=False):
    """A collection that is still open, and what encloses it: a mapping with a waiting key, or a sequence."""

    mapping: dict[str, object] | None
    sequence: list[object] | None
    key: str | None
    anchor: str | None


class _Construction(Struct, kw_only=True):
    """The reading of one document: a stack instead of recursion, so that depth is a number and no crash."""

    source: DocumentText
    limits: YamlLimits
    resolved: dict[str, Scalar]
    anchors: dict[str, object] = field(default_factory=dict)
    stack: list[_Frame] = field(default_factory=list)
    duplicates: list[DuplicateKey] = field(default_factory=list)
    repeated: int = 0

    def first_value(self, events: Iterator[Event]) -> object:  # noqa: C901, PLR0912 - the hot path, inline
        """The value of the first document; what follows it in the same piece is not read, as in Go."""
        mapping: dict[str, object] | None = None
        sequence: list[object] | None = None
        key: str | None = None
        value: object = None
        resolved = self.resolved
        for count, event in enumerate(events):
            if type(event) is ScalarEvent:
                value = text = event.value
                if event.tag is not None or event.anchor is not None or text == "<<":
                    value = self._unusual_scalar(event, is_key=mapping is not None and key is None)
                elif event.implicit[0] and (not text or text[0] in FIRST_CHARACTERS):
                    value = resolved.get(text, _UNSEEN)
                    if value is _UNSEEN:
                        value = self._resolve(event, is_key=mapping is not None and key is None)
            elif type(event) is MappingStartEvent or type(event) is SequenceStartEvent:
                self._open(event, _Frame(mapping, sequence, key, event.anchor))
                mapping, sequence = ({}, None) if type(event) is MappingStartEvent else (None, [])
                key = None
                continue
            elif type(event) is MappingEndEvent or type(event) is SequenceEndEvent:
                value = mapping if mapping is not None else sequence
                mapping, sequence, key = self._close(value)
            elif type(event) is AliasEvent:
                value = self._alias(event, count)
            elif type(event) is DocumentEndEvent:
                break
            else:
                continue
            if mapping is not None:
                if key is None:
                    key = value if isinstance(value, str) else self._key(value, event)
                    if key in mapping:
                        self._duplicate(key, event)
                elif key is _MERGE:
                    self._merge(mapping, value, event)
                    key = None
                else:
                    mapping[key] = value
                    key = None
            elif sequence is not None:
                sequence.append(value)
        return value

    def _error(self, reason: str, event: Event) -> YamlError:
        return YamlError(reason, *self._place(event))

    def _place(self, event: Event) -> tuple[int, int]:
        mark = event.start_mark
        return (self.source.line + mark.line, mark.column + 1) if mark else (self.source.line, 1)

    def _resolve(self, event: ScalarEvent, *, is_key: bool) -> Scalar:
        value = resolve_plain(event.value)
        try:
            self.resolved[event.value] = check_json(value)
        except ScalarError as error:
            if not is_key:
                raise self._error(str(error), event) from None
        return value

    def _unusual_scalar(self, event: ScalarEvent, *, is_key: bool) -> Scalar:
        """A scalar with a tag or an anchor, or ``<<``, which as a plain key merges."""
        tag = None if event.tag == "!" else event.tag
        if is_key and event.value == "<<" and (tag == MERGE_TAG or (tag is None and event.implicit[0])):
            return _MERGE
        value = self._tagged(event, tag, is_key=is_key)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def _tagged(self, event: ScalarEvent, tag: str | None, *, is_key: bool) -> Scalar:
        if tag is None:
            return self._resolve(event, is_key=is_key) if event.implicit[0] else event.value
        try:
            value = resolve_tagged(tag, event.value)
            return value if is_key else check_json(value)
        except ScalarError as error:
            raise self._error(str(error), event) from None

    def _open(self, event: MappingStartEvent | SequenceStartEvent, frame: _Frame) -> None:
        if len(self.stack) >= self.limits.depth:
            raise self._error(f"collections nest deeper than {self.limits.depth}", event)
        if event.tag not in COLLECTION_TAGS:
            raise self._error(FOREIGN_TAG, event)
        self.stack.append(frame)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = frame

    def _close(self, value: object) -> tuple[dict[str, object] | None, list[object] | None, str | None]:
        frame = self.stack.pop()
        if frame.anchor is not None and self.anchors[frame.anchor] is frame:
            self.anchors[frame.anchor] = value
        return frame.mapping, frame.sequence, frame.key

    def _alias(self, event: AliasEvent, count: int) -> object:
        value = self.anchors.get(event.anchor or "", _UNSEEN)
        if value is _UNSEEN:
            raise self._error(NO_ANCHOR, event)
        if isinstance(value, _Frame):
            raise self._error(OPEN_ANCHOR, event)
        size, height = _extent(value)
        if len(self.stack) + height > self.limits.depth:
            raise self._error(f"collections nest deeper than {self.limits.depth}", event)
        self.repeated += size
        allowed = min(self.limits.alias_nodes, self.limits.alias_factor * count)
        if self.repeated > allowed:
            raise self._error(TOO_MANY_ALIASES, event)
        return _copy(value)

    def _key(self, value: object, event: Event) -> str:
        if not isinstance(value, int | float | None):
            raise self._error(COLLECTION_KEY, event)
        text = event.value if isinstance(event, ScalarEvent) else repr(value)
        try:
            return key_text(value, text)
        except ScalarError as error:
            raise self._error(str(error), event) from None

    def _duplicate(self, key: str, event: Event) -> None:
        line, column = self._place(event)
        self.duplicates.append(DuplicateKey(key=key, line=line, column=column))

    def _merge(self, mapping: dict[str, object], value: object, event: Event) -> None:
        """Apply a merge key as go-yaml v2 does: what is merged replaces what stands before it."""
        sources = [value]
        if isinstance(value, list) and type(event) is not AliasEvent:
            sources = value[::-1]
        for source in sources:
            if not isinstance(source, dict):
                raise self._error(NO_MERGE, event)
            mapping.update(source)


def _extent(value: object) -> tuple[int, int]:
    """How many nodes a value has and how deep it nests; both are bounded, for aliases in it were checked."""
    if not isinstance(value, dict | list):
        return (1, 0)
    extents = [_extent(item) for item in (value.values() if isinstance(value, dict) else value)]
    return 1 + sum(size for size, _ in extents), 1 + max((height for _, height in extents), default=0)


def _copy(value: object) -> object:
    """A copy, so that no one who changes an object changes another that an alias made of the same text."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
