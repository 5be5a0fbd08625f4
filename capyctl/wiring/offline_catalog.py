"""Sources of a run without network: local trees, overrides, the embedded snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from capyctl.adapters.local_tree import LocalTreeSource
from capyctl.adapters.overrides import OverrideFolder
from capyctl.adapters.snapshot import SnapshotSource
from capyctl.core.location import LocalTree
from capyctl.core.provider_table import TableEntry
from capyctl.ports.catalog import ProviderSources


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineCatalog:
    """Hands out sources that open no socket (cli.md 6, Offline)."""

    snapshot: SnapshotSource
    overrides: OverrideFolder | None

    def sources(self, entry: TableEntry) -> ProviderSources:
        """The sources of one provider."""
        override = self.overrides.source(entry.key.manifest_label) if self.overrides is not None else None
        if isinstance(entry.location, LocalTree):
            tree = LocalTreeSource()
            return ProviderSources(listings=(tree,), files=(tree,), override=override)
        return ProviderSources(listings=(self.snapshot,), files=(self.snapshot,), override=override)

    def warm(self, entries: tuple[TableEntry, ...]) -> None:
        """Nothing is opened."""
