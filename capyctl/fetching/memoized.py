"""One question per run: answers and errors are remembered, and those who ask meanwhile wait for the one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec.structs import replace

from capyctl.core.evidence import Evidence
from capyctl.core.location import (
    GitHubReleases,
    GitLabPackages,
    HttpsTree,
    LocalTree,
    OciArtifact,
    RepositoryLocation,
)
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.fetcher import (
    Answer,
    FileContent,
    FileSource,
    ListedVersion,
    ReleaseSource,
    RepositoryFacts,
    RepositorySource,
    RetractionSource,
    VersionSource,
)

if TYPE_CHECKING:
    from capyctl.core.retractions import Retraction

K = TypeVar("K")
V = TypeVar("V")


class _Flight(Generic[V]):
    """One question under way or answered."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.value: V | None = None
        self.error: BaseException | None = None

    def result(self) -> V:
        """The value, once ``ended``.

        Raises:
            BaseException: what the question ended with, in every thread that waited for it.
        """
        if self.error is not None:
            raise self.error.with_traceback(None)
        return self.value  # type: ignore[return-value]  # set whenever there is no error


class SingleFlight(Generic[K, V]):
    """Asks once per key. A FetchError is an answer and is remembered; any other exception is not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, _Flight[V]] = {}

    def get(self, key: K, ask: Callable[[], V]) -> V:
        """The remembered answer for ``key``, or that of ``ask``; side by side only one caller asks.

        Raises:
            FetchError: as ``ask`` raised it, now or then.
        """
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if leads:
            self._fly(key, flight, ask)
        else:
            flight.ended.wait()
        return flight.result()

    def _fly(self, key: K, flight: _Flight[V], ask: Callable[[], V]) -> None:
        try:
            flight.value = ask()
        except FetchError as error:
            flight.error = error
        except BaseException as fault:
            flight.error = fault
            with self._lock:
                del self._flights[key]
            raise
        finally:
            flight.ended.set()


def repository_key(location: RepositoryLocation) -> RepositoryLocation:
    """The repository alone: providers that share one share its version list, whatever file they take.

    Owner and name of a GitHub repository are compared without case, as GitHub does (E2).
    """
    match location:
        case GitHubReleases():
            return replace(
                location,
                owner=location.owner.lower(),
                name=location.name.lower(),
                channel="",
                components_file="",
                root_path=".",
            )
        case GitLabPackages() | HttpsTree() | LocalTree() | OciArtifact():
            return replace(location, channel="", components_file="")


class MemoizedVersions:
    """A version source that asks its inner one once per repository."""

    def __init__(self, inner: VersionSource, transcript: Transcript | None = None) -> None:
        """Wrap ``inner``; ``transcript`` is told what it answers, where the inner source does not do so."""
        self._inner = inner
        self._transcript = transcript
        self._flights: SingleFlight[RepositoryLocation, Answer[tuple[ListedVersion, ...]]] = SingleFlight()

    @property
    def route(self) -> str:
        return self._inner.route

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        return self._flights.get(
            repository_key(location), lambda: noted(self._transcript, lambda: self._inner.versions(location))
        )


class MemoizedFiles:
    """A file source that asks its inner one once per repository, tag and file."""

    def __init__(self, inner: FileSource, transcript: Transcript | None = None) -> None:
        """Wrap ``inner``; ``transcript`` is told what it answers, where the inner source does not do so."""
        self._inner = inner
        self._transcript = transcript
        self._flights: SingleFlight[tuple[RepositoryLocation, str, str], Answer[FileContent]] = SingleFlight()

    @property
    def route(self) -> str:
        return self._inner.route

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        return self._flights.get(
            (repository_key(location), tag, name),
            lambda: noted(self._transcript, lambda: self._inner.file(location, tag, name)),
        )


class MemoizedRepository:
    """A repository source that asks its inner one once per repository."""

    def __init__(self, inner: RepositorySource, transcript: Transcript | None = None) -> None:
        """Wrap ``inner``; ``transcript`` is told what it answers, where the inner source does not do so."""
        self._inner = inner
        self._transcript = transcript
        self._flights: SingleFlight[RepositoryLocation, Answer[RepositoryFacts]] = SingleFlight()

    @property
    def route(self) -> str:
        return self._inner.route

    def repository(self, location: RepositoryLocation) -> Answer[RepositoryFacts]:
        return self._flights.get(
            repository_key(location),
            lambda: noted(self._transcript, lambda: self._inner.repository(location)),
        )


class MemoizedReleases:
    """A release source that asks its inner one once per repository and tag."""

    def __init__(self, inner: ReleaseSource, transcript: Transcript | None = None) -> None:
        """Wrap ``inner``; ``transcript`` is told what it answers, where the inner source does not do so."""
        self._inner = inner
        self._transcript = transcript
        self._flights: SingleFlight[tuple[RepositoryLocation, str], Answer[ListedVersion]] = SingleFlight()

    @property
    def route(self) -> str:
        return self._inner.route

    def release(self, location: RepositoryLocation, tag: str) -> Answer[ListedVersion]:
        return self._flights.get(
            (repository_key(location), tag),
            lambda: noted(self._transcript, lambda: self._inner.release(location, tag)),
        )


class MemoizedRetractions:
    """A source of retractions that asks its inner one once per repository and tag."""

    def __init__(self, inner: RetractionSource) -> None:
        """Wrap ``inner``."""
        self._inner = inner
        self._flights: SingleFlight[tuple[RepositoryLocation, str], Answer[tuple[Retraction, ...]]] = (
            SingleFlight()
        )

    @property
    def route(self) -> str:
        return self._inner.route

    def retractions(self, location: RepositoryLocation, tag: str) -> Answer[tuple[Retraction, ...]]:
        return self._flights.get(
            (repository_key(location), tag), lambda: self._inner.retractions(location, tag)
        )


def noted(transcript: Transcript | None, ask: Callable[[], Answer[V]]) -> Answer[V]:
    """Ask, and tell the transcript what came of it; what it knows already is not repeated."""
    try:
        answer = ask()
    except FetchError as error:
        _tell(transcript, (*error.earlier, error.evidence))
        raise
    _tell(transcript, answer.evidence)
    return answer


def _tell(transcript: Transcript | None, evidence: tuple[Evidence, ...]) -> None:
    if transcript is not None:
        for one in evidence:
            transcript.record(one)
