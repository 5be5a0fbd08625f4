"""A CONNECT proxy before the real OCI registry: for clients that ask it under the names of other hosts."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.plugins.oci_registry import OciRegistry


class Tunnel(socketserver.ThreadingTCPServer):
    """A proxy that lets everything through, to the registry; ``asked`` are the authorities it was asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnelled)
        self.upstream = upstream
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Its address, as a proxy variable has it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnelled(socketserver.StreamRequestHandler):
    server: Tunnel

    def handle(self) -> None:
        self.server.asked.append(self.rfile.readline().split()[1].decode())
        while self.rfile.readline().strip():
            pass
        with socket.create_connection(("127.0.0.1", self.server.upstream)) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_relay, args=(upstream, self.connection), daemon=True)
            back.start()
            _relay(self.connection, upstream)
            back.join()


def _relay(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def tunnel(oci_registry: OciRegistry) -> Iterator[Tunnel]:
    """A proxy of this test's own."""
    with Tunnel(oci_registry.front.server_address[1]) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
