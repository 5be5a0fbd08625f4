"""Release files under watch: what was read is held against what was seen first of the same file (cli.md 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

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

    def __init__(self, inner: FileSource, cache: Cache, clock: Clock) -> None:
        self._inner = inner
        self._cache = cache
        self._clock = clock

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
        first = self._cache.first_seen(subject, now)
        if first.value == now.value:
            return answer
        from capyctl.core.changed_file import ChangedFile  # noqa: PLC0415 - start-up budget

        return replace(answer, changed=ChangedFile(tag=tag, name=name, first=first, now=now))


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
