"""The module proxy adapter over a scripted client: which questions it asks, and what it makes of answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from capyctl.adapters.askers import ThreadedAsker
from capyctl.adapters.goproxy import MAJORS_LIMIT, VERSIONS_LIMIT, GoProxySource
from capyctl.adapters.goproxy_netrc import parse_netrc
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.core.evidence import Evidence, Outcome
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.location import GitHubReleases, LocalTree
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, ServerFailedError, TimedOutError
from capyctl.ports.http import HttpRequest, HttpResponse

BASE = "https://proxy.example"
MODULE = "github.com/acme/provider"


class ScriptedHttp:
    """Answers by address: text is a 200, a number that status, an absent entry 404."""

    def __init__(self, answers: Mapping[str, str | int] | Callable[[str], str | int]) -> None:
        self.answers = answers
        self.asked: list[HttpRequest] = []
        self._lock = threading.Lock()

    def get(self, request: HttpRequest) -> HttpResponse:
        with self._lock:
            self.asked.append(request)
        script = self.answers
        answer = script(request.url) if callable(script) else script.get(request.url, 404)
        evidence = Evidence(
            route=request.route,
            question=request.question,
            outcome=Outcome.FOUND,
            url=request.url,
            credential_sent=request.credential is not None,
        )
        if isinstance(answer, str):
            return HttpResponse(
                status=200, headers={}, body=answer.encode(), location=None, evidence=evidence
            )
        if answer in (404, 410):
            raise AbsentError(evidence.judged(Outcome.ABSENT), "not found")
        if answer == 0:
            raise TimedOutError(evidence.judged(Outcome.UNAVAILABLE, "silence"), "silent")
        raise ServerFailedError(evidence.judged(Outcome.UNAVAILABLE, f"http-{answer}"), "failed")

    def warm(self, host: str) -> None:
        raise AssertionError(f"the adapter warmed {host}, which is not its business")

    @property
    def urls(self) -> list[str]:
        return sorted(request.url.removeprefix(f"{BASE}/") for request in self.asked)


def location(owner: str = "acme", name: str = "provider", host: str = "github.com") -> GitHubReleases:
    return GitHubReleases(
        host=host,
        api_base=f"https://api.{host}",
        owner=owner,
        name=name,
        channel="latest",
        components_file="infrastructure-components.yaml",
    )


def source(http: ScriptedHttp, goproxy: str = BASE) -> GoProxySource:
    settings = GoProxySettings(proxies=parse_goproxy(goproxy))
    return GoProxySource(http, settings, ThreadedAsker())


def lists(**majors: str | int) -> dict[str, str | int]:
    """Lists by major: ``v1`` is the bare path."""
    paths = {key: "" if key == "v1" else f"/{key}" for key in majors}
    return {f"{BASE}/{MODULE}{paths[key]}/@v/list": value for key, value in majors.items()}


def tags(http: ScriptedHttp, goproxy: str = BASE) -> set[str]:
    return {version.tag for version in source(http, goproxy).versions(location()).value}


def test_one_major_costs_three_questions() -> None:
    http = ScriptedHttp(lists(v1="v1.0.0\nv1.1.0\n"))
    assert tags(http) == {"v1.0.0", "v1.1.0"}
    assert http.urls == [f"{MODULE}/@v/list", f"{MODULE}/v2/@v/list", f"{MODULE}/v3/@v/list"]


def test_three_hundred_tags_in_two_majors_cost_three_questions() -> None:
    first = "\n".join(f"v1.{minor}.0" for minor in range(150))
    second = "\n".join(f"v2.{minor}.0" for minor in range(150))
    http = ScriptedHttp(lists(v1=first, v2=second))
    assert len(tags(http)) == 300
    assert len(http.asked) <= 3


def test_majors_beyond_the_first_batch_are_asked_for_while_the_highest_exists() -> None:
    http = ScriptedHttp(lists(v1="v1.0.0", v3="v3.0.0", v5="v5.0.0"))
    assert tags(http) == {"v1.0.0", "v3.0.0", "v5.0.0"}
    assert len(http.asked) == 7


def test_a_major_beyond_a_gap_can_be_asked_for_by_number() -> None:
    http = ScriptedHttp(lists(v1="v1.0.0", v6="v6.1.0\nv5.0.0"))
    answer = source(http).major(location(), 6)
    assert [version.tag for version in answer.value] == ["v6.1.0"]
    with pytest.raises(AbsentError):
        source(http).major(location(), 7)


def test_a_server_that_answers_everything_alike_comes_to_an_end_after_three_questions() -> None:
    http = ScriptedHttp(lambda _url: "v0.1.0\nv1.0.0\nv2.0.0\n")
    assert tags(http) == {"v0.1.0", "v1.0.0", "v2.0.0"}
    assert len(http.asked) == 3


def test_a_server_that_invents_every_major_is_bounded() -> None:
    def invent(url: str) -> str:
        major = url.removesuffix("/@v/list").rpartition("/v")[2]
        return f"v{major}.0.0" if major.isdecimal() else "v1.0.0"

    http = ScriptedHttp(invent)
    assert len(tags(http)) == MAJORS_LIMIT
    assert len(http.asked) == MAJORS_LIMIT


def test_a_failing_major_leaves_the_others_and_shows_in_the_evidence() -> None:
    http = ScriptedHttp(lists(v1="v1.0.0", v2=503))
    answer = source(http).versions(location())
    assert {version.tag for version in answer.value} == {"v1.0.0"}
    assert [item.outcome for item in answer.evidence] == [
        Outcome.FOUND,
        Outcome.UNAVAILABLE,
        Outcome.ABSENT,
    ]


def test_nothing_found_and_one_failure_is_a_failure_not_an_absence() -> None:
    with pytest.raises(ServerFailedError) as caught:
        source(ScriptedHttp(lists(v2=500))).versions(location())
    assert {item.outcome for item in caught.value.earlier} == {Outcome.ABSENT}
    assert len(caught.value.earlier) == 2


def test_an_empty_list_and_a_failing_major_is_a_failure_too() -> None:
    with pytest.raises(ServerFailedError):
        source(ScriptedHttp(lists(v1="", v2=500))).versions(location())


def test_absence_everywhere_keeps_the_evidence_of_every_question() -> None:
    with pytest.raises(AbsentError) as caught:
        source(ScriptedHttp({})).versions(location())
    urls = [item.url for item in (*caught.value.earlier, caught.value.evidence)]
    assert sorted(url or "" for url in urls) == [
        f"{BASE}/{MODULE}/@v/list",
        f"{BASE}/{MODULE}/v2/@v/list",
        f"{BASE}/{MODULE}/v3/@v/list",
    ]


def test_every_question_is_on_the_route_of_its_own_proxy() -> None:
    http = ScriptedHttp({f"https://b.example/go/{MODULE}/@v/list": "v1.0.0"})
    answer = source(http, "https://a.example,https://b.example/go").versions(location())
    found = {item.route: item.outcome for item in answer.evidence if item.outcome is Outcome.FOUND}
    assert found == {"goproxy:b.example": Outcome.FOUND}
    assert {item.route for item in answer.evidence} == {"goproxy:a.example", "goproxy:b.example"}
    assert source(http, "https://a.example,https://b.example/go").route == "goproxy:a.example"


def test_a_failure_that_is_no_absence_is_told_rather_than_the_absence_after_it() -> None:
    http = ScriptedHttp({f"https://a.example/{MODULE}{path}/@v/list": 502 for path in ("", "/v2", "/v3")})
    with pytest.raises(ServerFailedError) as caught:
        source(http, "https://a.example|https://b.example").versions(location())
    assert len(caught.value.earlier) == 5


@pytest.mark.parametrize(("goproxy", "failure"), [("off", "off"), ("direct", "direct"), (",", "off")])
def test_a_list_without_a_proxy_asks_nobody(goproxy: str, failure: str) -> None:
    http = ScriptedHttp({})
    with pytest.raises(AbsentError) as caught:
        source(http, goproxy).versions(location())
    assert (caught.value.evidence.failure, caught.value.evidence.url) == (failure, None)
    assert http.asked == []


def test_a_host_with_an_enterprise_name_is_part_of_the_module_path() -> None:
    http = ScriptedHttp({f"{BASE}/git.corp.example/Team/x/@v/list": "v1.0.0"})
    http.answers = {f"{BASE}/git.corp.example/!team/x/@v/list": "v1.0.0"}
    answer = source(http).versions(location("Team", "x", "git.corp.example"))
    assert [version.tag for version in answer.value] == ["v1.0.0"]


def test_another_kind_of_location_is_a_fault_of_ours() -> None:
    tree = LocalTree(base="/r", label="l", channel="latest", components_file="c.yaml")
    with pytest.raises(TypeError):
        source(ScriptedHttp({})).versions(tree)


def test_a_list_of_many_versions_keeps_the_highest() -> None:
    lines = "\n".join(f"v1.0.{patch}" for patch in range(VERSIONS_LIMIT + 5))
    found = tags(ScriptedHttp(lists(v1=lines)))
    assert len(found) == VERSIONS_LIMIT
    assert "v1.0.4" not in found
    assert f"v1.0.{VERSIONS_LIMIT + 4}" in found


def test_an_empty_list_without_latest_is_an_empty_answer() -> None:
    answer = source(ScriptedHttp(lists(v1=""))).versions(location())
    assert answer.value == ()
    assert answer.evidence[-1].url == f"{BASE}/{MODULE}/@latest"


def test_a_pseudo_version_as_latest_is_no_version() -> None:
    http = ScriptedHttp(
        {**lists(v1=""), f"{BASE}/{MODULE}/@latest": '{"Version":"v0.0.0-20240101000000-0123456789ab"}'}
    )
    assert tags(http) == set()


@pytest.mark.parametrize("body", ["", "no json", "[]", '"v1.0.0"', "[" * 20000])
def test_a_record_that_cannot_be_understood_is_a_bad_answer(body: str) -> None:
    http = ScriptedHttp({**lists(v1=""), f"{BASE}/{MODULE}/@latest": body})
    with pytest.raises(BadAnswerError) as caught:
        source(http).versions(location())
    assert caught.value.evidence.failure == "malformed"
    assert caught.value.evidence.outcome is Outcome.BAD


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("v1.0.0", {"v1.0.0"}),
        ("v2.0.0+incompatible", {"v2.0.0"}),
        ("v0.0.0-20240101120000-0123456789ab", set()),
    ],
)
def test_the_latest_record_counts_where_a_list_is_empty(stated: str, found: set[str]) -> None:
    http = ScriptedHttp({**lists(v1=""), f"{BASE}/{MODULE}/@latest": f'{{"Version":"{stated}"}}'})
    assert tags(http) == found


def test_a_folder_without_the_module_is_absent_and_the_next_entry_is_asked(tmp_path: Path) -> None:
    http = ScriptedHttp(lists(v1="v1.0.0"))
    assert tags(http, f"{tmp_path.as_uri()},{BASE}") == {"v1.0.0"}


def test_netrc_names_hosts_logins_and_passwords() -> None:
    found = parse_netrc(
        "# comment\nmachine a.example login ann password s1\n"
        "machine b.example\n  login ben\n  account x\n  password s2\n"
        "macdef init\n  machine c.example login no password no\n\n"
        "machine a.example login second password ignored\n"
        "default login anyone password any\nmachine d.example login late password late\n"
    )
    assert {host: (entry.user, entry.password) for host, entry in found.items()} == {
        "a.example": ("ann", "s1"),
        "b.example": ("ben", "s2"),
    }
    assert "s1" not in repr(found)


def test_a_credential_in_the_address_goes_before_netrc_and_neither_goes_elsewhere() -> None:
    settings = GoProxySettings(
        proxies=parse_goproxy("https://u:p@a.example,https://b.example:8443,https://c.example"),
        netrc=parse_netrc("machine a.example login x password y\nmachine b.example login ben password s2"),
    )
    http = ScriptedHttp({})
    with pytest.raises(AbsentError):
        GoProxySource(http, settings, ThreadedAsker()).versions(location())
    sent = {
        request.route: (request.credential.host, request.credential.origin) if request.credential else None
        for request in http.asked
    }
    assert sent == {
        "goproxy:a.example": ("a.example", "GOPROXY"),
        "goproxy:b.example:8443": ("b.example:8443", "netrc"),
        "goproxy:c.example": None,
    }
    assert "u:p" not in "".join(request.url for request in http.asked)
    assert "s2" not in repr(settings)


def test_a_404_tells_of_a_major_whose_module_path_lacks_its_suffix() -> None:
    """The words are those of F34; any other 404 tells of nothing."""
    words = (
        "proxy.example answered 404: not found: github.com/acme/provider/v2@v2.0.1: invalid version: go.mod has"
        ' non-.../v2 module path "github.com/acme/provider" (and .../v2/go.mod does not exist) at revision v2.0.1'
    )

    class Telling(ScriptedHttp):
        def get(self, request: HttpRequest) -> HttpResponse:
            try:
                return super().get(request)
            except AbsentError as error:
                raise AbsentError(error.evidence, words) if "/v2/" in request.url else error from None

    lists = {f"{BASE}/{MODULE}/@v/list": "v1.0.0\n"}
    settings = GoProxySettings(proxies=parse_goproxy(BASE))
    told = GoProxySource(Telling(lists), settings, ThreadedAsker()).versions(location())
    assert (told.hidden_major, told.partial) == (2, None)
    plain = GoProxySource(ScriptedHttp(lists), settings, ThreadedAsker()).versions(location())
    assert plain.hidden_major is None


class Majors:
    """What is remembered between runs."""

    def __init__(self, known: int = 0) -> None:
        self.known = known
        self.kept: list[int] = []

    def highest(self, module: str) -> int:
        assert module == MODULE
        return self.known

    def keep(self, module: str, highest: int) -> None:
        assert module == MODULE
        self.kept.append(highest)


@pytest.mark.parametrize(
    ("known", "newest", "asked"),
    [(0, 2, 3), (0, 3, 5), (3, 2, 3), (5, 3, 5), (5, 5, 7), (99, 3, MAJORS_LIMIT), (2, 1, 3)],
)
def test_as_many_majors_are_asked_for_at_once_as_the_last_run_needed(
    known: int, newest: int, asked: int
) -> None:
    """And no fewer than would be asked for without a memory; what was new is remembered."""
    http = ScriptedHttp(lists(**{f"v{number}": f"v{number}.0.0\n" for number in range(1, newest + 1)}))
    memory = Majors(known)
    settings = GoProxySettings(proxies=parse_goproxy(BASE))
    found = GoProxySource(http, settings, ThreadedAsker(), memory).versions(location())
    assert [each.tag for each in found.value] == [f"v{number}.0.0" for number in range(1, newest + 1)]
    assert len(http.asked) == asked
    assert memory.kept == ([asked] if asked != min(known, MAJORS_LIMIT) else [])
