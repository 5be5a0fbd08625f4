"""A client that nobody asks is never made; one that several ask at once is made once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from capyctl.adapters.deferred_client import DeferredClient
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.ports.http import Expect, HttpRequest, HttpResponse

ASKED = HttpRequest(url="https://example.com/a", route="https", question=Question.FILE, expect=Expect.BYTES)
EVIDENCE = Evidence(route="https", question=Question.FILE, outcome=Outcome.FOUND)


class Recording:
    def __init__(self) -> None:
        self.warmed: list[str] = []

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(
            status=200, headers={}, body=request.url.encode(), location=None, evidence=EVIDENCE
        )

    def warm(self, host: str) -> None:
        self.warmed.append(host)


def test_nothing_is_made_before_a_question() -> None:
    made: list[Recording] = []

    def make() -> Recording:
        made.append(Recording())
        return made[-1]

    client = DeferredClient(make)
    assert made == []
    client.warm("example.com")
    assert client.get(ASKED).body == b"https://example.com/a"
    assert [one.warmed for one in made] == [["example.com"]]


def test_threads_that_ask_at_once_share_one_client() -> None:
    made: list[Recording] = []
    together = threading.Barrier(8)

    def make() -> Recording:
        made.append(Recording())
        return made[-1]

    client = DeferredClient(make)

    def ask(_number: int) -> bytes:
        together.wait()
        return client.get(ASKED).body

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {b"https://example.com/a"}
    assert len(made) == 1
