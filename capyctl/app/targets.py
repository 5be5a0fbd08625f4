"""From references to targets: looked up in the table, with the reason where one stands for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from capyctl.app.resolution import Target
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.identity import ProviderReference
from capyctl.core.invocation import Invocation
from capyctl.core.provider_table import ProviderTable, RowState, TableEntry
from capyctl.core.rules.reference import lookup_diagnostics, newer_row_notes
from capyctl.core.setting import SearchedFile


class Targets(Struct, frozen=True, kw_only=True):
    """What the references of a command stand for, and what is to be said about them.

    ``unusable`` are those whose entry has an address that cannot be read; a diagnostic says why.
    """

    found: tuple[Target, ...]
    diagnostics: tuple[Diagnostic, ...]
    unusable: tuple[Target, ...] = ()


class TargetFinder(Struct, frozen=True, kw_only=True):
    """Finds targets in a table.

    Attributes:
        searched: files searched for provider entries.
        all_types: whether a bare name that several types have stands for all of them (cli.md 1).
        addresses: of a lock, by manifest label, for a configuration that lacks an entry.
    """

    table: ProviderTable
    invocation: Invocation
    searched: tuple[SearchedFile, ...] = ()
    all_types: bool = False
    addresses: Mapping[str, str] = field(default_factory=dict)

    def find(self, references: Iterable[ProviderReference]) -> Targets:
        """Every target once, in the order named; each reference that stands for nothing is one error."""
        found: dict[tuple[str, str | None], Target] = {}
        unusable: dict[str, Target] = {}
        diagnostics: list[Diagnostic] = []
        for reference in references:
            lookup = self.table.find(reference)
            diagnostics += lookup_diagnostics(
                lookup, self.searched, self.invocation, several=self.all_types, addresses=self.addresses
            )
            if len(lookup.entries) > 1 and not self.all_types:
                continue
            for entry in lookup.entries:
                diagnostics += self._about_entry(entry)
                if entry.location is not None:
                    key = (entry.key.manifest_label, reference.version)
                    found.setdefault(key, Target(entry=entry, reference=reference))
                else:
                    unusable.setdefault(entry.key.manifest_label, Target(entry=entry, reference=reference))
        return Targets(
            found=tuple(found.values()),
            diagnostics=tuple(diagnostics),
            unusable=tuple(unusable.values()),
        )

    def _about_entry(self, entry: TableEntry) -> list[Diagnostic]:
        found = [*entry.notices, *newer_row_notes(entry, self.table.built_in.clusterctl)]
        found += [entry.error] if entry.error is not None else []
        return [*found, _not_active(entry)] if entry.state is not RowState.ACTIVE else found


def _not_active(entry: TableEntry) -> Diagnostic:
    successor = f" Its successor is {entry.successor}." if entry.successor else ""
    said = f" Known from: {'; '.join(entry.sources)}." if entry.sources else ""
    return Diagnostic(
        code=codes.REPOSITORY_ARCHIVED,
        severity=Severity.WARNING,
        detail=f"The project behind {entry.key.manifest_label} is {entry.state.value}.{successor}{said}",
        subject=Subject(provider=entry.key.manifest_label),
    )
