"""The sources of versions and files. Narrow on purpose: a module proxy lists but has no release files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from capyctl.core.evidence import Evidence
from capyctl.core.location import RepositoryLocation

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T_co]):
    """A value and the evidence it rests on."""

    value: T_co
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVersion:
    """A tag as one source lists it, with whatever else that source knows.

    Attributes:
        tag: spelling as published (``+incompatible`` of the module proxy removed).
        draft, prerelease: the forge's flags; None where the source has none.
        published_at: RFC 3339, or None. assets: names of the release's files with their sizes, or None.
        retracted: whether the module's own go.mod retracts it.
        created_at: RFC 3339 time of the tag or release, or None.
    """

    tag: str
    draft: bool | None = None
    prerelease: bool | None = None
    published_at: str | None = None
    created_at: str | None = None
    assets: tuple[tuple[str, int], ...] | None = None
    immutable: bool | None = None
    retracted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFacts:
    """What a forge says of a repository itself.

    Attributes:
        full_name: canonical ``owner/name``. id: the forge's number, or None where the route has none.
        archived: None where the route does not tell. latest: the tag the host marks as latest, if asked.
    """

    full_name: str
    id: int | None = None
    archived: bool | None = None
    latest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
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
