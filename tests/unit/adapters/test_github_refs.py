"""Tags of a repository by the references that its web host offers to git."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.github_refs import GitHubRefs
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases
from capyctl.ports.fetch_errors import BadAnswerError
from capyctl.ports.http import HttpRequest, HttpResponse

URL = "https://github.com/acme/widgets.git/info/refs?service=git-upload-pack"
LOCATION = GitHubReleases(
    host="github.com",
    api_base="https://api.github.com",
    owner="acme",
    name="widgets",
    channel="latest",
    components_file="c.yaml",
)
SMART = {"content-type": "application/x-git-upload-pack-advertisement"}
BODY = b"001e# service=git-upload-pack\n0000" + b"003d" + b"a" * 40 + b" refs/tags/v1.0.0" + b"0000"


class Host(Struct):
    """Answers everything alike."""

    body: bytes = BODY
    headers: Mapping[str, str] = field(default_factory=lambda: SMART)
    location: str | None = None
    asked: list[HttpRequest] = field(default_factory=list)

    def get(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        evidence = Evidence(
            route=request.route, question=request.question, outcome=Outcome.FOUND, url=request.url
        )
        return HttpResponse(
            status=302 if self.location else 200,
            headers=self.headers,
            body=self.body,
            location=self.location,
            evidence=evidence,
            earlier=(replace(evidence, failure="reset"),),
        )

    def warm(self, host: str) -> None:
        raise NotImplementedError(host)


def test_one_question_tells_all_tags_and_carries_no_credential() -> None:
    host = Host()
    answer = GitHubRefs(host).versions(LOCATION)
    assert [item.tag for item in answer.value] == ["v1.0.0"]
    [request] = host.asked
    assert (request.url, request.credential) == (URL, None)
    assert (request.route, request.question) == ("github-web", Question.VERSIONS)
    assert request.limit == 16 * 1024 * 1024
    assert [piece.failure for piece in answer.evidence] == ["reset", None]


def test_the_media_type_counts_without_its_parameters() -> None:
    host = Host(headers={"content-type": f"{SMART['content-type'].upper()}; charset=utf-8"})
    assert GitHubRefs(host).versions(LOCATION).value


@pytest.mark.parametrize(
    ("target", "followed"),
    [
        ("https://github.com/acme/gadgets.git/info/refs?service=git-upload-pack", True),
        ("https://github.com/acme/gadgets/info/refs?service=git-upload-pack", True),
        ("https://github.com/login?return_to=x", False),
        ("https://elsewhere.example/acme/gadgets.git/info/refs?service=git-upload-pack", False),
    ],
)
def test_a_rename_is_followed_and_nothing_else(target: str, *, followed: bool) -> None:
    host = Host()
    GitHubRefs(host).versions(LOCATION)
    stop = host.asked[0].stop
    assert stop is not None
    assert stop(target) is not followed


@pytest.mark.parametrize(
    ("host", "failure"),
    [
        (Host(location="https://github.com/login"), "redirect-refused"),
        (Host(headers={"content-type": "text/html; charset=utf-8"}, body=b"<html>"), "html"),
        (Host(headers={"content-type": "text/plain"}), "malformed"),
        (Host(headers={}), "malformed"),
        (Host(body=BODY[:-4]), "malformed"),
        (Host(body=b""), "malformed"),
    ],
    ids=["sign in", "page", "dumb", "untyped", "half", "empty"],
)
def test_another_answer_is_no_list_without_tags(host: Host, failure: str) -> None:
    with pytest.raises(BadAnswerError) as caught:
        GitHubRefs(host).versions(LOCATION)
    assert caught.value.evidence.outcome is Outcome.BAD
    assert caught.value.evidence.failure == failure
    assert [piece.failure for piece in caught.value.earlier] == ["reset"]
