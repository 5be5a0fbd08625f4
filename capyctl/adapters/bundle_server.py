"""Serves a bundle over plain HTTP on loopback, its bytes straight out of the archive (cli.md 7.5)."""

from __future__ import annotations

import contextlib
import io
import ipaddress
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer
from typing import Final

from capyctl.adapters.bundle_callers import Caller, Callers
from capyctl.adapters.bundle_file import BundleChangedError, BundleFileError, OpenBundle
from capyctl.core.bundle.content import BundleFile
from capyctl.core.bundle.pages import Page, Site
from capyctl.ports.clock import Clock

THREADS: Final = 64
"""How many requests are answered at a time; more wait to be read."""

_BACKLOG: Final = 64
_PIECE: Final = 64 * 1024
_SILENCE: Final = 10.0
"""Seconds that a client may take nothing of an answer."""

_FAILED: Final = b"the bundle was changed while it was served\n"
_READ_ONLY: Final = b"a bundle can only be read\n"
_ALLOW: Final = (("Allow", "GET, HEAD"),)
_NO_TLS: Final = "a bundle is served over plain HTTP, without TLS"


class ListenAddressError(ValueError):
    """An address that nothing may or can be served at; the message is one clause."""


class BundleServer:
    """Listens from the beginning; answers while ``serve`` runs, and ends with ``close``.

    A client that is silent holds no thread: one has been given to a request only when its head has come.

    Raises:
        ListenAddressError: the port is taken, or the system refuses it.
    """

    def __init__(self, bundle: OpenBundle, site: Site, address: tuple[str, int], clock: Clock) -> None:
        host, port = address
        try:
            self._listener = _listener(host, port)
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise ListenAddressError(f"{_shown(host)}:{port} cannot be listened on: {reason}") from error
        self._server = _Server(bundle, site)
        self._callers = Callers(self._listener, clock)
        self._free = threading.BoundedSemaphore(THREADS)

    @property
    def address(self) -> str:
        """``HOST:PORT`` as it stands in an address."""
        host, port = self._listener.getsockname()[:2]
        return f"{_shown(str(host))}:{port}"

    def serve(self) -> None:
        """Answer requests until an exception ends it."""
        for caller in self._callers.asking():
            self._free.acquire()
            threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def close(self) -> None:
        """Answer nothing any more."""
        self._callers.close()
        self._listener.close()

    def _answer(self, caller: Caller) -> None:
        try:
            with contextlib.suppress(OSError):
                _Answering(caller, self._server)
                caller.connection.shutdown(socket.SHUT_WR)
        finally:
            caller.hang_up()
            self._free.release()


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; only loopback is listened on, and port 0 lets the system choose.

    Raises:
        ListenAddressError: another form, or another host.
    """
    host, separator, port = text.rpartition(":")
    if not separator or not (port.isascii() and port.isdigit() and int(port[:6]) <= 65535):
        raise ListenAddressError(f"{text!r} does not have the form HOST:PORT")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise ListenAddressError(f"{host!r} is no address such as 127.0.0.1") from None
    if not is_loopback:
        raise ListenAddressError(
            f"{host} can be reached from other machines; a bundle is served on loopback only"
        )
    return host, int(port)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listener(host: str, port: int) -> socket.socket:
    """Bound without asking for the name of the host, which would be a question to the network."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(BaseServer):
    """What is served, for those who answer."""

    def __init__(self, bundle: OpenBundle, site: Site) -> None:
        super().__init__(("", 0), BaseHTTPRequestHandler)
        self.bundle = bundle
        self.site = site


class _Answering(BaseHTTPRequestHandler):
    """One connection: one request, one answer."""

    protocol_version = "HTTP/1.1"
    server_version = "capyctl"
    sys_version = ""
    timeout = _SILENCE

    def __init__(self, caller: Caller, server: _Server) -> None:
        self._head = caller.head
        self._speaks_tls = caller.speaks_tls
        super().__init__(caller.connection, None, server)

    def setup(self) -> None:
        """Read what the caller has said already."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BytesIO(self._head)

    def handle(self) -> None:
        """Answer; a client that wants TLS gets what tells it that there is none."""
        if self._speaks_tls:
            self.requestline, self.request_version, self.command = "", self.protocol_version, ""
            self.send_error(400, _NO_TLS)
        else:
            super().handle()

    def do_GET(self) -> None:
        """Answer with a page."""
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with a page's header."""
        self._send(with_body=False)

    def _refuse(self) -> None:
        page = Page(status=405, media_type="text/plain", content=_READ_ONLY, headers=_ALLOW)
        self._write(page, _READ_ONLY, with_body=True)

    do_POST = do_PUT = do_PATCH = do_DELETE = _refuse  # noqa: N815 - the base class finds them by these names
    do_OPTIONS = do_TRACE = do_CONNECT = _refuse  # noqa: N815 - the same

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say in plain text what is wrong with a request."""
        del explain
        said = f"{message or self.responses[HTTPStatus(code)][0]}\n".encode("ascii", "backslashreplace")
        page = Page(status=code, media_type="text/plain", content=said)
        self._write(page, said, with_body=self.command != "HEAD")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: stderr is for diagnostics."""

    def _send(self, *, with_body: bool) -> None:
        server = self.server
        if not isinstance(server, _Server):
            raise TypeError("answers are given for a bundle's server alone")
        page = server.site.page(self.path)
        content = page.content
        if isinstance(content, BundleFile) and with_body:
            try:
                content = server.bundle.content(content)
            except (BundleChangedError, BundleFileError):
                page, content = Page(status=500, media_type="text/plain", content=_FAILED), _FAILED
        self._write(page, content, with_body=with_body)

    def _write(self, page: Page, content: bytes | BundleFile, *, with_body: bool) -> None:
        size = content.size if isinstance(content, BundleFile) else len(content)
        self.close_connection = True
        self.send_response(page.status)
        self.send_header("Content-Type", page.media_type)
        self.send_header("Content-Length", str(size))
        self.send_header("Connection", "close")
        for name, value in page.headers:
            self.send_header(name, value)
        self.end_headers()
        if with_body and isinstance(content, bytes):
            for at in range(0, size, _PIECE):
                self.wfile.write(content[at : at + _PIECE])
