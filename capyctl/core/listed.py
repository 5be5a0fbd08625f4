"""What a source lists of a version, and what a forge says of a repository."""

from __future__ import annotations

from msgspec import Struct


class ListedVersion(Struct, frozen=True, kw_only=True):
    """A tag as one source lists it, with whatever else that source knows.

    Attributes:
        tag: spelling as published (``+incompatible`` of the module proxy removed).
        draft, prerelease: the forge's flags; None where the source has none.
        published_at: RFC 3339, or None. assets: names of the release's files with their sizes, or None.
        created_at: RFC 3339 time of the tag or release, or None.
    """

    tag: str
    draft: bool | None = None
    prerelease: bool | None = None
    published_at: str | None = None
    created_at: str | None = None
    assets: tuple[tuple[str, int], ...] | None = None
    immutable: bool | None = None


class RepositoryFacts(Struct, frozen=True, kw_only=True):
    """What a forge says of a repository itself.

    Attributes:
        full_name: canonical ``owner/name``. id: the forge's number, or None where the route has none.
        archived: None where the route does not tell. latest: the tag the host marks as latest, if asked.
    """

    full_name: str
    id: int | None = None
    archived: bool | None = None
    latest: str | None = None
