"""The GitHub sources over the real client and a scripted forge (peers-and-protocols E1 to E4)."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field

import httpx
import pytest

from capyctl.adapters.github_address import ReleasePage, release_page
from capyctl.adapters.github_api import GitHubApi
from capyctl.adapters.github_download import GitHubDownload
from capyctl.adapters.github_web import GitHubWeb
from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpSettings
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Outcome, Question
from capyctl.core.location import GitHubReleases, LocalTree
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    RateLimitedError,
    UnauthorizedError,
    UnreachableError,
)
from capyctl.ports.http import Credential

METADATA = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries: []\n"
K0SMOTRON = GitHubReleases(
    host="github.com",
    api_base="https://api.github.com",
    owner="k0smotron",
    name="k0smotron",
    channel="latest",
    components_file="bootstrap-components.yaml",
)
ENTERPRISE = GitHubReleases(
    host="ghe.corp.example:8443",
    api_base="https://ghe.corp.example:8443/api/v3",
    owner="o",
    name="r",
    channel="latest",
    components_file="c.yaml",
)


class Quiet:
    def asking(self, source: str, what: str, attempt: int) -> None:
        pass

    def answered(self, source: str, what: str) -> None:
        pass


@dataclass
class Forge:
    """Answers by address; what it does not know is a 404."""

    answers: dict[str, httpx.Response | Exception] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    transcript: Transcript = field(default_factory=Transcript)

    def __post_init__(self) -> None:
        transport = httpx.MockTransport(self._reply)
        self.client = HttpxClient(HttpSettings(), SystemClock(), self.transcript, Quiet(), transport)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get(str(request.url), httpx.Response(404))
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> list[str]:
        return [str(request.url) for request in self.requests]


def to(location: str, code: int = 302) -> httpx.Response:
    return httpx.Response(code, headers={"Location": location})


def record(value: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=value, headers=headers)


def token_for(host: str) -> Credential:
    return Credential(host=host, header="Authorization", value="Bearer s3cr3t", origin="GITHUB_TOKEN")


WEB = "https://github.com/k0smotron/k0smotron/releases"
MOVED = "https://github.com/k0sproject/k0smotron/releases"


class TestWeb:
    def test_one_request_gives_the_latest_tag(self) -> None:
        forge = Forge({f"{WEB}/latest": to(f"{WEB}/tag/v1.5.2")})
        answer = GitHubWeb(forge.client).repository(K0SMOTRON)
        assert (answer.value.full_name, answer.value.latest) == ("k0smotron/k0smotron", "v1.5.2")
        assert forge.asked == [f"{WEB}/latest"]
        evidence = answer.evidence[0]
        assert (evidence.route, evidence.question, evidence.outcome) == (
            "github-web",
            Question.REPOSITORY,
            Outcome.FOUND,
        )

    @pytest.mark.parametrize("code", [301, 302, 307, 308])
    def test_a_rename_gives_the_canonical_name_and_is_a_hop(self, code: int) -> None:
        forge = Forge(
            {f"{WEB}/latest": to(f"{MOVED}/latest", code), f"{MOVED}/latest": to(f"{MOVED}/tag/v1.10.9")}
        )
        answer = GitHubWeb(forge.client).repository(K0SMOTRON)
        assert (answer.value.full_name, answer.value.latest) == ("k0sproject/k0smotron", "v1.10.9")
        assert [(hop.url, hop.status) for hop in answer.evidence[0].hops] == [(f"{WEB}/latest", code)]
        assert answer.evidence[0].final_url == f"{MOVED}/latest"

    def test_a_repository_without_releases(self) -> None:
        facts = GitHubWeb(Forge({f"{WEB}/latest": to(WEB)}).client).repository(K0SMOTRON).value
        assert (facts.full_name, facts.latest) == ("k0smotron/k0smotron", None)

    @pytest.mark.parametrize(
        ("path", "tag"), [("api%2Fv1.2.0", "api/v1.2.0"), ("api/v1.2.0", "api/v1.2.0"), ("v1%2Bb", "v1+b")]
    )
    def test_tags_are_decoded(self, path: str, tag: str) -> None:
        forge = Forge({f"{WEB}/latest": to(f"{WEB}/tag/{path}")})
        assert GitHubWeb(forge.client).repository(K0SMOTRON).value.latest == tag

    def test_an_enterprise_host(self) -> None:
        base = "https://ghe.corp.example:8443/o/r/releases"
        forge = Forge({f"{base}/latest": to("/o/r/releases/tag/v2.0.0")})
        assert GitHubWeb(forge.client).repository(ENTERPRISE).value.latest == "v2.0.0"

    def test_a_host_that_serves_the_page_itself(self) -> None:
        page = b'<html><a href="/k0smotron/k0smotron/releases/tag/v1.5.2">v1.5.2</a></html>'
        forge = Forge({f"{WEB}/latest": httpx.Response(200, content=page)})
        assert GitHubWeb(forge.client).repository(K0SMOTRON).value.latest == "v1.5.2"

    def test_a_captive_portal_is_no_repository(self) -> None:
        forge = Forge({f"{WEB}/latest": httpx.Response(200, content=b"<html>Welcome to the hotel</html>")})
        with pytest.raises(BadAnswerError) as caught:
            GitHubWeb(forge.client).repository(K0SMOTRON)
        assert (caught.value.evidence.outcome, caught.value.evidence.failure) == (Outcome.BAD, "html")

    @pytest.mark.parametrize(
        ("target", "error", "failure"),
        [
            ("https://portal.example/login", BadAnswerError, "redirect-refused"),
            ("https://github.com/login?return_to=x", UnauthorizedError, "sign-in"),
            ("https://github.com/k0smotron", BadAnswerError, "malformed"),
            (f"{WEB}/tag/%00", BadAnswerError, "malformed"),
            ("http://github.com/k0smotron/k0smotron/releases/latest", BadAnswerError, "redirect-refused"),
        ],
    )
    def test_other_targets(self, target: str, error: type[FetchError], failure: str) -> None:
        with pytest.raises(FetchError) as caught:
            GitHubWeb(Forge({f"{WEB}/latest": to(target)}).client).repository(K0SMOTRON)
        assert (type(caught.value), caught.value.evidence.failure) == (error, failure)

    def test_no_such_repository(self) -> None:
        with pytest.raises(AbsentError):
            GitHubWeb(Forge().client).repository(K0SMOTRON)

    def test_a_location_of_another_kind_is_our_fault(self) -> None:
        tree = LocalTree(base="/x", label="l", channel="latest", components_file="c.yaml")
        with pytest.raises(TypeError):
            GitHubWeb(Forge().client).repository(tree)


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://h/o/r/releases", ReleasePage(full_name="o/r")),
        ("https://h/o/r/releases/", ReleasePage(full_name="o/r")),
        ("https://h/o/r/releases/latest", ReleasePage(full_name="o/r", is_latest=True)),
        ("https://h/o/r/releases/tag/v1?x=1", ReleasePage(full_name="o/r", tag="v1")),
        ("https://h/o/r/releases/tag", None),
        ("https://h/o/r/releases/tag/..", None),
        ("https://h/o/r/issues", None),
        ("https://h/o/r%20x/releases", None),
        ("https://h/", None),
        ("https://[h/o/r/releases", None),
    ],
)
def test_pages_of_releases(url: str, page: ReleasePage | None) -> None:
    assert release_page(url) == page


FILE = f"{WEB}/download/v1.5.2/metadata.yaml"
BLOB = "https://release-assets.githubusercontent.com/blob?sp=r&sig=abc"


class TestDownload:
    def test_renames_and_the_objects_host_are_followed_anonymously(self) -> None:
        moved = f"{MOVED}/download/v1.5.2/metadata.yaml"
        forge = Forge({FILE: to(moved, 301), moved: to(BLOB), BLOB: httpx.Response(200, content=METADATA)})
        answer = GitHubDownload(forge.client).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        assert answer.value.data == METADATA
        assert answer.value.sha256 == hashlib.sha256(METADATA).hexdigest()
        assert answer.value.url == FILE
        evidence = answer.evidence[0]
        assert [hop.status for hop in evidence.hops] == [301, 302]
        assert evidence.final_url == "https://release-assets.githubusercontent.com/blob"
        assert not evidence.credential_sent
        assert all("authorization" not in request.headers for request in forge.requests)

    def test_a_token_stays_on_its_host(self) -> None:
        forge = Forge({FILE: to(BLOB), BLOB: httpx.Response(200, content=METADATA)})
        GitHubDownload(forge.client, credential_for=token_for).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        sent = [request.headers.get("authorization") for request in forge.requests]
        assert sent == ["Bearer s3cr3t", None]

    def test_tag_and_file_are_encoded(self) -> None:
        forge = Forge()
        with pytest.raises(AbsentError):
            GitHubDownload(forge.client).file(K0SMOTRON, "api/v1+x", "a b?.yaml")
        assert forge.asked == [f"{WEB}/download/api%2Fv1%2Bx/a%20b%3F.yaml"]

    @pytest.mark.parametrize(
        ("tag", "name"), [("..", "metadata.yaml"), ("v1", ".."), ("", "m"), ("v1", "a\nb")]
    )
    def test_parts_that_would_leave_the_address_are_never_asked_for(self, tag: str, name: str) -> None:
        forge = Forge()
        with pytest.raises(AbsentError):
            GitHubDownload(forge.client).file(K0SMOTRON, tag, name)
        assert forge.asked == []

    def test_a_sign_in_page_is_no_file(self) -> None:
        forge = Forge({FILE: httpx.Response(200, content=b"<!DOCTYPE html><title>Sign in</title>")})
        with pytest.raises(BadAnswerError) as caught:
            GitHubDownload(forge.client).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        assert caught.value.evidence.failure == "html"

    def test_a_rename_to_another_host_is_refused(self) -> None:
        forge = Forge({FILE: to("https://github.evil/k0smotron/k0smotron/x", 301)})
        with pytest.raises(BadAnswerError) as caught:
            GitHubDownload(forge.client).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        assert caught.value.evidence.failure == "redirect-refused"


API = "https://api.github.com/repos/k0smotron/k0smotron"


def release(tag: str, **more: object) -> dict[str, object]:
    return {
        "tag_name": tag,
        "draft": False,
        "prerelease": False,
        "published_at": "2026-01-02T03:04:05Z",
        "created_at": "2026-01-01T00:00:00Z",
        "assets": [{"id": 7, "name": "metadata.yaml", "size": len(METADATA), "state": "uploaded"}],
        **more,
    }


class TestApiVersions:
    def test_pages_are_walked_by_link_and_duplicates_folded(self) -> None:
        second = "https://api.github.com/repositories/42/releases?per_page=100&page=2"
        forge = Forge(
            {
                f"{API}/releases?per_page=100": record(
                    [release("v1.1.0"), release("v1.0.0")],
                    Link=f'<{second}>; rel="next", <https://api.github.com/x?page=9>; rel="last"',
                ),
                second: record([release("v1.0.0", draft=True), release("v0.9.0", prerelease=True)]),
            }
        )
        answer = GitHubApi(forge.client).versions(K0SMOTRON)
        assert [version.tag for version in answer.value] == ["v1.1.0", "v1.0.0", "v0.9.0"]
        assert [version.prerelease for version in answer.value] == [False, False, True]
        assert answer.value[1].draft is False
        assert answer.value[0].assets == (("metadata.yaml", len(METADATA)),)
        assert answer.value[0].published_at == "2026-01-02T03:04:05Z"
        assert answer.partial is None
        assert len(answer.evidence) == 2
        headers = forge.requests[0].headers
        assert headers["accept"] == "application/vnd.github+json"
        assert headers["x-github-api-version"] == "2022-11-28"

    def test_a_next_page_on_another_host_is_not_asked_and_the_part_is_marked(self) -> None:
        link = '<https://evil.example/releases?page=2>; rel="next"'
        forge = Forge({f"{API}/releases?per_page=100": record([release("v1.0.0")], Link=link)})
        answer = GitHubApi(forge.client, credential_for=token_for).versions(K0SMOTRON)
        assert [version.tag for version in answer.value] == ["v1.0.0"]
        assert answer.partial is not None
        assert len(forge.requests) == 1

    def test_a_limit_on_a_further_page_leaves_the_known_part(self) -> None:
        second = f"{API}/releases?per_page=100&page=2"
        forge = Forge(
            {
                f"{API}/releases?per_page=100": record([release("v1.0.0")], Link=f'<{second}>; rel="next"'),
                second: httpx.Response(403, headers={"X-RateLimit-Remaining": "0"}),
            }
        )
        answer = GitHubApi(forge.client).versions(K0SMOTRON)
        assert [version.tag for version in answer.value] == ["v1.0.0"]
        assert answer.partial is not None
        assert [one.outcome for one in answer.evidence] == [Outcome.FOUND, Outcome.UNAVAILABLE]

    def test_a_listing_without_end_is_bounded(self) -> None:
        url = f"{API}/releases?per_page=100"
        forge = Forge({url: record([release("v1.0.0")], Link=f'<{url}>; rel="next"')})
        answer = GitHubApi(forge.client).versions(K0SMOTRON)
        assert answer.partial is not None
        assert len(forge.requests) == 100

    def test_odd_entries_spoil_only_themselves(self) -> None:
        page = [None, 3, {}, {"tag_name": 7}, {"tag_name": "v1.0.0", "draft": "no", "assets": "x"}]
        forge = Forge({f"{API}/releases?per_page=100": record(page)})
        (version,) = GitHubApi(forge.client).versions(K0SMOTRON).value
        assert (version.tag, version.draft, version.assets) == ("v1.0.0", None, None)

    @pytest.mark.parametrize("body", [b'{"message": "x"}', b"[1,", b"[" * 100_000])
    def test_no_list_is_malformed(self, body: bytes) -> None:
        forge = Forge({f"{API}/releases?per_page=100": httpx.Response(200, content=body)})
        with pytest.raises(BadAnswerError) as caught:
            GitHubApi(forge.client).versions(K0SMOTRON)
        assert caught.value.evidence.failure == "malformed"

    def test_an_empty_list(self) -> None:
        forge = Forge({f"{API}/releases?per_page=100": record([])})
        assert GitHubApi(forge.client).versions(K0SMOTRON).value == ()

    def test_an_unreachable_api(self) -> None:
        forge = Forge({f"{API}/releases?per_page=100": httpx.ConnectError("x")})
        with pytest.raises(UnreachableError):
            GitHubApi(forge.client).versions(K0SMOTRON)


class TestApiRepository:
    def test_a_rename_is_followed_with_token_and_accept_on_the_api_host(self) -> None:
        forge = Forge(
            {
                API: to("https://api.github.com/repositories/42", 301),
                "https://api.github.com/repositories/42": record(
                    {"full_name": "k0sproject/k0smotron", "id": 42, "archived": False}
                ),
            }
        )
        answer = GitHubApi(forge.client, credential_for=token_for).repository(K0SMOTRON)
        assert (answer.value.full_name, answer.value.id, answer.value.archived) == (
            "k0sproject/k0smotron",
            42,
            False,
        )
        assert [hop.status for hop in answer.evidence[0].hops] == [301]
        assert [request.headers["authorization"] for request in forge.requests] == ["Bearer s3cr3t"] * 2

    def test_an_enterprise_api(self) -> None:
        url = "https://ghe.corp.example:8443/api/v3/repos/o/r"
        forge = Forge({url: record({"full_name": "o/r", "id": 1, "archived": True})})
        answer = GitHubApi(forge.client, credential_for=token_for).repository(ENTERPRISE)
        assert answer.value.archived is True
        assert forge.requests[0].headers["authorization"] == "Bearer s3cr3t"

    @pytest.mark.parametrize("name", ["", "r", "o/", "o/r/x", "o/r x", "o/..%2f\n", 7, None])
    def test_no_repository_has_another_name_than_owner_and_name(self, name: object) -> None:
        forge = Forge({API: record({"full_name": name, "id": 1})})
        with pytest.raises(BadAnswerError, match="the answer is no repository"):
            GitHubApi(forge.client).repository(K0SMOTRON)

    def test_a_rejected_token_is_seen_beside_the_answer(self) -> None:
        seen: list[str | None] = []

        def reply(request: httpx.Request) -> httpx.Response:
            seen.append(request.headers.get("authorization"))
            if seen[-1]:
                return httpx.Response(401, json={"message": "Bad credentials"})
            return record({"full_name": "o/r"})

        client = HttpxClient(HttpSettings(), SystemClock(), Transcript(), Quiet(), httpx.MockTransport(reply))
        answer = GitHubApi(client, credential_for=token_for).repository(ENTERPRISE)
        assert [one.failure for one in answer.evidence] == ["credential-rejected", None]

    def test_a_rate_limit_carries_its_reset(self) -> None:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795262400", "X-RateLimit-Limit": "60"}
        with pytest.raises(RateLimitedError) as caught:
            GitHubApi(Forge({API: httpx.Response(403, headers=headers)}).client).repository(K0SMOTRON)
        assert (caught.value.reset_at, caught.value.limit) == ("2026-11-21T12:00:00Z", 60)


ASSET = f"{API}/releases/assets/7"


def tagged(**asset: object) -> httpx.Response:
    full = {"id": 7, "name": "metadata.yaml", "size": len(METADATA), "state": "uploaded", **asset}
    return record(release("v1.5.2", assets=[full]))


class TestApiFiles:
    def test_the_asset_is_asked_for_as_bytes_on_every_hop(self) -> None:
        moved = "https://api.github.com/repositories/42/releases/assets/7"
        forge = Forge(
            {
                f"{API}/releases/tags/v1.5.2": tagged(
                    digest="sha256:" + hashlib.sha256(METADATA).hexdigest()
                ),
                ASSET: to(moved, 301),
                moved: to(BLOB),
                BLOB: httpx.Response(200, content=METADATA),
            }
        )
        answer = GitHubApi(forge.client, credential_for=token_for).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        assert answer.value.data == METADATA
        assert [request.headers["accept"] for request in forge.requests[1:]] == [
            "application/octet-stream"
        ] * 3
        assert "authorization" not in forge.requests[3].headers
        assert [one.question for one in answer.evidence] == [Question.RELEASE, Question.FILE]

    def test_a_lost_accept_header_shows_as_a_record(self) -> None:
        asset = record({"url": ASSET, "id": 7, "name": "metadata.yaml", "content_type": "text/yaml"})
        forge = Forge({f"{API}/releases/tags/v1.5.2": tagged(size=None), ASSET: asset})
        with pytest.raises(BadAnswerError) as caught:
            GitHubApi(forge.client).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        assert caught.value.evidence.failure == "json-record"

    @pytest.mark.parametrize(
        ("stated", "failure"),
        [({"size": 3}, "size-differs"), ({"digest": "sha256:" + "0" * 64}, "digest-differs")],
    )
    def test_what_the_release_states_is_compared(self, stated: dict[str, object], failure: str) -> None:
        forge = Forge(
            {f"{API}/releases/tags/v1.5.2": tagged(**stated), ASSET: httpx.Response(200, content=METADATA)}
        )
        with pytest.raises(BadAnswerError) as caught:
            GitHubApi(forge.client).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        assert caught.value.evidence.failure == failure

    @pytest.mark.parametrize("asset", [{"name": "other.yaml"}, {"state": "starter"}])
    def test_a_release_without_the_file(self, asset: dict[str, object]) -> None:
        forge = Forge({f"{API}/releases/tags/v1.5.2": tagged(**asset)})
        with pytest.raises(AbsentError) as caught:
            GitHubApi(forge.client).file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        assert (caught.value.evidence.question, caught.value.evidence.failure) == (
            Question.FILE,
            "no-such-file",
        )
        assert caught.value.earlier[0].outcome is Outcome.FOUND

    def test_a_release_is_asked_for_once_a_run_also_when_absent(self) -> None:
        forge = Forge({f"{API}/releases/tags/v1.5.2": tagged(), ASSET: httpx.Response(200, content=METADATA)})
        api = GitHubApi(forge.client)
        api.release(K0SMOTRON, "v1.5.2")
        api.file(K0SMOTRON, "v1.5.2", "metadata.yaml")
        for _ in range(2):
            with pytest.raises(AbsentError):
                api.release(K0SMOTRON, "v9.9.9")
        assert forge.asked == [f"{API}/releases/tags/v1.5.2", ASSET, f"{API}/releases/tags/v9.9.9"]

    def test_a_listed_release_needs_no_question_of_its_own(self) -> None:
        forge = Forge(
            {
                f"{API}/releases?per_page=100": record([release("v1.5.2")]),
                ASSET: httpx.Response(200, content=METADATA),
            }
        )
        api = GitHubApi(forge.client)
        api.versions(K0SMOTRON)
        assert api.file(K0SMOTRON, "v1.5.2", "metadata.yaml").value.data == METADATA
        assert len(forge.requests) == 2

    def test_threads_that_want_the_same_release_share_one_question(self) -> None:
        gate = threading.Event()
        count: list[str] = []

        def reply(request: httpx.Request) -> httpx.Response:
            count.append(str(request.url))
            gate.wait(60)
            return tagged()

        client = HttpxClient(HttpSettings(), SystemClock(), Transcript(), Quiet(), httpx.MockTransport(reply))
        api = GitHubApi(client)
        tags: list[str] = []
        threads = [
            threading.Thread(target=lambda: tags.append(api.release(K0SMOTRON, "v1.5.2").value.tag))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        gate.set()
        for thread in threads:
            thread.join(5)
        assert tags == ["v1.5.2"] * 4
        assert len(count) == 1

    def test_a_record_that_is_no_release(self) -> None:
        forge = Forge(
            {f"{API}/releases/tags/v1": httpx.Response(200, content=json.dumps({"id": 1}).encode())}
        )
        with pytest.raises(BadAnswerError):
            GitHubApi(forge.client).release(K0SMOTRON, "v1")

    def test_an_impossible_tag_is_not_asked_for(self) -> None:
        forge = Forge()
        with pytest.raises(AbsentError):
            GitHubApi(forge.client).release(K0SMOTRON, "..")
        assert forge.asked == []
