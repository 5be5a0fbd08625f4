"""A server on loopback that answers by script, over real TLS or none, and the real adapter to ask it with."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import trustme
import yaml
from msgspec import Struct, field

from capyctl.adapters.http_settings import Trust
from capyctl.adapters.kubernetes_config import ConnectorSettings, KubernetesConnector, PodFiles
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Evidence
from capyctl.ports.cluster import ClusterChoice, ClusterConnection
from capyctl.report.progress import NoProgress
from tests.plugins.listening import Listening

HANG = 60.0
"""Seconds after which a test that waits for an event is taken to hang."""

Stream = socket.socket
Behaviour = Callable[[Stream, "Asked"], None]


class Asked(Struct, frozen=True):
    """One request as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    client: Mapping[str, object] | None = None


def reply(
    body: object = None, status: int = 200, media_type: str = "application/json", **headers: str
) -> Behaviour:
    """A whole answer; header names are written with underscores."""
    content = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()

    def behave(stream: Stream, _: Asked) -> None:
        stream.sendall(head(status, media_type, Content_Length=str(len(content)), **headers) + content)

    return behave


def refusal(status: int, message: str, **headers: str) -> Behaviour:
    """As an API server refuses."""
    return reply(
        {"kind": "Status", "apiVersion": "v1", "message": message, "code": status}, status, **headers
    )


def raw(content: bytes) -> Behaviour:
    """Bytes, and the end of the connection."""
    return lambda stream, _: stream.sendall(content)


def head(status: int, media_type: str = "application/json", **headers: str) -> bytes:
    named = {"Content-Type": media_type, **{key.replace("_", "-"): value for key, value in headers.items()}}
    lines = [f"HTTP/1.1 {status} Words", *(f"{key}: {value}" for key, value in named.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def reset(stream: Stream, _: Asked) -> None:
    """An end by RST, without an answer."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket(fileno=stream.detach()).close()


class FakeApiServer(Struct):
    """Answers each path by its behaviour, others by ``default``."""

    folder: Path
    authority: trustme.CA
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    default: Behaviour = field(default_factory=lambda: reply({"kind": "Anything"}))
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    scheme: str = "https"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def silent(self, _stream: Stream, _: Asked) -> None:
        """No byte until the test is over."""
        self.released.wait(HANG)

    def cluster(self, **more: object) -> dict[str, object]:
        """The ``cluster`` of a kubeconfig."""
        authorities = self.folder / "authorities.pem"
        self.authority.cert_pem.write_to_path(str(authorities))
        return {"server": self.url, "certificate-authority": str(authorities), **more}

    def kubeconfig(
        self, user: Mapping[str, object] | None = None, cluster: Mapping[str, object] | None = None
    ) -> Path:
        path = self.folder / "kubeconfig"
        held = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "work"}}],
            "clusters": [{"name": "c", "cluster": dict(cluster if cluster is not None else self.cluster())}],
            "users": [{"name": "u", "user": dict(user or {})}],
        }
        path.write_text(yaml.safe_dump(held))
        return path


class Connected(Struct):
    """A connection as the wiring makes it, and what it left behind."""

    connection: ClusterConnection
    evidence: list[Evidence]


def connect(
    kubeconfig: Path | None,
    *,
    left: float = HANG,
    variables: Mapping[str, str] | None = None,
    proxy: str | None = None,
    home: str | None = None,
    choice: ClusterChoice | None = None,
    pod: PodFiles | None = None,
    trust: Trust | None = None,
) -> Connected:
    evidence: list[Evidence] = []
    settings = ConnectorSettings(
        variables=variables or {},
        home=home,
        trust=trust or Trust(),
        proxy_for=lambda _: proxy,
        clock=SystemClock(),
        left=lambda: left,
        progress=NoProgress(),
        record=evidence.append,
        at_end=lambda _: None,
        pod=pod or PodFiles(token="/nowhere", authorities="/nowhere", namespace="/nowhere"),  # noqa: S106 - a path
    )
    wanted = choice or ClusterChoice(kubeconfig=str(kubeconfig) if kubeconfig is not None else None)
    return Connected(KubernetesConnector(settings=settings).connect(wanted), evidence)


@contextlib.contextmanager
def serving(
    folder: Path,
    *,
    names: tuple[str, ...] = ("127.0.0.1",),
    tls: bool = True,
    authority: trustme.CA | None = None,
    certificate: trustme.LeafCert | None = None,
    clients: trustme.CA | None = None,
) -> Iterator[FakeApiServer]:
    """A server whose certificate is for ``names``; one with ``clients`` demands a certificate of theirs."""
    authority = authority or trustme.CA()
    server = FakeApiServer(folder=folder, authority=authority, scheme="https" if tls else "http")
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (certificate or authority.issue_cert(*names)).configure_cert(context)
        if clients is not None:
            clients.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
    listening = Listening(lambda plain: _converse(plain, context, server))
    server.port = listening.port
    try:
        yield server
    finally:
        server.released.set()
        listening.stop()


def _converse(plain: Stream, context: ssl.SSLContext | None, server: FakeApiServer) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stream: Stream = stack.enter_context(contextlib.closing(plain))
        if context is not None:
            stream = stack.enter_context(contextlib.closing(context.wrap_socket(plain, server_side=True)))
        asked = _read(stream)
        if asked is not None:
            server.asked.append(asked)
            server.behaviours.get(asked.path.partition("?")[0], server.default)(stream, asked)


def _read(stream: Stream) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = stream.recv(65536)
        if not piece:
            return None
        received += piece
        if received.startswith(b"\x16\x03"):  # a TLS hello on a port without TLS
            stream.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return None
    start, _, body = received.partition(b"\r\n\r\n")
    first, *lines = start.decode("latin-1").split("\r\n")
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += stream.recv(65536)
    method, path, _ = first.split(" ")
    client = stream.getpeercert() if isinstance(stream, ssl.SSLSocket) else None
    return Asked(method, path, headers, body, client)
