"""Where moving names of Kubernetes versions are resolved (cli.md 7.4)."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from capyctl.core.release_marker import ReleaseMarker, ReleaseVersion
from capyctl.ports.fetcher import Answer


class ResolvedMarker(Struct, frozen=True, kw_only=True):
    """What a marker stood for when it was asked.

    Attributes:
        url: the address asked, without credentials. resolved_at: RFC 3339 time in UTC of the answer.
    """

    marker: ReleaseMarker
    version: ReleaseVersion
    url: str
    resolved_at: str

    @property
    def is_of_another_series(self) -> bool:
        """Whether the version is of another minor release than the marker names."""
        return self.marker.minor not in (None, self.version.minor)


class ReleaseMarkers(Protocol):
    """Says what a marker stands for now."""

    def resolve(self, marker: ReleaseMarker) -> Answer[ResolvedMarker]:
        """The version the marker stands for.

        Raises:
            FetchError: absent, unavailable, or bad where the answer is not one version, with evidence.
        """
