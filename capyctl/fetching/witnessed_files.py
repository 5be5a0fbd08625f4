"""Release files under watch: what was read is held against what was seen first of the same file (cli.md 7.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from capyctl.core.evidence import CACHE_ROUTE
from capyctl.core.kept_answer import ReleaseFile, Sighting
from capyctl.core.location import (
    GitHubReleases,
    GitLabPackages,
    HttpsTree,
    LocalTree,
    OciArtifact,
    RepositoryLocation,
)
from capyctl.ports.fetcher import Answer, FileContent, FileSource

if TYPE_CHECKING:
    from capyctl.ports.cache import Cache
    from capyctl.ports.clock import Clock


class WitnessedFiles:
    """A file source whose answers say when the bytes are not those that were seen first."""

    def __init__(
        self,
        inner: FileSource,
        cache: Cache,
        clock: Clock,
        fingerprint_of: Callable[[RepositoryLocation], str | None] = lambda _: None,
    ) -> None:
        """Watch ``inner``; ``fingerprint_of`` gives what stands for the credential that a repository was asked with."""
        self._inner = inner
        self._cache = cache
        self._clock = clock
        self._fingerprint_of = fingerprint_of

    @property
    def route(self) -> str:
        return self._inner.route

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        answer = self._inner.file(location, tag, name)
        subject = release_file(location, tag, name)
        if subject is None:
            return answer
        content = answer.value
        # Offline the bytes are as old as what is kept; online they are of this moment.
        of = answer.evidence[-1].as_of if answer.evidence else None
        now = Sighting(value=content.sha256, seen_at=of or self._clock.now(), url=content.url)
        self._note(location, subject, answer, now)
        first = self._cache.first_seen(subject, now)
        if first.value == now.value:
            return answer
        from capyctl.core.changed_file import ChangedFile  # noqa: PLC0415 - start-up budget

        return replace(answer, changed=ChangedFile(tag=tag, name=name, first=first, now=now))

    def _note(
        self, location: RepositoryLocation, subject: ReleaseFile, answer: Answer[FileContent], now: Sighting
    ) -> None:
        """Note what the repository gave, for locked runs: what is kept under an address can be replaced there."""
        piece = answer.evidence[-1] if answer.evidence else None
        if piece is None or piece.route == CACHE_ROUTE:
            return
        credential = self._fingerprint_of(location) if piece.credential_sent else None
        if piece.credential_sent and credential is None:
            return
        from capyctl.fetching.had_files import note_had  # noqa: PLC0415 - start-up budget

        note_had(self._cache, subject, credential, now)


def release_file(location: RepositoryLocation, tag: str, name: str) -> ReleaseFile | None:
    """What a file of a release is known by, whatever route it comes by; None where its owner may change it.

    GitHub compares owner and name without case. A credential is no part of it (ADR 28).
    """
    match location:
        case GitHubReleases():
            repository = location.full_name.lower()
            return ReleaseFile(source=f"github:{location.host}", repository=repository, tag=tag, name=name)
        case GitLabPackages():
            repository = f"{location.base_path}/{location.project}/{location.package}"
            return ReleaseFile(source=f"gitlab:{location.host}", repository=repository, tag=tag, name=name)
        case HttpsTree():
            return ReleaseFile(source=f"https:{location.base}", repository=location.label, tag=tag, name=name)
        case OciArtifact():
            repository = f"{location.repository}:{location.reference}"
            return ReleaseFile(source=f"oci:{location.host}", repository=repository, tag=tag, name=name)
        case LocalTree():
            return None
