"""A marker asked twice in one run is one question: the drift that issue 6 is about, made impossible inside a run."""

from __future__ import annotations

from capyctl.core.release_marker import ReleaseMarker
from capyctl.fetching.memoized import SingleFlight, noted
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetcher import Answer
from capyctl.ports.release_markers import ReleaseMarkers, ResolvedMarker


class MemoizedMarkers:
    """Asks its inner source once for each marker; answers and failures are remembered."""

    def __init__(self, inner: ReleaseMarkers, transcript: Transcript | None = None) -> None:
        """Wrap ``inner``; ``transcript`` is told how its answers were judged."""
        self._inner = inner
        self._transcript = transcript
        self._flights: SingleFlight[str, Answer[ResolvedMarker]] = SingleFlight()

    def resolve(self, marker: ReleaseMarker) -> Answer[ResolvedMarker]:
        """The version the marker stood for when this run first asked.

        Raises:
            FetchError: as the inner source raised it, now or then.
        """
        return self._flights.get(
            marker.text, lambda: noted(self._transcript, lambda: self._inner.resolve(marker))
        )
