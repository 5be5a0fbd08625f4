"""Serves a bundle over plain HTTP on loopback, its bytes straight out of the archive (cli.md 7.5)."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

from capyctl.adapters.bundle_file import BundleChangedError, BundleFileError, OpenBundle
from capyctl.core.bundle.content import BundleFile
from capyctl.core.bundle.pages import Page, Site

THREADS: Final = 16
"""How many requests are answered at a time; more wait to be accepted."""

_SILENCE: Final = 10.0
"""Seconds that a client may be silent."""

_FAILED: Final = b"the bundle was changed while it was served\n"
_READ_ONLY: Final = b"a bundle can only be read\n"


class ListenAddressError(ValueError):
    """An address that nothing may or can be served at; the message is one clause."""


class BundleServer:
    """Listens from the beginning; answers while ``serve`` runs, and ends with ``close``.

    Raises:
        ListenAddressError: the port is taken, or the system refuses it.
    """

    def __init__(self, bundle: OpenBundle, site: Site, host: str, port: int) -> None:
        try:
            self._server = _Server(bundle, site, host, port)
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise ListenAddressError(f"{_shown(host)}:{port} cannot be listened on: {reason}") from error

    @property
    def address(self) -> str:
        """``HOST:PORT`` as it stands in an address."""
        host, port = self._server.server_address[:2]
        return f"{_shown(str(host))}:{port}"

    def serve(self) -> None:
        """Answer requests until an exception ends it."""
        self._server.serve_forever()

    def close(self) -> None:
        """Answer nothing any more."""
        self._server.server_close()


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


class _Server(HTTPServer):
    """One thread a request, as many as ``THREADS`` at a time."""

    request_queue_size = 64

    def __init__(self, bundle: OpenBundle, site: Site, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.bundle = bundle
        self.site = site
        self._free = threading.BoundedSemaphore(THREADS)
        super().__init__((host, port), _Answering)

    def server_bind(self) -> None:
        """Bind without asking for the name of the host, which would be a question to the network."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: object, client_address: object) -> None:
        """Answer in a thread of its own."""
        self._free.acquire()
        thread = threading.Thread(target=self._answer, args=(request, client_address), daemon=True)
        thread.start()

    def _answer(self, request: socket.socket, client_address: tuple[str, int]) -> None:
        try:
            with contextlib.suppress(OSError):
                self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)
            self._free.release()


class _Answering(BaseHTTPRequestHandler):
    """One connection: one request, one answer."""

    protocol_version = "HTTP/1.1"
    server_version = "capyctl"
    sys_version = ""
    timeout = _SILENCE

    def do_GET(self) -> None:
        """Answer with a page."""
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with a page's header."""
        self._send(with_body=False)

    def _refuse(self) -> None:
        self._write(Page(status=405, media_type="text/plain", content=_READ_ONLY), _READ_ONLY, with_body=True)

    do_POST = do_PUT = do_PATCH = do_DELETE = _refuse  # noqa: N815 - the base class finds them by these names

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
            self.wfile.write(content)
