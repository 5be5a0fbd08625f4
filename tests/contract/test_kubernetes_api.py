"""The API server's adapter over real sockets and real TLS: every trouble by what a server really does."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from capyctl.adapters.http_settings import Trust
from capyctl.core.api_reading import ApiRequest, ApiTrouble
from capyctl.core.evidence import Outcome
from tests.contract.api_server_fake import (
    Asked,
    Behaviour,
    FakeApiServer,
    Stream,
    connect,
    head,
    raw,
    refusal,
    reply,
    reset,
    serving,
)
from tests.plugins.listening import Listening

_VERSION = ApiRequest(path="/version")
_PAGE = b"<!doctype html><html><head><title>Sign in to Example</title></head></html>"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeApiServer]:
    with serving(tmp_path) as started:
        yield started


def ask(server: FakeApiServer, behaviour: Behaviour, left: float = 60.0) -> tuple[ApiTrouble | None, str]:
    """The trouble and its reason."""
    server.default = behaviour
    reading = connect(server.kubeconfig(), left=left).connection.api.ask(_VERSION)
    failure = reading.failure
    assert failure is None or failure.evidence in reading.evidence
    return (failure.trouble, failure.reason) if failure is not None else (None, "")


def test_an_answer_is_plain_data_with_its_evidence(server: FakeApiServer) -> None:
    server.default = reply(
        {"gitVersion": "v1.34.3"},
        Date="Sun, 22 Nov 2026 10:00:00 GMT",
        Warning='299 - "batch/v1beta1 is deprecated"',
    )
    connected = connect(server.kubeconfig(user={"token": "secret-token"}))
    reading = connected.connection.api.ask(ApiRequest(path="/version", query=(("a", "b c"),)))
    assert reading.value == {"gitVersion": "v1.34.3"}
    assert reading.server_time == "2026-11-22T10:00:00Z"
    assert reading.warnings == ("batch/v1beta1 is deprecated",)
    (evidence,) = connected.evidence
    assert reading.evidence == (evidence,)
    assert (evidence.route, evidence.question.value, evidence.outcome) == ("cluster", "object", Outcome.FOUND)
    assert (evidence.url, evidence.status) == (f"{server.url}/version?a=b+c", 200)
    assert (evidence.credential_sent, evidence.size) == (True, 25)
    (asked,) = server.asked
    assert (asked.method, asked.headers["authorization"]) == ("GET", "Bearer secret-token")
    assert "secret-token" not in repr(connected)


def test_a_review_is_a_post_with_its_body(server: FakeApiServer) -> None:
    review = {"spec": {"resourceAttributes": {"verb": "get"}}}
    server.default = reply({"status": {"allowed": True}}, status=201)
    request = ApiRequest(path="/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review=review)
    assert connect(server.kubeconfig()).connection.api.ask(request).value == {"status": {"allowed": True}}
    assert (server.asked[0].method, json.loads(server.asked[0].body)) == ("POST", review)


def test_a_compressed_answer_is_read(server: FakeApiServer) -> None:
    server.default = reply(gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")
    assert connect(server.kubeconfig()).connection.api.ask(_VERSION).value == {"a": 1}


def test_what_is_not_there_is_absent(server: FakeApiServer) -> None:
    server.default = refusal(404, "the server could not find the requested resource")
    reading = connect(server.kubeconfig()).connection.api.ask(_VERSION)
    assert reading.absent
    assert reading.evidence[0].outcome is Outcome.ABSENT


def test_a_path_that_no_handler_knows_is_absent(server: FakeApiServer) -> None:
    server.default = reply(b"404 page not found\n", 404, "text/plain; charset=utf-8")
    assert connect(server.kubeconfig()).connection.api.ask(_VERSION).absent


def _cut_in_a_chunk(stream: Stream, _: Asked) -> None:
    stream.sendall(head(200, Transfer_Encoding="chunked") + b'10\r\n{"kind": "Not')


def _cut_before_the_last_chunk(stream: Stream, _: Asked) -> None:
    stream.sendall(head(200, Transfer_Encoding="chunked") + b"2\r\n{}\r\n")


_STATUSES: list[tuple[Behaviour, ApiTrouble, str]] = [
    (refusal(401, "Unauthorized"), ApiTrouble.UNAUTHENTICATED, "Unauthorized"),
    (refusal(403, 'User "a" cannot get resource "b"'), ApiTrouble.FORBIDDEN, 'User "a" cannot get resource "b"'),
    (refusal(409, "conflict"), ApiTrouble.REJECTED, "conflict"),
    (refusal(410, "The provided continue parameter is too old"), ApiTrouble.REJECTED, "too old"),
    (refusal(429, "Too many requests"), ApiTrouble.BUSY, "Too many requests"),
    (refusal(500, "etcdserver: leader changed"), ApiTrouble.FAILED, "leader changed"),
    (refusal(500, 'failed calling webhook "x"'), ApiTrouble.FAILED, "failed calling webhook"),
    (refusal(504, "request timed out"), ApiTrouble.STARTING, "request timed out"),
    (reply(b"", 502, "text/plain"), ApiTrouble.STARTING, "502"),
    (reply(_PAGE, 503, "text/html"), ApiTrouble.STARTING, "Sign in to Example"),
    (reply(_PAGE, 200, "text/html"), ApiTrouble.MALFORMED, "a web page (Sign in to Example)"),
    (reply(_PAGE, 404, "text/html"), ApiTrouble.MALFORMED, "Sign in to Example"),
    (reply(_PAGE, 403, "text/html"), ApiTrouble.MALFORMED, "Sign in to Example"),
    (reply(b"ok", 200, "text/plain"), ApiTrouble.MALFORMED, "no JSON object (text/plain)"),
    (reply(b"[1]", 200), ApiTrouble.MALFORMED, "no JSON object"),
    (reply(b"[" * 100_000, 200), ApiTrouble.MALFORMED, "no JSON object"),
    (reply(b'{"a": 1', 200), ApiTrouble.MALFORMED, "no JSON object"),
    (reply({}, 302, Location="https://sso.example.org/?x=1"), ApiTrouble.MALFORMED, "sso.example.org"),
    (raw(b"220 mail.example.org ESMTP\r\n"), ApiTrouble.MALFORMED, "something else than HTTP"),
    (raw(b""), ApiTrouble.RESET, "without an answer"),
    (reset, ApiTrouble.RESET, "without an answer"),
    (raw(head(200, Content_Length="100") + b'{"kind"'), ApiTrouble.CUT, "before it was complete"),
    (raw(head(200) + b'{"kind"'), ApiTrouble.CUT, "before it was complete"),
    (_cut_in_a_chunk, ApiTrouble.CUT, "before it was complete"),
    (_cut_before_the_last_chunk, ApiTrouble.CUT, "before it was complete"),
]  # fmt: skip


@pytest.mark.parametrize(("behaviour", "trouble", "words"), _STATUSES)
def test_an_answer_that_is_none_names_its_trouble(
    server: FakeApiServer, behaviour: Behaviour, trouble: ApiTrouble, words: str
) -> None:
    found, reason = ask(server, behaviour)
    assert found is trouble
    assert words in reason


def test_the_pause_that_a_server_asks_for_is_handed_on(server: FakeApiServer) -> None:
    server.default = refusal(429, "slow down", Retry_After="7")
    failure = connect(server.kubeconfig()).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert (failure.retry_after, failure.status) == (7.0, 429)


def test_a_server_that_is_silent_is_left_when_the_time_has_passed(server: FakeApiServer) -> None:
    assert ask(server, server.silent, left=1.0)[0] is ApiTrouble.SILENT


def test_a_body_that_stops_is_cut(server: FakeApiServer) -> None:
    def stops(stream: Stream, asked: Asked) -> None:
        stream.sendall(head(200, Content_Length="100") + b'{"kind"')
        server.silent(stream, asked)

    assert ask(server, stops, left=1.0) == (ApiTrouble.CUT, "it stopped in the middle of its answer")


def test_a_body_beyond_its_bound_is_no_answer(server: FakeApiServer) -> None:
    server.default = reply({"a": "b" * 1000})
    failure = connect(server.kubeconfig()).connection.api.ask(ApiRequest(path="/x", limit=500)).failure
    assert failure is not None
    assert failure.trouble is ApiTrouble.MALFORMED
    near = connect(server.kubeconfig()).connection.api.ask(ApiRequest(path="/x", limit=1009))
    assert near.failure is None


def test_a_compressed_body_is_measured_as_it_is_read(server: FakeApiServer) -> None:
    server.default = reply(gzip.compress(b'{"a": "' + b"b" * 5_000_000 + b'"}'), Content_Encoding="gzip")
    failure = connect(server.kubeconfig()).connection.api.ask(ApiRequest(path="/x", limit=100_000)).failure
    assert failure is not None
    assert failure.trouble is ApiTrouble.MALFORMED


def test_a_redirect_takes_no_credential_anywhere(server: FakeApiServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other") as other:
        server.default = reply({}, 302, Location=f"{other.url}/version")
        connect(server.kubeconfig(user={"token": "t"})).connection.api.ask(_VERSION)
        assert other.asked == []
    assert len(server.asked) == 1


def test_text_is_given_as_it_is(server: FakeApiServer) -> None:
    server.default = reply(b"[+]ping ok\nreadyz check passed\n", 200, "text/plain")
    read = connect(server.kubeconfig()).connection.api.ask_text(ApiRequest(path="/readyz"))
    assert read.value == "[+]ping ok\nreadyz check passed\n"


def test_a_server_that_is_not_ready_tells_its_parts(server: FakeApiServer) -> None:
    server.default = reply(b"[+]ping ok\n[-]etcd failed: reason withheld\n", 500, "text/plain")
    failure = connect(server.kubeconfig()).connection.api.ask_text(ApiRequest(path="/readyz")).failure
    assert failure is not None
    assert (failure.trouble, failure.status) == (ApiTrouble.FAILED, 500)
    assert failure.reason.splitlines() == ["[+]ping ok", "[-]etcd failed: reason withheld"]


def test_a_page_is_no_text_of_a_server(server: FakeApiServer) -> None:
    server.default = reply(_PAGE, 200, "text/html")
    failure = connect(server.kubeconfig()).connection.api.ask_text(ApiRequest(path="/readyz")).failure
    assert failure is not None
    assert failure.trouble is ApiTrouble.MALFORMED


def test_words_of_a_server_cannot_steer_a_terminal(server: FakeApiServer) -> None:
    _, reason = ask(server, refusal(500, "a\x1b[31m\nb\u202ec"))
    assert reason == "status 500: a\ufffd[31m b\ufffdc"


def test_a_port_where_nobody_listens_refuses(server: FakeApiServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    kubeconfig = server.kubeconfig(cluster={"server": f"https://127.0.0.1:{port}"})
    failure = connect(kubeconfig).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert (failure.trouble, failure.evidence.credential_sent) == (ApiTrouble.REFUSED, False)


def test_a_name_without_an_address_is_unresolved(server: FakeApiServer) -> None:
    kubeconfig = server.kubeconfig(cluster={"server": "https://nowhere.invalid:6443"})
    failure = connect(kubeconfig).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert failure.trouble is ApiTrouble.UNRESOLVED


def _asked_with(kubeconfig: Path, trust: Trust | None = None) -> ApiTrouble | None:
    failure = connect(kubeconfig, trust=trust).connection.api.ask(_VERSION).failure
    return failure.trouble if failure is not None else None


def test_a_certificate_of_an_unknown_authority_is_not_trusted(server: FakeApiServer, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.pem"
    trustme.CA().cert_pem.write_to_path(str(foreign))
    other = server.cluster() | {"certificate-authority": str(foreign)}
    assert _asked_with(server.kubeconfig(cluster=other)) is ApiTrouble.CERTIFICATE
    assert _asked_with(server.kubeconfig(cluster={"server": server.url})) is ApiTrouble.CERTIFICATE
    assert _asked_with(server.kubeconfig()) is None


def test_without_authorities_in_the_kubeconfig_ours_hold(server: FakeApiServer, tmp_path: Path) -> None:
    ours = tmp_path / "ours.pem"
    server.authority.cert_pem.write_to_path(str(ours))
    bare = server.kubeconfig(cluster={"server": server.url})
    assert _asked_with(bare, Trust(ca_file=str(ours))) is None


def test_our_authorities_do_not_replace_those_of_the_kubeconfig(
    server: FakeApiServer, tmp_path: Path
) -> None:
    ours, foreign = tmp_path / "ours.pem", tmp_path / "foreign.pem"
    server.authority.cert_pem.write_to_path(str(ours))
    trustme.CA().cert_pem.write_to_path(str(foreign))
    other = server.cluster() | {"certificate-authority": str(foreign)}
    assert _asked_with(server.kubeconfig(cluster=other), Trust(ca_file=str(ours))) is ApiTrouble.CERTIFICATE


def test_an_expired_certificate_is_not_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    expired = authority.issue_cert("127.0.0.1", not_after=long_ago)
    with serving(tmp_path, authority=authority, certificate=expired) as server:
        failure = connect(server.kubeconfig()).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert failure.trouble is ApiTrouble.CERTIFICATE
    assert "expired" in failure.reason


def test_a_certificate_for_another_name_is_the_wrong_host(tmp_path: Path) -> None:
    with serving(tmp_path, names=("api.example.org",)) as server:
        assert _asked_with(server.kubeconfig()) is ApiTrouble.WRONG_HOST
        named = server.cluster() | {"tls-server-name": "api.example.org"}
        assert _asked_with(server.kubeconfig(cluster=named)) is None


def test_a_certificate_is_not_looked_at_where_the_kubeconfig_says_so(
    server: FakeApiServer, recwarn: pytest.WarningsRecorder
) -> None:
    unverified = {"server": server.url, "insecure-skip-tls-verify": True}
    connected = connect(server.kubeconfig(cluster=unverified))
    assert connected.connection.unverified
    assert connected.connection.api.ask(_VERSION).failure is None
    assert not recwarn.list
    assert not connect(server.kubeconfig()).connection.unverified


def test_a_server_without_tls_on_its_port_is_no_api_server(tmp_path: Path) -> None:
    with serving(tmp_path, tls=False) as server:
        kubeconfig = server.kubeconfig(cluster={"server": f"https://127.0.0.1:{server.port}"})
        failure = connect(kubeconfig).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert (failure.trouble, failure.reason) == (ApiTrouble.MALFORMED, "it does not speak TLS on this port")


def test_a_question_without_tls_to_a_port_with_it_is_no_answer(server: FakeApiServer) -> None:
    text = b"Client sent an HTTP request to an HTTPS server.\n"
    with serving_plainly(server.folder, reply(text, 400, "text/plain")) as plain:
        failure = (
            connect(plain.kubeconfig(cluster={"server": plain.url})).connection.api.ask(_VERSION).failure
        )
    assert failure is not None
    assert failure.trouble is ApiTrouble.MALFORMED
    assert "HTTP request to an HTTPS server" in failure.reason


@contextlib.contextmanager
def serving_plainly(folder: Path, behaviour: Behaviour) -> Iterator[FakeApiServer]:
    with serving(folder, tls=False) as plain:
        plain.default = behaviour
        yield plain


def test_a_client_certificate_is_shown_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = trustme.CA()
    shown = clients.issue_cert("admin@example.org", common_name="admin")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (tmp_path / "c.pem").write_bytes(shown.cert_chain_pems[0].bytes())
    (tmp_path / "k.pem").write_bytes(shown.private_key_pem.bytes())
    user = {"client-certificate": "c.pem", "client-key": "k.pem"}
    with serving(tmp_path, clients=clients) as server:
        reading = connect(server.kubeconfig(user=user)).connection.api.ask(_VERSION)
        assert reading.failure is None
        assert reading.evidence[0].credential_sent
        assert server.asked[0].client is not None
        nobody = connect(server.kubeconfig()).connection.api.ask(_VERSION).failure
        assert nobody is not None
        assert nobody.trouble in (ApiTrouble.CERTIFICATE, ApiTrouble.RESET)
    assert list(temporary.iterdir()) == []


def test_a_client_certificate_that_is_none_is_told_without_its_text(server: FakeApiServer) -> None:
    user = {"client-certificate-data": "c2VjcmV0LWNlcnQ=", "client-key-data": "c2VjcmV0LWtleQ=="}
    failure = connect(server.kubeconfig(user=user)).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert failure.trouble is ApiTrouble.CERTIFICATE
    assert "secret" not in failure.reason


def test_a_token_file_is_read_again_where_the_server_refuses_its_token(
    server: FakeApiServer, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")

    def rotates(stream: Stream, asked: Asked) -> None:
        fresh = asked.headers["authorization"] == "Bearer new"
        token.write_text("new\n")
        (reply({"ok": True}) if fresh else refusal(401, "Unauthorized"))(stream, asked)

    server.default = rotates
    reading = connect(server.kubeconfig(user={"tokenFile": str(token)})).connection.api.ask(_VERSION)
    assert reading.value == {"ok": True}
    assert [each.headers["authorization"] for each in server.asked] == ["Bearer old", "Bearer new"]


def test_a_refused_token_that_stays_the_same_is_not_tried_again(
    server: FakeApiServer, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("old")
    server.default = refusal(401, "Unauthorized")
    assert _asked_with(server.kubeconfig(user={"tokenFile": "token"})) is ApiTrouble.UNAUTHENTICATED
    assert len(server.asked) == 1


def test_a_password_is_sent_as_basic(server: FakeApiServer) -> None:
    connect(server.kubeconfig(user={"username": "a", "password": "b"})).connection.api.ask(_VERSION)
    assert server.asked[0].headers["authorization"] == "Basic YTpi"


class ConnectProxy:
    """A proxy that opens the way by CONNECT, or answers with a status."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.heads: list[str] = []
        self._open_sockets: list[socket.socket] = []
        self._listening = Listening(self._open)
        self.url = f"http://127.0.0.1:{self._listening.port}"

    def _open(self, near: socket.socket) -> None:
        self._open_sockets.append(near)
        received = b""
        while b"\r\n\r\n" not in received:
            received += near.recv(65536)
        self.heads.append(received.decode("latin-1"))
        near.sendall(f"HTTP/1.1 {self.status} Words\r\n\r\n".encode())
        if self.status != 200:
            near.close()
            return
        host, _, port = received.split(b" ")[1].decode().rpartition(":")
        far = socket.create_connection((host, int(port)))
        self._open_sockets.append(far)
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=_pour, args=(source, target), daemon=True).start()

    def close(self) -> None:
        self._listening.stop()
        for each in self._open_sockets:
            each.close()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def connect_proxy() -> Iterator[ConnectProxy]:
    proxy = ConnectProxy()
    yield proxy
    proxy.close()


def test_the_proxy_of_the_kubeconfig_wins_over_that_of_the_variables(
    server: FakeApiServer, connect_proxy: ConnectProxy
) -> None:
    kubeconfig = server.kubeconfig(cluster=server.cluster(**{"proxy-url": connect_proxy.url}))
    reading = connect(kubeconfig, proxy="http://127.0.0.1:1").connection.api.ask(_VERSION)
    assert reading.failure is None
    assert connect_proxy.heads[0].startswith(f"CONNECT 127.0.0.1:{server.port} ")


def test_the_proxy_that_the_wiring_chose_is_used_with_its_credential_only_there(
    server: FakeApiServer, connect_proxy: ConnectProxy
) -> None:
    address = connect_proxy.url.replace("http://", "http://me:p%40ss@")
    connected = connect(server.kubeconfig(user={"token": "t"}), proxy=address)
    assert connected.connection.api.ask(_VERSION).failure is None
    assert "Proxy-Authorization: Basic bWU6cEBzcw==" in connect_proxy.heads[0].replace(
        "proxy-authorization", "Proxy-Authorization"
    )
    assert "Bearer" not in connect_proxy.heads[0]
    assert "proxy-authorization" not in server.asked[0].headers
    assert "p%40ss" not in repr(connected)


def test_the_environment_of_the_process_is_not_read(
    server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    assert connect(server.kubeconfig()).connection.api.ask(_VERSION).failure is None


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (407, ApiTrouble.CREDENTIAL),
        (403, ApiTrouble.REJECTED),
        (502, ApiTrouble.PROXY),
        (503, ApiTrouble.PROXY),
    ],
)
def test_a_proxy_that_does_not_open_the_way_is_named(
    server: FakeApiServer, connect_proxy: ConnectProxy, status: int, trouble: ApiTrouble
) -> None:
    connect_proxy.status = status
    failure = connect(server.kubeconfig(), proxy=connect_proxy.url).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert failure.trouble is trouble
    assert "proxy" in failure.reason
    assert server.asked == []


def test_a_proxy_of_a_kind_that_needs_another_package_is_told(server: FakeApiServer) -> None:
    kubeconfig = server.kubeconfig(cluster=server.cluster(**{"proxy-url": "socks5://127.0.0.1:1080"}))
    failure = connect(kubeconfig).connection.api.ask(_VERSION).failure
    assert failure is not None
    assert (failure.trouble, failure.reason) == (
        ApiTrouble.CREDENTIAL,
        "the way to it is a SOCKS proxy, which needs the package PySocks",
    )


def test_a_proxy_that_is_not_there_passes(server: FakeApiServer) -> None:
    failure = connect(server.kubeconfig(), proxy="http://127.0.0.1:1").connection.api.ask(_VERSION).failure
    assert failure is not None
    assert failure.trouble is ApiTrouble.PROXY


def test_a_watch_gives_events_as_they_come(server: FakeApiServer) -> None:
    events = [{"type": "ADDED", "object": {"n": 1}}, {"type": "DELETED", "object": {"n": 2}}]
    body = b"".join(json.dumps(each).encode() + b"\n" for each in events)

    def streams(stream: Stream, _: Asked) -> None:
        stream.sendall(head(200, Transfer_Encoding="chunked"))
        for start in range(0, len(body), 7):
            piece = body[start : start + 7]
            stream.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        stream.sendall(b"0\r\n\r\n")

    server.default = streams
    found = list(connect(server.kubeconfig()).connection.api.watch(ApiRequest(path="/watch")))
    assert [(each.type, each.object) for each in found] == [("ADDED", {"n": 1}), ("DELETED", {"n": 2})]


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (refusal(410, "too old resource version"), "too old resource version"),
        (refusal(403, "no"), "no"),
        (raw(head(200, Transfer_Encoding="chunked") + b"3\r\n{}\n\r\n"), "no JSON object"),
        (raw(head(200, Transfer_Encoding="chunked") + b"20\r\n{"), "before it was complete"),
        (raw(b""), "without an answer"),
    ],
)
def test_a_watch_ends_with_one_error_event(server: FakeApiServer, behaviour: Behaviour, words: str) -> None:
    server.default = behaviour
    *before, last = connect(server.kubeconfig()).connection.api.watch(ApiRequest(path="/watch"))
    assert before == []
    assert last.type == "ERROR"
    assert words in str(last.object["message"])


def test_the_library_says_nothing_on_its_own(tmp_path: Path) -> None:
    """Every way to fail, in a process whose streams are looked at."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom tests.contract.api_server_fake import *\n"
        "from capyctl.core.api_reading import ApiRequest\n"
        "with serving(Path(sys.argv[1])) as server:\n"
        "    for each in (reset, raw(b'x'), refusal(500, 'no'), refusal(401, 'no'), reply({}, 302, Location='/x')):\n"
        "        server.default = each\n"
        "        connect(server.kubeconfig(cluster={'server': server.url, 'insecure-skip-tls-verify': True},\n"
        "            user={'exec': {'command': 'no-such-plugin'}})).connection.api.ask(ApiRequest(path='/x'))\n"
        "        connect(server.kubeconfig(cluster={'server': server.url, 'insecure-skip-tls-verify': True})\n"
        "            ).connection.api.ask(ApiRequest(path='/x'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
