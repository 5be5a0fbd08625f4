"""GitLab generic packages over a scripted client: addresses, pages, two kinds of absence, the token."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from msgspec import Struct, field

from capyctl.adapters.gitlab import PAGES_LIMIT, GitLabSource
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitLabPackages, LocalTree
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError, UnauthorizedError
from capyctl.ports.http import Expect, HttpRequest, HttpResponse

API = "https://git.corp.example/gitlab/api/v4/projects/group%2Fproject"
LIST = f"{API}/packages?package_type=generic&package_name=infra-x&per_page=100"


class Page(Struct, frozen=True):
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedHttp:
    """Pages by address; an absent address is 404, a number that status."""

    def __init__(self, pages: Mapping[str, Page | int]) -> None:
        self.pages = pages
        self.asked: list[HttpRequest] = []

    def get(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        page = self.pages.get(request.url, 404)
        evidence = Evidence(
            route=request.route,
            question=request.question,
            outcome=Outcome.FOUND,
            url=request.url,
            sha256="ab" * 32,
            credential_sent=request.credential is not None,
        )
        if isinstance(page, Page):
            return HttpResponse(
                status=200, headers=page.headers, body=page.body.encode(), location=None, evidence=evidence
            )
        if page == 404:
            raise AbsentError(evidence.judged(Outcome.ABSENT), "404 Project Not Found")
        raise UnauthorizedError(evidence.judged(Outcome.UNAVAILABLE), "401 Unauthorized")

    def warm(self, host: str) -> None:
        raise AssertionError(f"the adapter warmed {host}, which is not its business")


def location(project: str = "group%2Fproject", package: str = "infra-x") -> GitLabPackages:
    return GitLabPackages(
        host="git.corp.example",
        base_path="/gitlab",
        project=project,
        package=package,
        channel="latest",
        components_file="infrastructure-components.yaml",
    )


def packages(*versions: str, name: str = "infra-x", kind: str = "generic") -> str:
    return json.dumps(
        [
            {
                "id": number,
                "name": name,
                "version": version,
                "package_type": kind,
                "created_at": "2026-01-02T03:04:05.678Z",
            }
            for number, version in enumerate(versions)
        ]
    )


def tags(http: ScriptedHttp) -> list[str]:
    return [item.tag for item in GitLabSource(http).versions(location()).value]


def failure(http: ScriptedHttp) -> FetchError:
    with pytest.raises(FetchError) as caught:
        GitLabSource(http).versions(location())
    return caught.value


def test_a_listing_is_one_question_for_up_to_a_hundred_versions() -> None:
    http = ScriptedHttp({LIST: Page(packages("v1.0.0", "v1.1.0"))})
    answer = GitLabSource(http).versions(location())
    assert [item.tag for item in answer.value] == ["v1.0.0", "v1.1.0"]
    assert answer.value[0].created_at == "2026-01-02T03:04:05.678Z"
    assert len(http.asked) == 1
    assert (http.asked[0].route, http.asked[0].expect) == ("gitlab", Expect.JSON)


def test_three_hundred_versions_cost_three_questions() -> None:
    versions = [f"v1.{number}.0" for number in range(300)]
    pages: dict[str, Page | int] = {
        LIST: Page(packages(*versions[:100]), {"x-next-page": "2"}),
        f"{LIST}&page=2": Page(packages(*versions[100:200]), {"x-next-page": "3"}),
        f"{LIST}&page=3": Page(packages(*versions[200:]), {"x-next-page": ""}),
    }
    http = ScriptedHttp(pages)
    answer = GitLabSource(http).versions(location())
    assert [item.tag for item in answer.value] == versions
    assert len(http.asked) == len(answer.evidence) == 3


def test_a_link_header_leads_on_too() -> None:
    target = f"{LIST}&cursor=abc"
    link = f'<{LIST}>; rel="first", <{target}>; rel="next"'
    http = ScriptedHttp({LIST: Page(packages("v1.0.0"), {"link": link}), target: Page(packages("v1.1.0"))})
    assert tags(http) == ["v1.0.0", "v1.1.0"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "http://git.corp.example/x", "//evil.example/", "https://[x/"]
)
def test_a_listing_never_continues_on_another_host(target: str) -> None:
    http = ScriptedHttp({LIST: Page(packages("v1.0.0"), {"link": f'<{target}>; rel="next"'})})
    error = failure(http)
    assert isinstance(error, BadAnswerError)
    assert len(http.asked) == 1


def test_a_listing_without_end_is_bounded() -> None:
    class Endless(dict[str, Page | int]):
        def __missing__(self, key: str) -> Page:
            return Page(packages("v1.0.0"), {"x-next-page": str(len(key))})

        def get(self, key: str, default: object = None) -> Page:  # noqa: ARG002
            return self[key]  # type: ignore[return-value]

    http = ScriptedHttp(Endless())
    assert tags(http) == ["v1.0.0"]
    assert len(http.asked) == PAGES_LIMIT


def test_only_the_exact_name_and_the_generic_kind_count() -> None:
    entries = [
        *json.loads(packages("v9.0.0", name="infra-x-extra")),
        *json.loads(packages("v8.0.0", kind="npm")),
        *json.loads(packages("v1.0.0")),
        "junk",
        {"name": "infra-x", "version": 7},
    ]
    assert tags(ScriptedHttp({LIST: Page(json.dumps(entries))})) == ["v1.0.0"]


def test_a_project_that_is_not_there_may_be_private() -> None:
    error = failure(ScriptedHttp({}))
    assert isinstance(error, AbsentError)
    assert error.evidence.failure == "project-missing"
    assert "private" in error.reason


def test_a_project_without_the_package_is_another_absence() -> None:
    error = failure(ScriptedHttp({LIST: Page("[]")}))
    assert isinstance(error, AbsentError)
    assert error.evidence.failure == "package-missing"
    assert error.evidence.outcome is Outcome.ABSENT


@pytest.mark.parametrize("body", ['{"message":"x"}', "no json", "[" * 50_000])
def test_an_answer_that_is_no_listing_is_bad(body: str) -> None:
    error = failure(ScriptedHttp({LIST: Page(body)}))
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "malformed"


def test_a_failure_on_a_later_page_keeps_the_pages_before() -> None:
    http = ScriptedHttp({LIST: Page(packages("v1.0.0"), {"x-next-page": "2"}), f"{LIST}&page=2": 401})
    error = failure(http)
    assert isinstance(error, UnauthorizedError)
    assert [item.url for item in error.earlier] == [LIST]


def test_a_file_is_asked_for_by_its_generic_address() -> None:
    url = f"{API}/packages/generic/infra-x/v1.0.0%2Bmeta/metadata.yaml"
    http = ScriptedHttp({url: Page("kind: Metadata\n")})
    answer = GitLabSource(http).file(location(), "v1.0.0+meta", "metadata.yaml")
    assert answer.value.data == b"kind: Metadata\n"
    assert (answer.value.url, answer.value.sha256) == (url, "ab" * 32)
    assert (http.asked[0].expect, http.asked[0].question) == (Expect.YAML, Question.FILE)


def test_a_project_may_be_a_number_on_a_host_without_a_folder() -> None:
    url = "https://gitlab.example/api/v4/projects/42/packages/generic/p/v1.0.0/metadata.yaml"
    plain = GitLabPackages(
        host="gitlab.example", base_path="", project="42", package="p", channel="v1", components_file="c"
    )
    answer = GitLabSource(ScriptedHttp({url: Page("a: 1")})).file(plain, "v1.0.0", "metadata.yaml")
    assert answer.value.data == b"a: 1"


@pytest.mark.parametrize(
    ("tag", "name"), [("..", "m.yaml"), ("v1/../..", "m.yaml"), ("v1", "../x"), ("", "m")]
)
def test_names_that_lead_elsewhere_are_absent_without_a_question(tag: str, name: str) -> None:
    http = ScriptedHttp({})
    with pytest.raises(AbsentError):
        GitLabSource(http).file(location(), tag, name)
    assert http.asked == []


def test_the_token_is_a_bearer_for_the_location_s_host_and_shown_nowhere() -> None:
    http = ScriptedHttp({LIST: Page(packages("v1.0.0"))})
    source = GitLabSource(http, "glpat-secret")
    answer = source.versions(location())
    credential = http.asked[0].credential
    assert credential is not None
    assert (credential.host, credential.header, credential.value) == (
        "git.corp.example",
        "Authorization",
        "Bearer glpat-secret",
    )
    assert "secret" not in repr((answer, http.asked[0], source))


def test_an_empty_token_is_no_token() -> None:
    http = ScriptedHttp({LIST: Page(packages("v1.0.0"))})
    GitLabSource(http, "").versions(location())
    assert http.asked[0].credential is None


def test_a_package_name_is_encoded_in_both_addresses() -> None:
    http = ScriptedHttp({})
    odd = location(package="a&b/c d")
    for ask in (
        lambda: GitLabSource(http).versions(odd),
        lambda: GitLabSource(http).file(odd, "v1.0.0", "metadata.yaml"),
    ):
        with pytest.raises(AbsentError):
            ask()
    assert "package_name=a%26b%2Fc%20d&" in http.asked[0].url
    assert "/generic/a%26b%2Fc%20d/v1.0.0/" in http.asked[1].url


def test_another_kind_of_location_is_a_fault_of_ours() -> None:
    tree = LocalTree(base="/r", label="l", channel="latest", components_file="c.yaml")
    with pytest.raises(TypeError):
        GitLabSource(ScriptedHttp({})).versions(tree)
