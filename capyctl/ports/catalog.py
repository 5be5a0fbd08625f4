"""Which sources can answer for a provider: the one place where policy about routes is handed in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from capyctl.core.provider_table import TableEntry
from capyctl.ports.fetcher import (
    FileSource,
    ReleaseSource,
    RepositorySource,
    RetractionSource,
    VersionSource,
)


class RepositoryMemory(Protocol):
    """What earlier runs on this machine learned of a repository; no answer may depend on ``expected``."""

    def expected(self) -> Sequence[tuple[str, str]]:
        """Tags and names of the files that the last run that chose a version asked for."""

    def expect(self, files: Collection[tuple[str, str]]) -> None:
        """This run has chosen a version, and asked for these files on the way."""

    def released(self) -> frozenset[str]:
        """Tags whose release was seen."""

    def saw_released(self, tags: Iterable[str]) -> None:
        """These tags have a release now."""


class ProviderSources(Struct, frozen=True, kw_only=True):
    """The sources of one provider's repository, each list in order of preference.

    Attributes:
        listings: asked in round one. fallback_listings: asked only where no listing could answer.
        latest: the release host's own "latest", a redirect without quota.
        files: routes to the provider's own repository. override: replaces a file's content.
        tags: routes to the repository's tags as the forge knows them, without releases.
        witness: metadata.yaml of a tag as the module proxy holds it. retractions: what go.mod says there.
        releases, repository: the forge's records.
        memory: of this repository; None where nothing is kept.
    """

    listings: tuple[VersionSource, ...] = ()
    fallback_listings: tuple[VersionSource, ...] = ()
    latest: RepositorySource | None = None
    files: tuple[FileSource, ...] = ()
    override: FileSource | None = None
    tags: tuple[VersionSource, ...] = ()
    witness: FileSource | None = None
    releases: ReleaseSource | None = None
    repository: RepositorySource | None = None
    retractions: RetractionSource | None = None
    memory: RepositoryMemory | None = None


class SourceCatalog(Protocol):
    """Hands out the sources of a provider as this run's settings allow them."""

    def sources(self, entry: TableEntry) -> ProviderSources:
        """The sources for one entry of the table; nobody is asked here, but for what lies on this machine."""

    def warm(self, entries: tuple[TableEntry, ...]) -> None:
        """Open connections that questions about these entries are sure to need."""
