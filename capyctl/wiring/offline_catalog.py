"""Sources of a run without network: local trees, overrides, the disk cache, the embedded snapshot (cli.md 6)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.snapshot import SnapshotSource
from capyctl.app.questions import ask
from capyctl.core.location import GitHubReleases, GitLabPackages, LocalTree, OciArtifact, RepositoryLocation
from capyctl.core.provider_table import TableEntry
from capyctl.fetching.held_sources import HeldFiles, WidenedVersions, held_lists, is_held
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetcher import VersionSource
from capyctl.wiring.http_sources import HttpSources

if TYPE_CHECKING:
    from capyctl.adapters.overrides import OverrideFolder


class OfflineCatalog(Struct, frozen=True, kw_only=True):
    """Hands out sources that open no socket.

    Attributes:
        kept: the sources of a run with network, over a client that answers from the cache alone; None where there
            is no cache. thorough: whether tags and the repository's record are of use to this command.
    """

    snapshot: SnapshotSource
    overrides: OverrideFolder | None
    kept: HttpSources | None = None
    thorough: bool = False

    def sources(self, entry: TableEntry) -> ProviderSources:
        """The sources of one provider: lists that are held, and the snapshot's where none of them is whole."""
        override = self.overrides.source(entry.key.manifest_label) if self.overrides is not None else None
        if isinstance(entry.location, LocalTree):
            from capyctl.adapters.local_tree import LocalTreeSource  # noqa: PLC0415 - start-up budget

            tree = LocalTreeSource()
            return ProviderSources(listings=(tree,), files=(tree,), override=override)
        plain = ProviderSources(listings=(self.snapshot,), files=(self.snapshot,), override=override)
        if self.kept is None or entry.location is None:
            return plain
        if isinstance(entry.location, OciArtifact):
            return replace(plain, listings=(self.kept.oci_versions(),), files=(self.kept.oci_files(),))
        if isinstance(entry.location, GitHubReleases):
            return self._github(self.kept, entry.location, plain)
        return self._other(self.kept, entry.location, plain)

    def warm(self, entries: tuple[TableEntry, ...]) -> None:
        """Nothing is opened."""

    def _github(self, kept: HttpSources, location: GitHubReleases, plain: ProviderSources) -> ProviderSources:
        policy = kept.settings.policy
        proxies = (kept.proxy(),) if policy.asks_proxy(location) else ()
        listings = held_lists(proxies, location)
        forge = held_lists((kept.api_versions(),), location) if kept.may_hold_releases(location) else ()
        web = kept.web()
        plain = self._with_records(kept, location, plain) if self.thorough else plain
        return replace(
            plain,
            listings=self._with_snapshot(listings or forge, location),
            fallback_listings=forge if listings else (),
            latest=web if is_held(partial(web.repository, location)) else None,
            files=(HeldFiles(kept=kept.file_routes(location), behind=self.snapshot),),
        )

    def _other(
        self, kept: HttpSources, location: RepositoryLocation, plain: ProviderSources
    ) -> ProviderSources:
        is_gitlab = isinstance(location, GitLabPackages)
        lists = kept.gitlab_versions() if is_gitlab else kept.tree_versions()
        return replace(
            plain,
            listings=self._with_snapshot(held_lists((lists,), location), location),
            files=(HeldFiles(kept=kept.file_routes(location), behind=self.snapshot),),
        )

    def _with_records(
        self, kept: HttpSources, location: GitHubReleases, plain: ProviderSources
    ) -> ProviderSources:
        repository = kept.api_repository()
        return replace(
            plain,
            tags=held_lists(kept.tags(), location),
            repository=repository if is_held(partial(repository.repository, location)) else None,
        )

    def _with_snapshot(
        self, lists: tuple[VersionSource, ...], location: RepositoryLocation
    ) -> tuple[VersionSource, ...]:
        """The snapshot's tags stay candidates where no kept list is whole."""
        first = next(iter(lists), None)
        reply = ask(first.route, partial(first.versions, location)) if first is not None else None
        if first is None or reply is None or reply.answer is None or not reply.answer.value:
            return (*lists, self.snapshot)
        if reply.answer.partial is None:
            return lists
        return (WidenedVersions(kept=first, behind=self.snapshot), *lists[1:])
