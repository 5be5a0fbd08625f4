"""Markers of Kubernetes releases over HTTPS: ``release/MARKER.txt`` and ``ci/….txt`` (cli.md 7.4).

Status, length and shape of each answer are checked: what the project's own scripts leave out, so that an error
page became "the version" (clusterctl-resolution 12.1).
"""

from __future__ import annotations

from capyctl.core.evidence import Outcome, Question, without_credentials
from capyctl.core.release_marker import ReleaseMarker, read_marker_answer
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import BadAnswerError
from capyctl.ports.fetcher import Answer
from capyctl.ports.http import Expect, HttpClient, HttpRequest
from capyctl.ports.release_markers import ResolvedMarker

ROUTE = "https"

_LIMIT = 64 * 1024
"""Bytes read of an answer: far more than a version has, so that a web page is told for what it is."""


class HttpsReleaseMarkers:
    """Asks for markers below one base address; asks again for a marker that is asked again."""

    def __init__(self, http: HttpClient, clock: Clock, base: str) -> None:
        """Ask through ``http``.

        Args:
            http: refuses redirects from HTTPS to anything else.
            clock: dates the answers.
            base: an ``https://`` address; markers are asked at ``release/`` and ``ci/`` below it.
        """
        self._http = http
        self._clock = clock
        self._base = base.rstrip("/")

    def resolve(self, marker: ReleaseMarker) -> Answer[ResolvedMarker]:
        """The version that the marker stands for now.

        Raises:
            BadAnswerError: ``html``, ``binary``, ``too-large``, ``redirect-refused``; ``malformed`` or ``empty``
                where the answer is not one version.
            FetchError: as the HTTP client raises it.
        """
        url = f"{self._base}/{marker.path}"
        response = self._http.get(
            HttpRequest(
                url=url,
                route=ROUTE,
                question=Question.MARKER,
                expect=Expect.TEXT,
                accept="text/plain, */*;q=0.1",
                limit=_LIMIT,
                last_resort=True,
            )
        )
        version = read_marker_answer(response.body)
        if version is None:
            failure = "malformed" if response.body.strip() else "empty"
            raise BadAnswerError(
                response.evidence.judged(Outcome.BAD, failure),
                f"the answer for {marker} is not one version of Kubernetes such as v1.33.0",
            )
        resolved = ResolvedMarker(
            marker=marker, version=version, url=without_credentials(url), resolved_at=self._clock.now()
        )
        return Answer(value=resolved, evidence=(*response.earlier, response.evidence))
