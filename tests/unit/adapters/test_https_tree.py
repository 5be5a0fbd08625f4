"""An HTTPS tree over a scripted client, and the folder indexes that common servers write."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from capyctl.adapters.https_tree import HttpsTreeSource, index_names
from capyctl.core.evidence import Evidence, Outcome
from capyctl.core.location import HttpsTree, LocalTree
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from capyctl.ports.http import Expect, HttpRequest, HttpResponse

BASE = "https://mirror.example/capi"
LABEL = "infrastructure-x"
INDEX = f"{BASE}/{LABEL}/"

NGINX = """<html>
<head><title>Index of /capi/infrastructure-x/</title></head>
<body>
<h1>Index of /capi/infrastructure-x/</h1><hr><pre><a href="../">../</a>
<a href="v1.0.0/">v1.0.0/</a>                                      01-Jan-2026 10:00                   -
<a href="v1.1.0/">v1.1.0/</a>                                      01-Feb-2026 10:00                   -
</pre><hr></body>
</html>
"""
APACHE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /capi/infrastructure-x</title></head><body><table>
<tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><a href="/capi/">Parent Directory</a></td></tr>
<tr><td><a href="v1.0.0/">v1.0.0/</a></td><td>2026-01-01 10:00</td></tr>
<tr><td><a href="v1.1.0/">v1.1.0/</a></td><td>2026-02-01 10:00</td></tr>
</table></body></html>
"""
PYTHON = """<!DOCTYPE HTML>
<html lang="en"><body><h1>Directory listing for /capi/infrastructure-x/</h1><hr><ul>
<li><a href="v1.0.0/">v1.0.0/</a></li>
<li><a href="v1.1.0/">v1.1.0/</a></li>
</ul><hr></body></html>
"""
CADDY = """<!DOCTYPE html><html><body><a href="../">Up</a>
<a href="./v1.0.0/"><span class="name">v1.0.0</span></a>
<a href="./v1.1.0/"><span class="name">v1.1.0</span></a></body></html>
"""
ABSOLUTE = f'<a href="/capi/{LABEL}/v1.0.0/">a</a><a href="{INDEX}v1.1.0/">b</a>'
NGINX_JSON = json.dumps([{"name": "v1.0.0", "type": "directory"}, {"name": "v1.1.0", "type": "directory"}])
CADDY_JSON = json.dumps([{"name": "v1.0.0/", "is_dir": True}, {"name": "v1.1.0/", "is_dir": True}])


class ScriptedHttp:
    """Bodies by address; an absent address is 404. ``moved`` is where answers say they came from."""

    def __init__(self, bodies: Mapping[str, str], moved: str | None = None) -> None:
        self.bodies = bodies
        self.moved = moved
        self.asked: list[HttpRequest] = []

    def get(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        evidence = Evidence(
            route=request.route,
            question=request.question,
            outcome=Outcome.FOUND,
            url=request.url,
            final_url=self.moved or request.url,
            sha256="cd" * 32,
        )
        if request.url not in self.bodies:
            raise AbsentError(evidence.judged(Outcome.ABSENT), "not found")
        body = self.bodies[request.url].encode()
        return HttpResponse(status=200, headers={}, body=body, location=None, evidence=evidence)

    def warm(self, host: str) -> None:
        raise AssertionError(f"the adapter warmed {host}, which is not its business")


def tree() -> HttpsTree:
    return HttpsTree(base=BASE, label=LABEL, channel="latest", components_file="c.yaml")


@pytest.mark.parametrize("page", [NGINX, APACHE, PYTHON, CADDY, ABSOLUTE, NGINX_JSON, CADDY_JSON])
def test_the_indexes_of_common_servers_are_read(page: str) -> None:
    http = ScriptedHttp({INDEX: page})
    answer = HttpsTreeSource(http).versions(tree())
    assert [item.tag for item in answer.value] == ["v1.0.0", "v1.1.0"]
    assert len(http.asked) == len(answer.evidence) == 1
    assert (answer.evidence[0].route, http.asked[0].expect) == ("https", Expect.BYTES)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v9.0.0/",
        "http://mirror.example/capi/infrastructure-x/v9.0.0/",
        "//evil.example/v9.0.0/",
        "../v9.0.0/",
        "/v9.0.0/",
        "v1.0.0/../../v9.0.0/",
        "v1.0.0/v9.0.0/",
        "v9.0.0/?x=1",
        "javascript:v9.0.0",
        "https://[broken",
        "v9.0.0%2F..%2F",
        "v9.0.0%00",
        "",
    ],
)
def test_links_that_lead_elsewhere_are_no_versions(link: str) -> None:
    page = f'<a href="v1.0.0/">v1.0.0</a><a href="{link}">v9.0.0</a><a>v9.0.0</a>'
    answer = HttpsTreeSource(ScriptedHttp({INDEX: page})).versions(tree())
    assert [item.tag for item in answer.value] == ["v1.0.0"]


def test_an_index_that_a_redirect_led_to_is_read_in_its_own_place() -> None:
    moved = "https://new.example/pub/infrastructure-x/"
    page = f'<a href="v1.0.0/">x</a><a href="{moved}v1.1.0/">y</a><a href="{INDEX}v1.2.0/">z</a>'
    answer = HttpsTreeSource(ScriptedHttp({INDEX: page}, moved)).versions(tree())
    assert [item.tag for item in answer.value] == ["v1.0.0", "v1.1.0"]


def test_names_that_are_no_versions_and_repetitions_are_left_out() -> None:
    page = '<a href="latest/">l</a><a href="1.0.1/">a</a><a href="1.0.1/">a</a><a href="v1.2/">b</a>'
    answer = HttpsTreeSource(ScriptedHttp({INDEX: page})).versions(tree())
    assert [item.tag for item in answer.value] == ["1.0.1"]


@pytest.mark.parametrize(
    "page", ["", "<html><body>Sign in</body></html>", "{}", "[]", "[1, null]", "[" * 99_999]
)
def test_a_page_that_names_no_version_is_a_bad_answer(page: str) -> None:
    with pytest.raises(BadAnswerError) as caught:
        HttpsTreeSource(ScriptedHttp({INDEX: page})).versions(tree())
    assert caught.value.evidence.failure == "malformed"
    assert caught.value.evidence.outcome is Outcome.BAD


def test_a_server_without_an_index_is_absent() -> None:
    with pytest.raises(AbsentError):
        HttpsTreeSource(ScriptedHttp({})).versions(tree())


def test_a_file_is_asked_for_in_the_folder_of_its_version() -> None:
    url = f"{INDEX}v1.0.0+meta/metadata.yaml"
    http = ScriptedHttp({url: "kind: Metadata\n"})
    answer = HttpsTreeSource(http).file(tree(), "v1.0.0+meta", "metadata.yaml")
    assert (answer.value.data, answer.value.url) == (b"kind: Metadata\n", url)
    assert http.asked[0].expect is Expect.YAML


@pytest.mark.parametrize(
    ("tag", "name"), [("..", "m.yaml"), ("v1/..", "m.yaml"), ("v1", "../x"), ("v1", "a?b")]
)
def test_names_that_lead_elsewhere_are_absent_without_a_question(tag: str, name: str) -> None:
    http = ScriptedHttp({})
    with pytest.raises(AbsentError):
        HttpsTreeSource(http).file(tree(), tag, name)
    assert http.asked == []


def test_labels_are_encoded_in_addresses() -> None:
    http = ScriptedHttp({})
    with pytest.raises(AbsentError):
        HttpsTreeSource(http).versions(replace(tree(), label="a b"))
    assert http.asked[0].url == f"{BASE}/a%20b/"


def test_broken_html_gives_what_can_be_read() -> None:
    assert index_names(b"<a href=v1.0.0/><a href='v1.1.0/' <<< \xff\xfe> <a", INDEX) == ["v1.0.0", "v1.1.0"]


def test_another_kind_of_location_is_a_fault_of_ours() -> None:
    other = LocalTree(base="/r", label="l", channel="latest", components_file="c.yaml")
    with pytest.raises(TypeError):
        HttpsTreeSource(ScriptedHttp({})).versions(other)
