"""Markers over a scripted client: where they are asked, and which answers count."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from capyctl.adapters.release_markers import HttpsReleaseMarkers
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.release_marker import ReleaseMarker, parse_marker
from capyctl.fetching.memoized_markers import MemoizedMarkers
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from capyctl.ports.http import Expect, HttpRequest, HttpResponse

NOW = "2026-11-22T05:00:00Z"


class FixedClock:
    """A clock that stands."""

    def now(self) -> str:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody waits {seconds} s here")


class ScriptedHttp:
    """Bodies by address; any other address is absent."""

    def __init__(self, bodies: Mapping[str, bytes], transcript: Transcript | None = None) -> None:
        self.bodies = bodies
        self.transcript = transcript
        self.asked: list[HttpRequest] = []

    def get(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        found = Evidence(
            route=request.route, question=request.question, outcome=Outcome.FOUND, url=request.url, status=200
        )
        if self.transcript is not None:
            self.transcript.record(found)
        if request.url not in self.bodies:
            raise AbsentError(found.judged(Outcome.ABSENT), "not found")
        return HttpResponse(
            status=200, headers={}, body=self.bodies[request.url], location=None, evidence=found
        )

    def warm(self, host: str) -> None:
        raise AssertionError(f"the adapter warmed {host}, which is not its business")


def marker(text: str) -> ReleaseMarker:
    found = parse_marker(text)
    assert found is not None
    return found


def source(http: ScriptedHttp, base: str = "https://dl.k8s.io") -> HttpsReleaseMarkers:
    return HttpsReleaseMarkers(http, FixedClock(), base)


def test_a_marker_is_asked_at_its_place_and_answers_with_the_time() -> None:
    url = "https://dl.k8s.io/ci/latest-1.33.txt"
    http = ScriptedHttp({url: b"v1.33.0-alpha.1.199+25278540780516\n"})
    answer = source(http).resolve(marker("ci/latest-1.33"))
    assert answer.value.version.text == "v1.33.0-alpha.1.199+25278540780516"
    assert (answer.value.url, answer.value.resolved_at, answer.value.marker.text) == (
        url,
        NOW,
        "ci/latest-1.33",
    )
    assert [piece.question for piece in answer.evidence] == [Question.MARKER]
    assert http.asked[0].expect is Expect.TEXT
    assert http.asked[0].limit <= 64 * 1024


def test_another_base_address_may_have_a_path_and_a_final_slash() -> None:
    http = ScriptedHttp({"https://mirror.example/k8s/release/stable.txt": b"v1.34.1"})
    answer = source(http, "https://mirror.example/k8s/").resolve(marker("stable"))
    assert answer.value.version.text == "v1.34.1"


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"v1.31.1\nv1.31.2\n", "malformed"),
        (b"404 page not found", "malformed"),
        (b" \n", "empty"),
        (b"", "empty"),
    ],
)
def test_an_answer_that_is_not_one_version_is_bad(body: bytes, failure: str) -> None:
    http = ScriptedHttp({"https://dl.k8s.io/release/stable.txt": body})
    with pytest.raises(BadAnswerError) as caught:
        source(http).resolve(marker("stable"))
    assert caught.value.evidence.failure == failure
    assert caught.value.evidence.outcome is Outcome.BAD


def test_one_run_asks_once_and_its_transcript_says_how_the_answer_was_judged() -> None:
    transcript = Transcript()
    http = ScriptedHttp({"https://dl.k8s.io/release/stable.txt": b"oops"}, transcript)
    markers = MemoizedMarkers(source(http), transcript)
    for _ in range(2):
        with pytest.raises(BadAnswerError):
            markers.resolve(marker("stable"))
    assert len(http.asked) == 1
    assert [piece.outcome for piece in transcript.snapshot()] == [Outcome.BAD]


def test_two_markers_are_two_questions() -> None:
    http = ScriptedHttp(
        {
            "https://dl.k8s.io/release/stable.txt": b"v1.34.1",
            "https://dl.k8s.io/release/latest.txt": b"v1.35.0-rc.0",
        }
    )
    markers = MemoizedMarkers(source(http))
    found = [markers.resolve(marker(text)).value.version.text for text in ("stable", "latest", "stable")]
    assert found == ["v1.34.1", "v1.35.0-rc.0", "v1.34.1"]
    assert len(http.asked) == 2
