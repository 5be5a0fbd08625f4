"""Release files that this machine had before, found by what they are and by the credential they were had with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from capyctl.core.evidence import CACHE_ROUTE, Evidence, Outcome, Question
from capyctl.core.kept_answer import ReleaseFile, Sighting
from capyctl.core.location import RepositoryLocation
from capyctl.fetching.witnessed_files import release_file
from capyctl.ports.fetch_errors import OfflineError
from capyctl.ports.fetcher import Answer, FileContent

if TYPE_CHECKING:
    from capyctl.ports.cache import Cache

FingerprintOf = Callable[[RepositoryLocation], str | None]
"""The fingerprint of the credential that this run has for a repository; None where it has none."""


def note_had(cache: Cache, release: ReleaseFile, credential: str | None, seen: Sighting) -> None:
    """Note which bytes a release file had, for a run that has the same credential."""
    subject = _subject(release, credential)
    noted = cache.latest(subject)
    if noted is None or noted.value != seen.value:
        cache.last_seen(subject, seen)


class HadFiles:
    """A file source over what was noted; nobody is asked, and what its repository says by now is not looked at."""

    def __init__(self, cache: Cache, fingerprint_of: FingerprintOf) -> None:
        self._cache = cache
        self._fingerprint_of = fingerprint_of

    @property
    def route(self) -> str:
        """``cache``."""
        return CACHE_ROUTE

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The bytes as they were had last.

        Raises:
            OfflineError: they were not, or only with another credential, or they are not kept any more.
        """
        release = release_file(location, tag, name)
        for credential in dict.fromkeys((self._fingerprint_of(location), None)):
            seen = self._cache.latest(_subject(release, credential)) if release is not None else None
            data = self._cache.body(seen.value) if seen is not None else None
            if seen is not None and data is not None:
                return _answer(seen, data)
        evidence = Evidence(
            route=CACHE_ROUTE, question=Question.FILE, outcome=Outcome.UNAVAILABLE, failure="offline"
        )
        raise OfflineError(evidence, f"{name} of {tag} was not had on this machine before")


def _subject(release: ReleaseFile, credential: str | None) -> str:
    return f"had {replace(release, credential=credential).digest()}"


def _answer(seen: Sighting, data: bytes) -> Answer[FileContent]:
    evidence = Evidence(
        route=CACHE_ROUTE,
        question=Question.FILE,
        outcome=Outcome.FOUND,
        url=seen.url,
        size=len(data),
        sha256=seen.value,
        as_of=seen.seen_at,
    )
    return Answer(value=FileContent(data=data, sha256=seen.value, url=seen.url or ""), evidence=(evidence,))
