"""A module proxy on loopback that answers by script, and the real client to ask it with."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpLimits, HttpSettings
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Evidence


class Reply(Struct, frozen=True):
    """What the server answers.

    ``cut`` ends before the announced length, ``silent`` never begins, ``ranges`` understands ``Range``.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/plain; charset=utf-8"),)
    cut: bool = False
    chunked: bool = False
    silent: bool = False
    ranges: bool = False


def text(body: str, status: int = 200) -> Reply:
    return Reply(body=body.encode(), status=status)


def redirect(target: str, status: int) -> Reply:
    return Reply(status=status, headers=(("Location", target),))


class Proxy(Struct):
    """A module proxy on loopback: replies by path, and the requests it has seen."""

    replies: dict[str, Reply] = field(default_factory=dict)
    default: Reply = field(default_factory=lambda: text("not found", 404))
    seen: list[tuple[str, str | None]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def do_GET(self) -> None:
        self.proxy.seen.append((self.path, self.headers["Authorization"]))
        reply = self.proxy.replies.get(self.path, self.proxy.default)
        if reply.silent:
            self.proxy.done.wait()
            self.close_connection = True
            return
        if reply.ranges and (asked := self.headers["Range"]) is not None:
            reply = _part(reply, asked)
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._chunks(reply)
        else:
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        self.close_connection = self.close_connection or reply.cut

    def _chunks(self, reply: Reply) -> None:
        for start in range(0, len(reply.body), 7):
            part = reply.body[start : start + 7]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if not reply.cut:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay quiet; the tests read ``seen``."""


def _part(reply: Reply, asked: str) -> Reply:
    """The part of a body that a ``Range`` header of one range names (RFC 9110 14.2)."""
    first, _, last = asked.removeprefix("bytes=").partition("-")
    total = len(reply.body)
    start = int(first) if first else max(total - int(last), 0)
    end = min(int(last) + 1, total) if first and last else total
    header = ("Content-Range", f"bytes {start}-{end - 1}/{total}")
    return replace(reply, status=206, body=reply.body[start:end], headers=(*reply.headers, header))


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no fault of the server's."""


@contextlib.contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    """Serve ``proxy`` on a free port of loopback; its threads have ended on leaving."""
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = _Server(("127.0.0.1", 0), handler)
    proxy.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.done.set()
        server.shutdown()
        server.server_close()


class _Quiet:
    """A transcript and a progress that do nothing: these tests look at answers and errors."""

    def asked(self) -> int:
        return 0

    def record(self, evidence: Evidence, place: int | None = None) -> None:
        """Keep nothing."""

    def asking(self, source: str, what: str, attempt: int) -> None:
        """Show nothing."""

    def answered(self, source: str, what: str) -> None:
        """Show nothing."""


@contextlib.contextmanager
def loopback_client(silence: float = 60.0) -> Iterator[HttpxClient]:
    """The real client; its limits are such that a loaded machine is not taken for a silent server."""
    settings = HttpSettings(deadline=600.0, limits=HttpLimits(connect=60.0, silence=silence, retry_pause=0.0))
    http = HttpxClient(settings, SystemClock(), _Quiet(), _Quiet())
    try:
        yield http
    finally:
        http.close()
