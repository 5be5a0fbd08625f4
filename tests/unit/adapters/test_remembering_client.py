"""What two parts of a run ask alike goes out once; whole files are not kept."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from capyctl.adapters.remembering_client import RememberingClient
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError
from capyctl.ports.http import Credential, Expect, HttpRequest, HttpResponse

EVIDENCE = Evidence(route="r", question=Question.FILE, outcome=Outcome.FOUND)
REQUEST = HttpRequest(url="https://host.example/a", route="r", question=Question.FILE, expect=Expect.YAML)


class CountingClient:
    """Answers with bytes or a failure, and counts."""

    def __init__(self, body: bytes = b"a: 1", error: FetchError | None = None) -> None:
        self.asked: list[HttpRequest] = []
        self.warmed: list[str] = []
        self._body, self._error = body, error

    def get(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        if self._error is not None:
            raise self._error
        return HttpResponse(status=200, headers={}, body=self._body, location=None, evidence=EVIDENCE)

    def warm(self, host: str) -> None:
        self.warmed.append(host)


def test_an_address_is_asked_once() -> None:
    inner = CountingClient()
    client = RememberingClient(inner)
    assert client.get(REQUEST) is client.get(replace(REQUEST, route="another"))
    assert len(inner.asked) == 1


def test_a_failure_is_remembered_too() -> None:
    inner = CountingClient(error=AbsentError(EVIDENCE, "not there"))
    client = RememberingClient(inner)
    for _ in range(2):
        with pytest.raises(AbsentError):
            client.get(REQUEST)
    assert len(inner.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, url="https://host.example/b"),
        replace(REQUEST, accept="application/json"),
        replace(
            REQUEST,
            credential=Credential(host="host.example", header="A", value="secret", origin="TOKEN"),
        ),
        replace(REQUEST, expect=Expect.JSON),
    ],
    ids=["address", "accept", "credential", "kind"],
)
def test_what_differs_is_asked_anew(other: HttpRequest) -> None:
    inner = CountingClient()
    client = RememberingClient(inner)
    client.get(REQUEST)
    client.get(other)
    assert len(inner.asked) == 2


def test_checked_bytes_serve_who_wants_any_and_never_the_other_way_round() -> None:
    inner = CountingClient()
    client = RememberingClient(inner)
    client.get(REQUEST)
    client.get(replace(REQUEST, expect=Expect.BYTES))
    assert len(inner.asked) == 1
    turned = CountingClient()
    client = RememberingClient(turned)
    client.get(replace(REQUEST, expect=Expect.BYTES))
    client.get(REQUEST)
    assert len(turned.asked) == 2


def test_a_wrong_kind_says_nothing_about_the_bytes() -> None:
    inner = CountingClient(error=BadAnswerError(EVIDENCE, "html"))
    client = RememberingClient(inner)
    for expect in (Expect.YAML, Expect.BYTES):
        with pytest.raises(BadAnswerError):
            client.get(replace(REQUEST, expect=expect))
    assert len(inner.asked) == 2


@pytest.mark.parametrize(
    "request_",
    [replace(REQUEST, byte_range=(0, 9)), replace(REQUEST, stop=lambda _: True)],
    ids=["range", "stop"],
)
def test_parts_and_redirects_are_always_asked(request_: HttpRequest) -> None:
    inner = CountingClient()
    client = RememberingClient(inner)
    client.get(request_)
    client.get(request_)
    assert len(inner.asked) == 2


def test_large_bodies_are_not_kept() -> None:
    inner = CountingClient(body=b"a" * (4 * 1024 * 1024 + 1))
    client = RememberingClient(inner)
    client.get(REQUEST)
    client.get(REQUEST)
    assert len(inner.asked) == 2


def test_connections_are_opened_by_the_inner_client() -> None:
    inner = CountingClient()
    RememberingClient(inner).warm("host.example")
    assert inner.warmed == ["host.example"]
