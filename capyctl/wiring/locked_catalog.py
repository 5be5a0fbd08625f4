"""The sources of a run that is bound to a lock: its own files and no list at all (ADR 30)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.evidence import LOCK_ROUTE, Evidence, Outcome, Question
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.location import LocalTree, RepositoryLocation
from capyctl.core.lock import Lock, LockedCertManager, LockedProvider
from capyctl.core.lock_origin import LockOrigin
from capyctl.core.provider_table import TableEntry
from capyctl.fetching.locked_files import (
    KeptBodies,
    LockedFiles,
    LockedRelease,
    LockedRoutes,
    UnlockedFiles,
)
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import ProviderSources, SourceCatalog
from capyctl.ports.fetch_errors import OfflineError
from capyctl.ports.fetcher import Answer, FileContent, FileSource, ListedVersion, RepositorySource
from capyctl.wiring.locked_places import is_renamed, location_when_locked


def no_sources(entry: TableEntry) -> Iterable[FileSource]:
    """Nothing is kept."""
    del entry
    return ()


def no_repository(entry: TableEntry) -> RepositorySource | None:
    """Nothing is kept."""
    del entry
    return None


class NoListing:
    """Stands in for every list of a locked run: nobody is asked what is newest."""

    @property
    def route(self) -> str:
        """The lock answers."""
        return LOCK_ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Refuse.

        Raises:
            OfflineError: always; no socket is opened.
        """
        del location
        evidence = Evidence(route=LOCK_ROUTE, question=Question.VERSIONS, outcome=Outcome.UNAVAILABLE)
        raise OfflineError(
            evidence, "the run is bound to a lock, and what it does not have is not looked for"
        )


class LockSources(Struct, frozen=True, kw_only=True):
    """Where the bytes of a locked run may come from after overrides.

    Attributes:
        kept: by their digest, in this order. held: what this machine keeps of a provider's releases, as it was
            asked for. held_repository: what it keeps of a forge's word on their repository.
        inner: the catalog whose routes lead to the repositories.
        reaches_repositories: whether those may be asked; a bundle is all there is.
        offline: whether there is no network; then only folders are asked.
    """

    kept: Sequence[KeptBodies] = ()
    held: Callable[[TableEntry], Iterable[FileSource]] = no_sources
    held_repository: Callable[[TableEntry], RepositorySource | None] = no_repository
    inner: SourceCatalog
    reaches_repositories: bool = True
    offline: bool = False


class _At(Struct, frozen=True, kw_only=True):
    """The files of one location, whatever other location is asked for."""

    source: FileSource
    location: RepositoryLocation

    @property
    def route(self) -> str:
        return self.source.route

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The file, at the location of this source."""
        del location
        return self.source.file(self.location, tag, name)


class LockedCatalog:
    """Hands out the files of a lock; for each provider one source, which asks for each file once a run."""

    def __init__(
        self,
        lock: Lock,
        origin: LockOrigin,
        sources: LockSources,
        asker: Asker,
        override_of: Callable[[str], FileSource | None] = lambda _: None,
    ) -> None:
        """Prepare the sources; nothing is asked. ``override_of`` gives the overrides of a manifest label."""
        self._override_of = override_of
        self._lock = lock
        self._origin = origin
        self._sources = sources
        self._asker = asker
        self._files: dict[str, LockedFiles] = {}

    def sources(self, entry: TableEntry) -> ProviderSources:
        """The one source of a provider's files; nothing lists, and an override is compared like the rest."""
        return ProviderSources(listings=(NoListing(),), files=(self.files(entry),))

    def warm(self, entries: tuple[TableEntry, ...]) -> None:
        """Nothing is opened: everything that is needed was compared before."""

    def connect(self, entries: tuple[TableEntry, ...]) -> None:
        """Open connections for files that have to come from their repositories."""
        if self._sources.reaches_repositories and not self._sources.offline:
            self._sources.inner.warm(entries)

    def files(self, entry: TableEntry) -> LockedFiles | UnlockedFiles:
        """The files of one provider, or of cert-manager."""
        label = entry.key.manifest_label
        locked = self.locked(label)
        if locked is None:
            return UnlockedFiles(label=label, lock=self._origin.said)
        return self._files.setdefault(label, self._locked_files(entry, locked))

    def repository(self, entry: TableEntry) -> RepositorySource | None:
        """Who tells the number of a provider's repository; None where nobody does."""
        return self._sources.inner.sources(entry).repository if not self._sources.offline else None

    def held_repository(self, entry: TableEntry) -> RepositorySource | None:
        """The same from what is kept; nobody is asked."""
        return self._sources.held_repository(entry)

    def locked(self, label: str) -> LockedProvider | LockedCertManager | None:
        """The lock's entry of a label."""
        return self._lock.cert_manager if label == CERT_MANAGER else self._lock.provider(label)

    def comes_over_the_network(self, entry: TableEntry) -> bool:
        """Whether a file of this provider that is not at hand is asked for over the network."""
        return (
            self._sources.reaches_repositories
            and not self._sources.offline
            and not isinstance(entry.location, LocalTree)
        )

    def _locked_files(self, entry: TableEntry, locked: LockedProvider | LockedCertManager) -> LockedFiles:
        label = entry.key.manifest_label
        return LockedFiles(
            release=LockedRelease(
                label=label,
                version=locked.version,
                files=locked.files,
                lock=self._origin.said,
            ),
            routes=LockedRoutes(
                override=self._override_of(label),
                kept=self._sources.kept,
                held=partial(self._held, entry, locked),
                repository=partial(self._repository_files, entry),
            ),
            asker=self._asker,
        )

    def _held(self, entry: TableEntry, locked: LockedProvider | LockedCertManager) -> Iterable[FileSource]:
        """What is kept of the releases, also under the name that the same repository had when it was locked."""
        yield from self._sources.held(entry)
        then = location_when_locked(entry, locked.repository)
        if then is not None and is_renamed(entry.location, then, locked.repository):
            for source in self._sources.held(replace(entry, location=then)):
                yield _At(source=source, location=then)

    def _repository_files(self, entry: TableEntry) -> Sequence[FileSource]:
        if not self._sources.reaches_repositories:
            return ()
        if self._sources.offline and not isinstance(entry.location, LocalTree):
            return ()
        return self._sources.inner.sources(entry).files
