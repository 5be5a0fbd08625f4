"""What earlier runs learned of a repository, kept in the disk cache: it speeds questions up and answers none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from capyctl.core.location import RepositoryLocation
from capyctl.fetching.memoized import repository_key

if TYPE_CHECKING:
    from capyctl.ports.cache import Cache

_FILES_AT_MOST = 24
"""Files that are asked for ahead; a choice that passed over more candidates than that is a rare one."""

_RELEASES_AT_MOST = 2_000


class SourceMemory(Struct, frozen=True, kw_only=True):
    """The memory of one repository, for one components file of it."""

    cache: Cache
    location: RepositoryLocation

    def expected(self) -> Sequence[tuple[str, str]]:
        """Tags and names of the files that the last run that chose a version asked for."""
        return self.cache.expected(self._of("files"))[:_FILES_AT_MOST]

    def expect(self, files: Collection[tuple[str, str]]) -> None:
        """This run has chosen a version, and asked for these files on the way."""
        self.cache.expect(self._of("files"), sorted(files)[-_FILES_AT_MOST:])

    def released(self) -> frozenset[str]:
        """Tags whose release this cache has seen."""
        return frozenset(tag for tag, _ in self.cache.expected(self._of("releases")))

    def saw_released(self, tags: Iterable[str]) -> None:
        """These tags have a release now."""
        known = self.released()
        tags = known | frozenset(tags)
        if tags != known:
            self.cache.expect(self._of("releases"), [(tag, "") for tag in sorted(tags)][:_RELEASES_AT_MOST])

    def _of(self, what: str) -> str:
        components = self.location.components_file if what == "files" else ""
        return f"{what} {components} {repository_key(self.location)!r}"


class MajorMemory(Struct, frozen=True, kw_only=True):
    """Up to which major a module proxy was asked for a module."""

    cache: Cache
    route: str

    def highest(self, module: str) -> int:
        """The highest major that the last run asked for; 0 where none is known."""
        kept = self.cache.expected(self._of(module))
        text = kept[0][0] if kept else ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else 0

    def keep(self, module: str, highest: int) -> None:
        """This run asked up to this major."""
        self.cache.expect(self._of(module), [(str(highest), "")])

    def _of(self, module: str) -> str:
        return f"majors {self.route} {module}"
