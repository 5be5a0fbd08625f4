"""What ``config repositories``, ``config provider`` and ``config view`` answer (cli.md 5)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import ProviderReference
from capyctl.core.invocation import Invocation
from capyctl.core.provider_table import ProviderTable, TableEntry
from capyctl.core.rules.reference import lookup_diagnostics, newer_row_notes
from capyctl.core.setting import SearchedFile, Setting


class ProviderView(Struct, frozen=True, kw_only=True):
    """The result of both provider commands: rows in clusterctl's order, and what is wrong with entries."""

    entries: tuple[TableEntry, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    def rows(self) -> list[dict[str, object]]:
        """The rows with the fields of cli.md 5."""
        return [provider_row(entry) for entry in self.entries]

    def clusterctl_rows(self) -> list[dict[str, str]]:
        """The rows with the keys of ``clusterctl config repositories -o yaml``, in its order (11.1)."""
        return [_clusterctl_row(entry) for entry in self.entries]


def provider_row(entry: TableEntry) -> dict[str, object]:
    """One row of the table, as the document has it."""
    return {
        "provider": entry.key.manifest_label,
        "name": entry.key.name,
        "type": entry.key.type.value,
        "url": entry.url,
        "kind": entry.repository_kind,
        "origin": entry.origin,
        "formerly": list(entry.formerly),
        "state": entry.state.value,
        "successor": entry.successor,
        "sources": list(entry.sources),
    }


def _clusterctl_row(entry: TableEntry) -> dict[str, str]:
    folder, slash, file = entry.url.rpartition("/")
    return {
        "File": file,
        "Name": entry.key.name,
        "ProviderType": entry.key.type.value,
        "URL": folder + slash,
    }


def list_repositories(table: ProviderTable) -> ProviderView:
    """Every provider that may be asked for; errors and warnings of user entries beside them."""
    notices = [notice for entry in table.entries for notice in entry.notices]
    return ProviderView(entries=table.entries, diagnostics=(*table.faults, *notices))


def view_provider(
    table: ProviderTable,
    reference: ProviderReference,
    searched: Sequence[SearchedFile],
    invocation: Invocation,
) -> ProviderView:
    """One row in full. A name that several types have is answered with the list."""
    lookup = table.find(reference)
    diagnostics = lookup_diagnostics(lookup, searched, invocation)
    if lookup.entry is None:
        return ProviderView(entries=(), diagnostics=diagnostics)
    entry = lookup.entry
    faults = (entry.error,) if entry.error is not None else ()
    newer = newer_row_notes(entry, table.built_in.clusterctl)
    return ProviderView(entries=(entry,), diagnostics=(*diagnostics, *faults, *newer, *entry.notices))


class ConfigurationView(Struct, frozen=True, kw_only=True):
    """The result of ``config view``."""

    settings: tuple[Setting, ...]
    files: tuple[SearchedFile, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    def result(self) -> dict[str, object]:
        """The fields of cli.md 5."""
        return {
            "settings": [
                {"name": row.name, "value": row.value, "origin": row.origin} for row in self.settings
            ],
            "files": [{"path": file.path, "state": file.state.value} for file in self.files],
        }
