"""Chains of causes between diagnostics: the root of one, and how links of them are exchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from capyctl.core.diagnostics import Diagnostic


def root_of(diagnostic: Diagnostic) -> Diagnostic:
    """The first cause in a chain of causes."""
    while diagnostic.caused_by is not None:
        diagnostic = diagnostic.caused_by
    return diagnostic


def with_causes(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics, causes that nobody listed included."""
    everyone: dict[Diagnostic, None] = {}
    for item in found:
        current: Diagnostic | None = item
        while current is not None:
            everyone[current] = None
            current = current.caused_by
    return tuple(everyone)


def exchanged(
    found: Iterable[Diagnostic], changes: Mapping[Diagnostic, Diagnostic]
) -> tuple[Diagnostic, ...]:
    """The diagnostics with some exchanged for others, each once.

    What was caused by an exchanged one, however indirectly and wherever it stands, names the new one.
    """
    told: dict[Diagnostic, Diagnostic] = {}
    return tuple(dict.fromkeys(_linked(item, changes, told) for item in found))


def _linked(
    item: Diagnostic, changes: Mapping[Diagnostic, Diagnostic], told: dict[Diagnostic, Diagnostic]
) -> Diagnostic:
    item = changes.get(item, item)
    if item not in told:
        cause = _linked(item.caused_by, changes, told) if item.caused_by is not None else None
        told[item] = item if cause is item.caused_by else replace(item, caused_by=cause)
    return told[item]
