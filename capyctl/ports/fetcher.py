"""The sources of versions and files. Narrow on purpose: a module proxy lists but has no release files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

from capyctl.core.evidence import Evidence
from capyctl.core.listed import ListedVersion, RepositoryFacts
from capyctl.core.location import RepositoryLocation

if TYPE_CHECKING:
    from capyctl.core.changed_file import ChangedFile
    from capyctl.core.retractions import Retraction

__all__ = [
    "Answer",
    "FileContent",
    "FileSource",
    "ListedVersion",
    "ReleaseSource",
    "RepositoryFacts",
    "RepositorySource",
    "RetractionSource",
    "VersionSource",
]

T_co = TypeVar("T_co", covariant=True)


class Answer(Struct, Generic[T_co], frozen=True, kw_only=True):
    """A value and the evidence it rests on.

    Attributes:
        partial: why the value is only a part of what was asked for, in one line; None for all of it.
        hidden_major: of a list of versions, the highest major that the source knows of and does not list.
        changed: of a release file, that its bytes are not those that were seen first under its tag.
    """

    value: T_co
    evidence: tuple[Evidence, ...]
    partial: str | None = None
    hidden_major: int | None = None
    changed: ChangedFile | None = None


class FileContent(Struct, frozen=True, kw_only=True):
    """Complete, bounded bytes of one release file and their digest (64 hex digits)."""

    data: bytes
    sha256: str
    url: str


class VersionSource(Protocol):
    """Lists versions of a repository."""

    @property
    def route(self) -> str:
        """Name of the route in evidence."""

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Every version this source knows, in no particular order.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """


class FileSource(Protocol):
    """Has the files of a release."""

    @property
    def route(self) -> str:
        """Name of the route in evidence."""

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The complete bytes of one file, checked to be of the kind asked for.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """


class RepositorySource(Protocol):
    """Knows a repository itself: its canonical name, what it marks as latest, whether it is archived."""

    @property
    def route(self) -> str:
        """Name of the route in evidence."""

    def repository(self, location: RepositoryLocation) -> Answer[RepositoryFacts]:
        """Facts about the repository.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """


class ReleaseSource(Protocol):
    """Knows one release by its tag."""

    @property
    def route(self) -> str:
        """Name of the route in evidence."""

    def release(self, location: RepositoryLocation, tag: str) -> Answer[ListedVersion]:
        """The release of this tag, with its flags and assets.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """


class RetractionSource(Protocol):
    """Knows what a module takes back."""

    @property
    def route(self) -> str:
        """Name of the route in evidence."""

    def retractions(self, location: RepositoryLocation, tag: str) -> Answer[tuple[Retraction, ...]]:
        """What the go.mod of this tag retracts of its own module.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """
