"""What is held on this machine, as sources: kept answers first, the embedded snapshot behind them (cli.md 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct

from capyctl.core.location import RepositoryLocation
from capyctl.ports.fetch_errors import FetchError, OfflineError
from capyctl.ports.fetcher import Answer, FileContent, FileSource, ListedVersion, VersionSource

T = TypeVar("T")


def is_held(ask: Callable[[], Answer[T]]) -> bool:
    """Whether something is kept, be it an absence or a wrong answer."""
    try:
        ask()
    except OfflineError:
        return False
    except FetchError:
        return True
    return True


def held_lists(sources: Sequence[VersionSource], location: RepositoryLocation) -> tuple[VersionSource, ...]:
    """Those of the sources that hold a list of this repository."""
    return tuple(source for source in sources if is_held(partial(source.versions, location)))


class WidenedVersions(Struct, frozen=True, kw_only=True):
    """A kept list that is only a part of the whole, together with what the snapshot knows besides."""

    kept: VersionSource
    behind: VersionSource

    @property
    def route(self) -> str:
        return self.kept.route

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        answer = self.kept.versions(location)
        try:
            more = self.behind.versions(location)
        except FetchError:
            return answer
        known = {version.tag for version in answer.value}
        added = tuple(version for version in more.value if version.tag not in known)
        return Answer(
            value=answer.value + added,
            evidence=answer.evidence + more.evidence,
            partial=answer.partial,
            hidden_major=answer.hidden_major,
        )


class HeldFiles(Struct, frozen=True, kw_only=True):
    """Files from the first place that knows of them: what is kept of any route, else what stands behind."""

    kept: Sequence[Callable[[], FileSource]]
    behind: FileSource

    @property
    def route(self) -> str:
        return self.behind.route

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The file. What is kept as absent is absent, whatever stands behind.

        Raises:
            FetchError: absent, or held nowhere.
        """
        absent: FetchError | None = None
        for source in self.kept:
            try:
                return source().file(location, tag, name)
            except OfflineError:
                continue
            except FetchError as error:
                absent = absent or error
        if absent is not None:
            raise absent
        return self.behind.file(location, tag, name)
