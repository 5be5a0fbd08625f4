"""A lab answers over real sockets and TLS as the forges, proxies and file servers do."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import ClassVar

import httpx
import pytest

from capyctl.lab.content import Content, metadata_yaml
from capyctl.lab.lab import Lab
from capyctl.lab.request_log import RequestRecord
from capyctl.lab.world import Fault, FaultKind, Quota, Release, Repository, Token, World
from tests.plugins.lab_fixture import OpenLab

_HANG = 60.0
"""Seconds after which a test that waits for an event is taken to hang; no outcome depends on the figure."""

_METADATA = Content(data=metadata_yaml([("1.0", "v1beta1")]))


def _world(**changes: object) -> World:
    release = Release(tag="v1.0.0", files={"metadata.yaml": _METADATA})
    repository = Repository(name="acme/capx", id=71, formerly=("old/capx",), releases=(release,))
    return World(repositories=(repository,), **changes)  # type: ignore[arg-type]


def _client(lab: Lab, **options: object) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    return httpx.Client(proxy=lab.proxy, verify=context, trust_env=False, timeout=_HANG, **options)  # type: ignore[arg-type]


def _get(lab: Lab, url: str, **headers: str) -> httpx.Response:
    with _client(lab) as client:
        return client.get(url, headers=headers)


def test_latest_is_a_redirect_that_names_the_tag(lab: OpenLab) -> None:
    answer = _get(lab(_world()), "https://github.com/acme/capx/releases/latest")
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "https://github.com/acme/capx/releases/tag/v1.0.0",
    )


def test_a_former_name_leads_to_the_new_one_by_301_first(lab: OpenLab) -> None:
    answer = _get(lab(_world()), "https://github.com/old/capx/releases/latest")
    assert (answer.status_code, answer.headers["location"]) == (
        301,
        "https://github.com/acme/capx/releases/latest",
    )


def test_latest_of_a_repository_without_releases_names_no_tag(lab: OpenLab) -> None:
    world = World(repositories=(Repository(name="acme/empty", tags=("v1.0.0",)),))
    answer = _get(lab(world), "https://github.com/acme/empty/releases/latest")
    assert answer.headers["location"] == "https://github.com/acme/empty/releases"


def test_a_download_goes_over_the_objects_host_with_a_signed_query(lab: OpenLab) -> None:
    opened = lab(_world())
    with _client(opened, follow_redirects=True) as client:
        answer = client.get("https://github.com/acme/capx/releases/download/v1.0.0/metadata.yaml")
    assert answer.content == _METADATA.data
    assert answer.url.host == "release-assets.githubusercontent.com"
    assert "sig" in answer.url.params
    assert "sig" not in "".join(record.path for record in opened.requests)


def test_the_objects_host_refuses_an_authorization_header(lab: OpenLab) -> None:
    opened = lab(_world())
    location = _get(opened, "https://github.com/acme/capx/releases/download/v1.0.0/metadata.yaml").headers[
        "location"
    ]
    assert _get(opened, location).status_code == 200
    assert _get(opened, location, authorization="Bearer x").status_code == 400
    assert _get(opened, location.partition("?")[0]).status_code == 403


@pytest.mark.parametrize("draft", [True, False])
def test_a_missing_asset_and_a_draft_s_asset_look_alike(lab: OpenLab, *, draft: bool) -> None:
    release = Release(tag="v1.0.0", files={"metadata.yaml": _METADATA} if draft else {}, draft=draft)
    world = World(repositories=(Repository(name="acme/capx", releases=(release,)),))
    answer = _get(lab(world), "https://github.com/acme/capx/releases/download/v1.0.0/metadata.yaml")
    assert (answer.status_code, answer.text) == (404, "Not Found")


def _asset(lab: Lab) -> str:
    listing = _get(lab, "https://api.github.com/repos/acme/capx/releases").json()
    url: str = listing[0]["assets"][0]["url"]
    return url


def test_an_asset_is_its_record_unless_octets_are_accepted(lab: OpenLab) -> None:
    opened = lab(_world())
    url = _asset(opened)
    record = _get(opened, url)
    assert (record.status_code, record.json()["name"], record.json()["size"]) == (
        200,
        "metadata.yaml",
        len(_METADATA.data),
    )
    octets = _get(opened, url, accept="application/octet-stream")
    assert (octets.status_code, httpx.URL(octets.headers["location"]).host) == (
        302,
        "release-assets.githubusercontent.com",
    )


def test_a_former_name_of_the_api_leads_to_the_number(lab: OpenLab) -> None:
    opened = lab(_world())
    old = _asset(opened).replace("/acme/", "/old/")
    answer = _get(opened, old, accept="application/octet-stream")
    assert answer.status_code == 301
    assert answer.headers["location"].startswith("https://api.github.com/repositories/71/releases/assets/")


def test_the_listing_is_paged_by_links(lab: OpenLab) -> None:
    releases = tuple(
        Release(
            tag=f"v0.{number}.0", files={}, created_at=f"2025-01-01T00:{number // 60:02}:{number % 60:02}Z"
        )
        for number in range(205)
    )
    opened = lab(World(repositories=(Repository(name="acme/capx", id=71, releases=releases),)))
    url, tags = "https://api.github.com/repos/acme/capx/releases?per_page=100", []
    while url:
        answer = _get(opened, url)
        tags += [release["tag_name"] for release in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
    assert tags == [f"v0.{number}.0" for number in reversed(range(205))]
    assert [record.number for record in opened.requests] == [1, 2, 3]


def test_the_quota_runs_out_and_a_token_has_its_own(lab: OpenLab) -> None:
    world = _world(quota=Quota(remaining=1, reset_in=1260), tokens=(Token(value="good"),))
    before = int(time.time())
    opened, url = lab(world), "https://api.github.com/repos/acme/capx"
    after = int(time.time())
    first, second = _get(opened, url), _get(opened, url)
    assert (first.status_code, first.headers["x-ratelimit-remaining"]) == (200, "0")
    assert (second.status_code, second.headers["x-ratelimit-limit"]) == (403, "60")
    assert before <= int(second.headers["x-ratelimit-reset"]) - 1260 <= after
    known = _get(opened, url, authorization="Bearer good")
    assert (known.status_code, known.headers["x-ratelimit-limit"]) == (200, "5000")
    assert _get(opened, url, authorization="Bearer stale").status_code == 401


def test_no_credential_stands_in_the_log(lab: OpenLab) -> None:
    opened = lab(_world())
    _get(opened, "https://api.github.com/repos/acme/capx", authorization="Bearer secret-of-mine")
    assert "secret-of-mine" not in repr(opened.requests)
    assert opened.requests[0].headers["authorization"].startswith("sha256:")


def test_validators_spare_the_body(lab: OpenLab) -> None:
    opened, url = lab(_world()), "https://api.github.com/repos/acme/capx"
    tag = _get(opened, url).headers["etag"]
    assert _get(opened, url, **{"if-none-match": tag}).status_code == 304


def test_drafts_are_for_those_who_push(lab: OpenLab) -> None:
    release = Release(tag="v1.0.0", files={}, draft=True)
    world = World(
        repositories=(Repository(name="acme/capx", releases=(release,)),),
        tokens=(Token(value="pusher", push=True), Token(value="reader")),
    )
    opened, url = lab(world), "https://api.github.com/repos/acme/capx/releases"
    assert _get(opened, url, authorization="Bearer reader").json() == []
    assert [item["draft"] for item in _get(opened, url, authorization="Bearer pusher").json()] == [True]


def test_names_are_case_insensitive_on_the_forge_but_not_in_the_module_proxy(lab: OpenLab) -> None:
    opened = lab(_world())
    assert _get(opened, "https://api.github.com/repos/ACME/Capx").json()["full_name"] == "acme/capx"
    base = "https://proxy.golang.org/github.com"
    assert _get(opened, f"{base}/acme/capx/@v/list").text == "v1.0.0\n"
    assert _get(opened, f"{base}/ACME/capx/@v/list").status_code == 404
    assert _get(opened, f"{base}/!a!c!m!e/capx/@v/list").status_code == 404


def _faulty(kind: FaultKind, **details: object) -> World:
    return _world(faults=(Fault(kind=kind, **details),))  # type: ignore[arg-type]


_DOWNLOAD = "https://github.com/acme/capx/releases/download/v1.0.0/metadata.yaml"


def _download(lab: Lab) -> httpx.Response:
    with _client(lab, follow_redirects=True) as client:
        return client.get(_DOWNLOAD)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.DNS, httpx.ProxyError),
        (FaultKind.REFUSED, httpx.ProxyError),
        (FaultKind.DENIED, httpx.ProxyError),
        (FaultKind.UNTRUSTED, httpx.ConnectError),
        (FaultKind.CLOSE, httpx.RemoteProtocolError),
        (FaultKind.TRUNCATED, httpx.RemoteProtocolError),
    ],
)
def test_faults_of_the_transport_reach_the_client(
    lab: OpenLab, kind: FaultKind, error: type[Exception]
) -> None:
    with pytest.raises(error):
        _download(lab(_faulty(kind)))


def _speak(lab: Lab, text: str) -> socket.socket:
    url = httpx.URL(lab.proxy)
    channel = socket.create_connection((url.host, url.port or 0), timeout=_HANG)
    channel.sendall(text.encode())
    return channel


def test_a_reset_during_the_handshake_is_a_reset(lab: OpenLab) -> None:
    with _speak(
        lab(_faulty(FaultKind.HANDSHAKE_RESET)), "CONNECT github.com:443 HTTP/1.1\r\n\r\n"
    ) as channel:
        assert channel.recv(1024).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionResetError):
            channel.recv(1024)


# Python's TLS reports a reset as an end, so this one is seen without TLS, as plain clients of a proxy see it.
@pytest.mark.parametrize("after", [0, 3])
def test_a_reset_breaks_an_answer_off(lab: OpenLab, after: int) -> None:
    request = (
        "GET http://proxy.golang.org/github.com/acme/capx/@v/list HTTP/1.1\r\nHost: proxy.golang.org\r\n\r\n"
    )
    with _speak(lab(_faulty(FaultKind.RESET, after=after)), request) as channel:
        received = bytearray()
        with pytest.raises(ConnectionResetError):
            _drain(channel, received)
    assert received.endswith(b"v1.") if after else not received


def _drain(channel: socket.socket, received: bytearray) -> None:
    while piece := channel.recv(1024):
        received += piece


@pytest.mark.parametrize("kind", [FaultKind.BLACK_HOLE, FaultKind.SILENCE])
def test_silence_lasts_until_the_client_gives_up(lab: OpenLab, kind: FaultKind) -> None:
    opened = lab(_faulty(kind))
    request = "CONNECT github.com:443 HTTP/1.1\r\n\r\n"
    if kind is FaultKind.SILENCE:
        path = "/github.com/acme/capx/@v/list"
        request = f"GET http://proxy.golang.org{path} HTTP/1.1\r\nHost: proxy.golang.org\r\n\r\n"
    with _speak(opened, request) as channel:
        struck = _until(lambda: [one for one in opened.requests if one.fault is not None])
        channel.setblocking(False)
        with pytest.raises(BlockingIOError):
            channel.recv(1024)
    assert [(record.status, record.fault) for record in struck] == [(None, kind.value)]


def _until(seen: Callable[[], list[RequestRecord]]) -> list[RequestRecord]:
    """What is seen once there is something to see; the wait ends where a test is taken to hang."""
    pause = threading.Event()
    for _ in range(int(_HANG * 100)):
        if found := seen():
            return found
        pause.wait(0.01)
    return []


def test_faults_of_content_leave_redirects_alone(lab: OpenLab) -> None:
    assert _download(lab(_faulty(FaultKind.EMPTY))).content == b""
    assert _download(lab(_faulty(FaultKind.BODY, body=b"other"))).content == b"other"
    assert _download(lab(_faulty(FaultKind.LFS_POINTER))).text.startswith("version https://git-lfs")
    assert _download(lab(_faulty(FaultKind.RECORD))).json()["name"] == "metadata.yaml"
    assert _download(lab(_faulty(FaultKind.GZIP))).content == _METADATA.data
    assert "Sign in" in _download(lab(_faulty(FaultKind.PORTAL))).text


def test_a_fault_is_narrowed_and_spent(lab: OpenLab) -> None:
    opened = lab(_faulty(FaultKind.STATUS, status=503, route="github-download", times=1))
    assert _get(opened, "https://github.com/acme/capx/releases/latest").status_code == 302
    assert [_get(opened, _DOWNLOAD).status_code for _ in range(2)] == [503, 302]


def test_a_host_that_is_not_in_the_world_does_not_resolve(lab: OpenLab) -> None:
    opened = lab(_world())
    with pytest.raises(httpx.ProxyError, match="502"):
        _get(opened, "https://elsewhere.example/")
    assert [(record.method, record.status) for record in opened.requests] == [("CONNECT", 502)]


class _NotedWaits(threading.Event):
    """An event on which nobody waits for long: the times asked for are noted in place."""

    noted: ClassVar[list[float]] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:
            return super().wait()
        self.noted.append(timeout)
        return self.is_set()


def test_a_round_trip_is_paid_for_connecting_for_tls_and_for_each_request(
    lab: OpenLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(threading, "Event", _NotedWaits)
        opened = lab(_world(round_trip=0.1))
    with _client(opened) as client:
        for paid in (3, 1):
            _NotedWaits.noted.clear()
            client.get("https://github.com/acme/capx/releases/latest")
            assert [seconds for seconds in _NotedWaits.noted if seconds] == [0.1] * paid


def test_rounds_count_what_waits_for_answers_and_not_redirects(lab: OpenLab) -> None:
    opened = lab(_world())
    _download(opened)
    _download(opened)
    assert [record.round for record in opened.requests] == [1, 1, 2, 2]
    assert [record.follows for record in opened.requests] == [None, 1, None, 3]


def test_a_lab_that_is_closed_listens_no_more() -> None:
    with Lab(_world()) as opened:
        port = httpx.URL(opened.proxy).port
        assert port is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
