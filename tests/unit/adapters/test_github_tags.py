"""Tags of a repository by REST, page by page."""

from __future__ import annotations

import json

import pytest

from capyctl.adapters.github_tags import GitHubTags
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from capyctl.ports.http import Credential, HttpRequest, HttpResponse

BASE = "https://api.github.com/repos/acme/widgets/tags?per_page=100"
LOCATION = GitHubReleases(
    host="github.com",
    api_base="https://api.github.com",
    owner="acme",
    name="widgets",
    channel="latest",
    components_file="c.yaml",
)
TOKEN = Credential(host="api.github.com", header="Authorization", value="Bearer t", origin="GITHUB_TOKEN")


class Pages:
    """Bodies by address, with the next page in the Link header."""

    def __init__(self, pages: dict[str, tuple[bytes, str | None]]) -> None:
        self._pages = pages
        self.asked: list[HttpRequest] = []

    def get(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        evidence = Evidence(
            route=request.route, question=request.question, outcome=Outcome.FOUND, url=request.url
        )
        if request.url not in self._pages:
            raise AbsentError(evidence.judged(Outcome.ABSENT), "not there")
        body, following = self._pages[request.url]
        headers = {"link": f'<{following}>; rel="next"'} if following else {}
        return HttpResponse(status=200, headers=headers, body=body, location=None, evidence=evidence)

    def warm(self, host: str) -> None:
        raise NotImplementedError(host)


def tags(*names: str) -> bytes:
    return json.dumps([{"name": name} for name in names]).encode()


def test_every_page_is_read() -> None:
    second = f"{BASE}&page=2"
    pages = Pages({BASE: (tags("v1.1.0"), second), second: (tags("v1.0.0"), None)})
    answer = GitHubTags(pages, lambda host: TOKEN if host == "api.github.com" else None).versions(LOCATION)
    assert [item.tag for item in answer.value] == ["v1.1.0", "v1.0.0"]
    assert len(answer.evidence) == 2
    assert {request.credential for request in pages.asked} == {TOKEN}
    assert {request.question for request in pages.asked} == {Question.VERSIONS}


def test_entries_without_a_name_are_left_out() -> None:
    body = json.dumps([{"name": "v1.0.0"}, {"name": 7}, "v2.0.0", {}]).encode()
    answer = GitHubTags(Pages({BASE: (body, None)}), lambda _: None).versions(LOCATION)
    assert [item.tag for item in answer.value] == ["v1.0.0"]


@pytest.mark.parametrize("body", [b'{"message": "hello"}', b"[", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_list(body: bytes) -> None:
    with pytest.raises(BadAnswerError) as caught:
        GitHubTags(Pages({BASE: (body, None)}), lambda _: None).versions(LOCATION)
    assert caught.value.evidence.outcome is Outcome.BAD
    assert caught.value.evidence.failure == "malformed"


def test_a_page_that_fails_keeps_what_was_asked_before() -> None:
    pages = Pages({BASE: (tags("v1.0.0"), f"{BASE}&page=2")})
    with pytest.raises(AbsentError) as caught:
        GitHubTags(pages, lambda _: None).versions(LOCATION)
    assert [piece.url for piece in caught.value.earlier] == [BASE]


def test_a_list_without_end_is_bounded_and_no_answer() -> None:
    """A part of the tags would make versions look withdrawn."""
    pages = Pages({BASE: (tags("v1.0.0"), BASE)})
    with pytest.raises(BadAnswerError, match="100 pages"):
        GitHubTags(pages, lambda _: None).versions(LOCATION)
    assert len(pages.asked) == 100
