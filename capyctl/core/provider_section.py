"""A list of provider entries in plain values, from a table file or a ``providers:`` section."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Span, Subject
from capyctl.core.local_path import LocalRules
from capyctl.core.provider_entry import FormerAddress, InvalidEntry, RowFacts, RowState, TableEntry
from capyctl.core.provider_stanza import ProviderStanza, entry_from_stanza
from capyctl.core.repr_without import repr_without


class SectionContext(Struct, frozen=True, kw_only=True):
    """Where a section stands and what its values are read against.

    Attributes:
        origin: ``built-in`` or the file. span_of: place of the n-th entry's address, n from 0.
        rules: for local paths. lookup: environment for ``${VAR}``. text: the file, where it can be edited.
    """

    origin: str
    span_of: Callable[[int], Span | None]
    rules: LocalRules
    lookup: Callable[[str], str | None]
    text: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "text")


def read_section(section: object, context: SectionContext) -> tuple[TableEntry | InvalidEntry, ...]:
    """The entries of a section; one mapping is one entry, null is none (clusterctl-resolution 3.3)."""
    if section is None:
        return ()
    items = section if isinstance(section, list) else [section]
    return tuple(_entry(item, index, context) for index, item in enumerate(items))


def _entry(item: object, index: int, context: SectionContext) -> TableEntry | InvalidEntry:
    if not isinstance(item, Mapping):
        error = _not_an_entry(index, context)
        return InvalidEntry(name="", type="", url="", origin=context.origin, error=error)
    fields = {str(key).lower(): value for key, value in item.items()}
    stanza = ProviderStanza(
        name=_text(fields.get("name")),
        type=_text(fields.get("type")),
        url=_text(fields.get("url")),
        kind=_text(fields.get("kind")).lower() or None,
        origin=context.origin,
        position=index + 1,
        span=context.span_of(index),
        facts=_facts(fields),
        text=context.text,
    )
    return entry_from_stanza(stanza, context.rules, context.lookup)


def _not_an_entry(index: int, context: SectionContext) -> Diagnostic:
    span = context.span_of(index)
    return Diagnostic(
        code=codes.CONFIGURATION_ENTRY_INVALID,
        severity=Severity.ERROR,
        detail=f"Entry {index + 1} of providers in {context.origin} is no mapping with name, type and url.",
        subject=Subject(file=context.origin),
        spans=(span,) if span is not None else (),
    )


def _facts(fields: Mapping[str, object]) -> RowFacts:
    """What an entry says beside its address; fields that are not understood count as not given."""
    state = _text(fields.get("state"))
    known_states = {item.value: item for item in RowState}
    return RowFacts(
        canonical=_text(fields.get("canonical")) or None,
        formerly=_texts(fields.get("formerly")),
        state=known_states.get(state, RowState.ACTIVE),
        successor=_text(fields.get("successor")) or None,
        sources=_texts(fields.get("sources")),
        since=_texts(fields.get("since")),
        until=_texts(fields.get("until")),
        addresses=_addresses(fields.get("address_history")),
    )


def _addresses(value: object) -> tuple[FormerAddress, ...]:
    items = value if isinstance(value, list) else []
    return tuple(
        FormerAddress(repository=_text(item.get("repository")), since=_texts(item.get("since")))
        for item in items
        if isinstance(item, Mapping)
    )


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := _text(item)))


def _text(value: object) -> str:
    """A scalar as text; numbers as clusterctl's decoder takes them, collections count as nothing."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
