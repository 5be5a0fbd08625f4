"""The HTTP client over real sockets and real TLS, behind a real CONNECT proxy."""

from __future__ import annotations

import base64
import contextvars
import gzip
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from dataclasses import field as data_field
from pathlib import Path

import pytest
import respx
import trustme
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpLimits, HttpSettings, Trust
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Outcome, Question
from capyctl.fetching.transcript import Transcript
from capyctl.ports.answering import answer_begins
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import (
    BadAnswerError,
    FetchError,
    TimedOutError,
    UnreachableError,
)
from capyctl.ports.http import Credential, Expect, HttpRequest
from tests.plugins.listening import Listening

HANG = 60.0
"""Seconds after which a test that waits for an event is taken to hang; no outcome depends on the figure."""

PATIENT = HttpLimits(connect=10 * HANG, silence=10 * HANG)
"""Limits that a loaded machine does not reach."""

PATIENTLY = HttpSettings(deadline=10 * HANG, limits=PATIENT)

Stream = socket.socket
Behaviour = Callable[[Stream, "Seen"], None]


class Seen(Struct):
    """One request as a server saw it."""

    path: str
    headers: dict[str, str]
    authority: str = ""


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> Behaviour:
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "content_length" not in headers and "transfer_encoding" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"

    def behave(stream: Stream, _seen: Seen) -> None:
        stream.sendall(head + body)

    return behave


def reset(stream: Stream, _seen: Seen) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


def close(stream: Stream, _seen: Seen) -> None:
    stream.close()


@dataclass
class Site:
    """A threaded server on a loopback port, scripted by path; anything else is a 404."""

    context: ssl.SSLContext | None = None
    script: dict[str, Behaviour] = data_field(default_factory=dict)
    requests: list[Seen] = data_field(default_factory=list)
    connections: int = 0
    ready: threading.Semaphore = data_field(default_factory=lambda: threading.Semaphore(0))
    stopped: threading.Event = data_field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listening = Listening(self._serve)
        self.port = self._listening.port

    def stop(self) -> None:
        self.stopped.set()
        self._listening.stop()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.connections += 1
            self.ready.release()
            with closing(connection):
                while (seen := read_request(connection)) is not None:
                    self.requests.append(seen)
                    self.script.get(seen.path, answer(b"no", "404 Not Found"))(connection, seen)
        except OSError:
            return


def read_request(stream: Stream) -> Seen | None:
    head = b""
    while b"\r\n\r\n" not in head:
        data = stream.recv(4096)
        if not data:
            return None
        head += data
    first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Seen(path=first.split(" ")[1], headers=headers, authority=headers.get("host", ""))


@dataclass
class Proxy:
    """A CONNECT proxy that leads names to loopback ports; ``refuse`` answers every CONNECT with a status."""

    names: dict[str, int] = data_field(default_factory=dict)
    refuse: str | None = None
    silent: bool = False
    connects: list[Seen] = data_field(default_factory=list)

    def __post_init__(self) -> None:
        self.stopped = threading.Event()
        self._listening = Listening(self._serve)
        self.port = self._listening.port

    def stop(self) -> None:
        self.stopped.set()
        self._listening.stop()

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection):
            seen = read_request(connection)
            if seen is None:
                return
            self.connects.append(seen)
            if self.silent:
                self.stopped.wait()
                return
            port = self.names.get(seen.path)
            if self.refuse or port is None:
                connection.sendall(f"HTTP/1.1 {self.refuse or '502 Bad Gateway'}\r\n\r\n".encode())
                return
            with socket.create_connection(("127.0.0.1", port)) as upstream:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=pump, args=(upstream, connection), daemon=True)
                back.start()
                pump(connection, upstream)
                back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes one way; a cut connection is passed on as a reset."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class HandClock(SystemClock):
    """A clock that stands still until it is moved by hand."""

    def __init__(self) -> None:
        self.time = 100.0

    def monotonic(self) -> float:
        return self.time


class Quiet:
    def asking(self, source: str, what: str, attempt: int) -> None:
        pass

    def answered(self, source: str, what: str) -> None:
        pass


class World(Struct):
    """Two TLS hosts behind one proxy, and a client that trusts them."""

    forge: Site
    objects: Site
    proxy: Proxy
    ca_file: str
    transcript: Transcript = field(default_factory=Transcript)
    clients: list[HttpxClient] = field(default_factory=list)

    def client(
        self,
        *,
        deadline: float = 10 * HANG,
        limits: HttpLimits = PATIENT,
        proxy: str | None = None,
        clock: Clock | None = None,
    ) -> HttpxClient:
        address = proxy or f"http://127.0.0.1:{self.proxy.port}"
        settings = HttpSettings(
            deadline=deadline,
            trust=Trust(ca_file=self.ca_file),
            proxy_for=lambda _url: address,
            limits=limits,
            jitter=lambda: 0.0,
        )
        client = HttpxClient(settings, clock or SystemClock(), self.transcript, Quiet())
        self.clients.append(client)
        return client


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    sites = []
    for name in ("forge.test", "objects.test"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        sites.append(Site(context=context))
    proxy = Proxy(names={"forge.test:443": sites[0].port, "objects.test:443": sites[1].port})
    world = World(forge=sites[0], objects=sites[1], proxy=proxy, ca_file=str(ca_file))
    yield world
    for client in world.clients:
        client.close()
    for site in sites:
        site.stop()
    proxy.stop()


def ask(url: str, **more: object) -> HttpRequest:
    values: dict[str, object] = {"route": "https", "question": Question.FILE, "expect": Expect.YAML, **more}
    return HttpRequest(url=url, **values)  # type: ignore[arg-type]


METADATA = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries: []\n"
IMPATIENT = HttpLimits(connect=10 * HANG, silence=2.0)
"""The silence is as long as connecting may take at most, so that a loaded machine does not end it early."""


def test_a_file_comes_through_the_tunnel_and_its_evidence_is_complete(world: World) -> None:
    world.forge.script["/metadata.yaml"] = answer(METADATA, content_type="text/yaml; charset=utf-8")

    response = world.client().get(ask("https://forge.test/metadata.yaml"))

    assert response.body == METADATA
    evidence = response.evidence
    assert (evidence.outcome, evidence.status, evidence.media_type) == (Outcome.FOUND, 200, "text/yaml")
    assert evidence.size == len(METADATA)
    assert evidence.final_url == "https://forge.test/metadata.yaml"
    assert world.transcript.snapshot() == (evidence,)
    assert [seen.path for seen in world.proxy.connects] == ["forge.test:443"]


def test_a_kept_connection_serves_the_next_question(world: World) -> None:
    world.forge.script["/a"] = answer(METADATA)
    client = world.client()
    client.get(ask("https://forge.test/a"))
    client.get(ask("https://forge.test/a"))
    assert world.forge.connections == 1


def test_a_404_keeps_its_connection(world: World) -> None:
    world.forge.script["/a"] = answer(METADATA)
    client = world.client()
    with pytest.raises(FetchError):
        client.get(ask("https://forge.test/none"))
    client.get(ask("https://forge.test/a"))
    assert world.forge.connections == 1


def test_warm_opens_tunnel_and_tls_and_asks_nothing(world: World) -> None:
    world.forge.script["/a"] = answer(METADATA)
    client = world.client()
    client.warm("forge.test")
    client.warm("forge.test")
    assert world.forge.ready.acquire(timeout=HANG)
    assert world.forge.ready.acquire(timeout=HANG)
    assert world.forge.requests == []

    assert client.get(ask("https://forge.test/a")).body == METADATA
    assert world.forge.connections == 2
    assert world.transcript.snapshot()[0].status == 200


def test_a_warm_connection_that_the_server_closed_is_replaced(world: World) -> None:
    world.forge.script["/a"] = answer(METADATA)
    client = world.client()
    client.warm("forge.test")
    assert world.forge.ready.acquire(timeout=HANG)
    world.proxy.names["forge.test:443"] = world.objects.port
    world.objects.script["/a"] = answer(METADATA)
    assert client.get(ask("https://forge.test/a")).body == METADATA


def test_failing_to_warm_shows_only_when_asked(world: World) -> None:
    client = world.client()
    client.warm("nowhere.test")
    with pytest.raises(UnreachableError) as failed:
        client.get(ask("https://nowhere.test/a"))
    assert failed.value.evidence.failure == "refused"
    assert "nowhere.test:443" in failed.value.reason


@pytest.mark.parametrize(
    ("status", "failure"),
    [("407 Proxy Authentication Required", "proxy"), ("403 No", "proxy"), ("504 Late", "connect-timeout")],
)
def test_a_proxy_that_refuses_the_tunnel(world: World, status: str, failure: str) -> None:
    world.proxy.refuse = status
    with pytest.raises(UnreachableError) as failed:
        world.client().get(ask("https://forge.test/a"))
    assert failed.value.evidence.failure == failure
    assert status[:3] in failed.value.reason


def test_the_proxys_credential_goes_to_the_proxy_and_nowhere_else(world: World) -> None:
    world.forge.script["/a"] = answer(METADATA)
    client = world.client(proxy=f"http://us%40er:s3cret@127.0.0.1:{world.proxy.port}")
    evidence = client.get(ask("https://forge.test/a")).evidence
    expected = "Basic " + base64.b64encode(b"us@er:s3cret").decode()
    assert world.proxy.connects[0].headers["proxy-authorization"] == expected
    assert "proxy-authorization" not in world.forge.requests[0].headers
    assert "s3cret" not in repr(evidence)


def test_an_unreachable_proxy_is_named(world: World) -> None:
    world.proxy.stop()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(UnreachableError) as failed:
        world.client(proxy=f"http://u:hidden@127.0.0.1:{port}").get(ask("https://forge.test/a"))
    assert failed.value.evidence.failure == "proxy"
    assert f"127.0.0.1:{port}" in failed.value.reason
    assert "hidden" not in failed.value.reason


def test_a_proxy_of_another_scheme_is_refused_by_name(world: World) -> None:
    with pytest.raises(UnreachableError) as failed:
        world.client(proxy="socks5://127.0.0.1:1").get(ask("https://forge.test/a"))
    assert failed.value.evidence.failure == "proxy"
    assert "socks5" in failed.value.reason


def test_a_tunnel_that_is_never_answered_ends_with_the_connect_limit(world: World) -> None:
    """No other limit could end it before the test is taken to hang, and the proxy still says nothing."""
    world.proxy.silent = True
    limits = HttpLimits(connect=2.0, silence=10 * HANG)
    with pytest.raises(UnreachableError) as failed:
        world.client(limits=limits).get(ask("https://forge.test/a"))
    assert failed.value.evidence.failure == "connect-timeout"
    assert [seen.path for seen in world.proxy.connects] == ["forge.test:443"]
    assert world.forge.connections == 0


def test_an_untrusted_certificate(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    world.ca_file = str(other)
    with pytest.raises(UnreachableError) as failed:
        world.client().get(ask("https://forge.test/a"))
    assert failed.value.evidence.failure == "tls"


def test_a_certificate_for_another_name(world: World) -> None:
    world.proxy.names["objects.test:443"] = world.forge.port
    with pytest.raises(UnreachableError) as failed:
        world.client().get(ask("https://objects.test/a"))
    assert failed.value.evidence.failure == "tls"


def test_a_ca_file_that_cannot_be_read_is_named(world: World, tmp_path: Path) -> None:
    world.ca_file = str(tmp_path / "none.pem")
    with pytest.raises(UnreachableError) as failed:
        world.client().get(ask("https://forge.test/a"))
    assert failed.value.evidence.failure == "tls"
    assert "none.pem" in failed.value.reason


def test_silence_ends_after_its_limit_and_is_not_asked_again(world: World) -> None:
    gate = threading.Event()

    def wait(_stream: Stream, _seen: Seen) -> None:
        gate.wait(HANG)

    world.forge.script["/a"] = wait
    with pytest.raises(TimedOutError) as failed:
        world.client(limits=IMPATIENT).get(ask("https://forge.test/a", last_resort=True))
    gate.set()
    assert failed.value.evidence.failure == "silence"
    assert len(world.forge.requests) == 1


def test_silence_in_the_middle_of_a_body(world: World) -> None:
    gate = threading.Event()

    def half(stream: Stream, seen: Seen) -> None:
        answer(METADATA[:10], content_length=str(len(METADATA)))(stream, seen)
        gate.wait(HANG)

    world.forge.script["/a"] = half
    with pytest.raises(TimedOutError) as failed:
        world.client(limits=IMPATIENT).get(ask("https://forge.test/a"))
    gate.set()
    assert failed.value.evidence.failure == "silence"


def test_a_head_that_drips_is_ended_by_the_deadline(world: World) -> None:
    """Each byte ends a silence; only the deadline, which passes while the head is under way, ends them all."""
    gate, clock = threading.Event(), HandClock()

    def drip(stream: Stream, _seen: Seen) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        clock.time += 31
        while not gate.wait(0.01):
            stream.sendall(b"x")

    world.forge.script["/a"] = drip
    with pytest.raises(TimedOutError) as failed:
        world.client(deadline=30, clock=clock).get(ask("https://forge.test/a"))
    gate.set()
    assert failed.value.evidence.failure == "deadline"


def test_a_transfer_that_makes_progress_outlives_the_deadline(world: World) -> None:
    begun, clock = threading.Event(), HandClock()
    half = METADATA[:50]

    def behave(stream: Stream, _seen: Seen) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(METADATA)}\r\n\r\n"
        stream.sendall(head.encode() + half)
        begun.wait(HANG)
        clock.time += 6
        stream.sendall(METADATA[len(half) :])

    world.forge.script["/a"] = behave
    client = world.client(deadline=5, clock=clock)
    context = contextvars.copy_context()
    context.run(answer_begins.set, begun.set)
    assert context.run(client.get, ask("https://forge.test/a")).body == METADATA
    assert client.deadline_left() == 5


@pytest.mark.parametrize("behaviour", [reset, close])
def test_a_connection_that_is_cut_before_an_answer_is_asked_again_once(
    world: World, behaviour: Behaviour
) -> None:
    world.forge.script["/a"] = behaviour
    with pytest.raises(UnreachableError) as failed:
        world.client().get(ask("https://forge.test/a", last_resort=True))
    assert failed.value.evidence.failure == "reset"
    assert [one.failure for one in failed.value.earlier] == ["reset"]
    assert len(world.forge.requests) == 2


def test_a_connection_that_is_cut_is_not_asked_again_where_another_source_is_left(world: World) -> None:
    world.forge.script["/a"] = reset
    with pytest.raises(UnreachableError):
        world.client().get(ask("https://forge.test/a"))
    assert len(world.forge.requests) == 1


def test_a_kept_connection_that_was_closed_meanwhile_costs_no_failure(world: World) -> None:
    world.forge.script["/a"] = answer(METADATA)
    client = world.client()
    client.get(ask("https://forge.test/a"))
    once = iter([reset])

    def first_resets(stream: Stream, seen: Seen) -> None:
        next(once, answer(METADATA))(stream, seen)

    world.forge.script["/a"] = first_resets
    assert client.get(ask("https://forge.test/a")).body == METADATA


@pytest.mark.parametrize(
    "half",
    [
        answer(METADATA[:20], content_length="70"),
        answer(b"14\r\n" + METADATA[:20] + b"\r\n", transfer_encoding="chunked"),
    ],
    ids=["content-length", "chunked"],
)
def test_half_a_body_is_truncated(world: World, half: Behaviour) -> None:
    def cut(stream: Stream, seen: Seen) -> None:
        half(stream, seen)
        stream.close()

    world.forge.script["/a"] = cut
    with pytest.raises(BadAnswerError) as failed:
        world.client().get(ask("https://forge.test/a"))
    assert failed.value.evidence.failure == "truncated"
    assert failed.value.evidence.outcome is Outcome.BAD


def test_gzip_is_unpacked(world: World) -> None:
    packed = gzip.compress(METADATA)
    world.forge.script["/a"] = answer(packed, content_encoding="gzip")
    assert world.client().get(ask("https://forge.test/a")).body == METADATA
    assert world.forge.requests[0].headers["accept-encoding"] == "gzip"


def test_a_gzip_bomb_stops_at_the_limit(world: World) -> None:
    world.forge.script["/a"] = answer(gzip.compress(b"a" * 50_000_000), content_encoding="gzip")
    with pytest.raises(BadAnswerError) as failed:
        world.client().get(ask("https://forge.test/a", limit=1_000_000))
    assert failed.value.evidence.failure == "too-large"


def test_credentials_stay_on_their_host_and_accept_goes_everywhere(world: World) -> None:
    target = "https://objects.test/blob?X-Signature=abc"
    world.forge.script["/asset"] = answer(b"", "302 Found", location=target)
    world.objects.script["/blob?X-Signature=abc"] = answer(METADATA)
    credential = Credential(host="forge.test", header="PRIVATE-TOKEN", value="t0ps3cret", origin="X")

    request = ask("https://forge.test/asset", accept="application/octet-stream", credential=credential)
    evidence = world.client().get(request).evidence

    assert world.forge.requests[0].headers["private-token"] == "t0ps3cret"
    assert "t0ps3cret" not in str(world.objects.requests[0].headers)
    assert world.objects.requests[0].headers["accept"] == "application/octet-stream"
    assert [(hop.url, hop.status) for hop in evidence.hops] == [("https://forge.test/asset", 302)]
    assert evidence.final_url == "https://objects.test/blob"
    assert evidence.credential_sent
    assert "X-Signature" not in repr(evidence)


def test_close_wakes_a_thread_that_waits_for_an_answer(world: World) -> None:
    gate, arrived = threading.Event(), threading.Event()

    def wait(_stream: Stream, _seen: Seen) -> None:
        arrived.set()
        gate.wait(HANG)

    world.forge.script["/a"] = wait
    client = world.client()
    failures: list[FetchError] = []

    def run() -> None:
        try:
            client.get(ask("https://forge.test/a"))
        except FetchError as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert arrived.wait(HANG)
    client.close()
    thread.join(HANG)
    assert not thread.is_alive()
    gate.set()
    assert [error.evidence.failure for error in failures] == ["reset"]


def test_plain_http_goes_through_a_forwarding_proxy() -> None:
    proxy = Site(script={"http://plain.test/list": answer(b"v1.0.0\n")})
    address = f"http://user:pw@127.0.0.1:{proxy.port}"
    settings = replace(PATIENTLY, proxy_for=lambda _url: address)
    with closing(HttpxClient(settings, SystemClock(), Transcript(), Quiet())) as client:
        response = client.get(ask("http://plain.test/list", expect=Expect.TEXT))
    proxy.stop()
    assert response.body == b"v1.0.0\n"
    expected = "Basic " + base64.b64encode(b"user:pw").decode()
    assert proxy.requests[0].headers["proxy-authorization"] == expected


def test_plain_http_without_a_proxy_and_a_refused_port() -> None:
    site = Site(script={"/list": answer(b"v1.0.0\n")})
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with closing(HttpxClient(PATIENTLY, SystemClock(), Transcript(), Quiet())) as client:
        url = f"http://127.0.0.1:{site.port}/list"
        assert client.get(ask(url, expect=Expect.TEXT)).body == b"v1.0.0\n"
        with pytest.raises(UnreachableError) as failed:
            client.get(ask(f"http://127.0.0.1:{port}/", expect=Expect.TEXT))
    site.stop()
    assert failed.value.evidence.failure == "refused"


def test_a_name_that_does_not_exist() -> None:
    client = HttpxClient(HttpSettings(), SystemClock(), Transcript(), Quiet())
    with pytest.raises(UnreachableError) as failed:
        client.get(ask("https://no-such-host.invalid/"))
    assert failed.value.evidence.failure == "dns"


def test_sixteen_threads_share_one_client(world: World) -> None:
    for number in range(16):
        world.forge.script[f"/{number}"] = answer(METADATA + b"# %d\n" % number)
    client = world.client()
    bodies: dict[int, bytes] = {}

    def run(number: int) -> None:
        bodies[number] = client.get(ask(f"https://forge.test/{number}")).body

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)
    assert all(bodies[number].endswith(b"# %d\n" % number) for number in range(16))


INTERRUPTED = """
import sys
from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpLimits, HttpSettings
from capyctl.adapters.system_clock import SystemClock
from capyctl.cli.signals import InterruptedRun, Signals
from capyctl.core.evidence import Question
from capyctl.fetching.transcript import Transcript
from capyctl.ports.http import Expect, HttpRequest

class Quiet:
    def asking(self, *words): pass
    def answered(self, *words): pass

# Limits far beyond the time the test waits: nothing but the interrupt can end the question.
settings = HttpSettings(deadline=600, limits=HttpLimits(connect=600, silence=600))
client = HttpxClient(settings, SystemClock(), Transcript(), Quiet())
signals = Signals()
signals.install()
signals.begin()
try:
    client.get(HttpRequest(url=sys.argv[1], route="https", question=Question.FILE, expect=Expect.TEXT))
except InterruptedRun as interrupted:
    signals.end()
    sys.exit(interrupted.status)
"""


def test_an_interrupt_ends_a_waiting_question_at_once() -> None:
    """The process ends while the server still holds its answer back, and long before any limit of its own."""
    gate, arrived = threading.Event(), threading.Event()

    def wait(_stream: Stream, _seen: Seen) -> None:
        arrived.set()
        gate.wait(10 * HANG)

    site = Site(script={"/a": wait})
    url = f"http://127.0.0.1:{site.port}/a"
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED, url], cwd=Path(__file__).parents[2]) as process:
        try:
            assert arrived.wait(HANG)
            process.send_signal(signal.SIGINT)
            assert process.wait(HANG) == 130
        finally:
            process.kill()
            gate.set()
            site.stop()


def test_respx_sees_the_questions_below_httpx() -> None:
    with respx.mock(using="httpcore") as router:
        route = router.get("https://h.test/list").respond(text="v1.0.0\n")
        with closing(HttpxClient(HttpSettings(), SystemClock(), Transcript(), Quiet())) as client:
            assert client.get(ask("https://h.test/list", expect=Expect.TEXT)).body == b"v1.0.0\n"
        assert route.call_count == 1
