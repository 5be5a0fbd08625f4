"""Markers whose answers are kept as what this machine got last, so that a later run can tell drift (cli.md 7.4)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.kept_answer import Sighting
from capyctl.core.release_marker import ReleaseMarker, marker_subject
from capyctl.ports.cache import Cache
from capyctl.ports.fetcher import Answer
from capyctl.ports.release_markers import ReleaseMarkers, ResolvedMarker


class RememberedMarkers(Struct, frozen=True, kw_only=True):
    """Asks another source, and keeps what it said."""

    source: ReleaseMarkers
    cache: Cache | None

    def resolve(self, marker: ReleaseMarker) -> Answer[ResolvedMarker]:
        """The answer of the other source.

        Raises:
            FetchError: as the other source raises it.
        """
        answer = self.source.resolve(marker)
        found = answer.value
        if self.cache is not None:
            seen = Sighting(value=found.version.text, seen_at=found.resolved_at, url=found.url)
            self.cache.last_seen(marker_subject(found.url), seen)
        return answer
