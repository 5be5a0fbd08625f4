"""One client's connection to the proxy: request after request, each passed on or broken as the proxy says."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Protocol

import h11
from msgspec import Struct

from tests.plugins.api_faults import Answer, Asked, Broken, Fault

# Between two hops, not end to end (RFC 9110 7.6.1); h11 writes lengths anew.
_OWN_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}
_BLOCK = 65536


class Seen(Struct, frozen=True, kw_only=True):
    """A request and the status that went back; 0 where none did."""

    asked: Asked
    status: int
    fault: Fault | None = None


class Proxy(Protocol):
    """What a connection asks of its proxy."""

    def count(self, method: str, target: str, agent: str, size: int) -> Asked:
        """Give a request its number."""

    def note(self, seen: Seen) -> None:
        """Write a request down."""

    def fault_of(self, asked: Asked) -> Fault | None:
        """What happens to a request in place of the server's answer."""

    def travel(self) -> None:
        """Wait for one round trip."""

    def dial(self) -> http.client.HTTPSConnection:
        """A new connection to the API server itself."""

    def holding(self, connection: socket.socket) -> contextlib.AbstractContextManager[None]:
        """Keep a connection within the proxy's reach while it is in use."""


def converse(proxy: Proxy, connection: socket.socket) -> None:
    """Answer requests until one side ends the connection."""
    wire = h11.Connection(h11.SERVER)
    with ExitStack() as stack, contextlib.suppress(http.client.HTTPException, h11.ProtocolError):
        server = _Server(proxy, stack)
        while (request := _next_request(wire, connection)) is not None:
            body = _body(wire, connection)
            asked = proxy.count(request.method.decode(), request.target.decode(), _agent(request), len(body))
            proxy.travel()
            if not _Exchange(proxy, connection, wire, asked).run(server, request, body):
                return
            wire.start_next_cycle()


class _Server:
    """The way on to the API server, kept open between requests."""

    def __init__(self, proxy: Proxy, stack: ExitStack) -> None:
        self._proxy = proxy
        self._stack = stack
        self._connection: http.client.HTTPSConnection | None = None

    def ask(self, request: h11.Request, body: bytes) -> http.client.HTTPResponse:
        """Pass a request on. A connection that the server closed meanwhile is dialled again."""
        # http.client closes a connection whose answer is its last, and would dial another by itself, out of reach.
        if self._connection is not None and self._connection.sock is not None:
            with contextlib.suppress(http.client.RemoteDisconnected, ConnectionError):
                return self._ask(self._connection, request, body)
        self._connection = self._proxy.dial()
        self._stack.enter_context(self._proxy.holding(self._connection.sock))
        return self._ask(self._connection, request, body)

    @staticmethod
    def _ask(
        connection: http.client.HTTPSConnection, request: h11.Request, body: bytes
    ) -> http.client.HTTPResponse:
        headers = {name.decode(): value.decode() for name, value in request.headers}
        kept = {name: value for name, value in headers.items() if name not in _OWN_HEADERS}
        connection.request(request.method.decode(), request.target.decode(), body or None, kept)
        return connection.getresponse()


class _Exchange:
    """One request and what becomes of it."""

    def __init__(self, proxy: Proxy, connection: socket.socket, wire: h11.Connection, asked: Asked) -> None:
        self._proxy = proxy
        self._connection = connection
        self._wire = wire
        self._asked = asked

    def run(self, server: _Server, request: h11.Request, body: bytes) -> bool:
        """Answer it; whether the connection can take another."""
        fault = self._proxy.fault_of(self._asked)
        if isinstance(fault, Answer):
            self._note(fault.status, fault)
            self._send(fault.status, fault.headers.items(), [fault.body], length=len(fault.body))
        elif fault is Broken.RESET:
            self._note(0, fault)
            _reset(self._connection)
        elif fault is Broken.STALL:
            self._note(0, fault)
            self._connection.recv(1)  # returns when the client gives up, or the proxy closes
        else:
            # read1 leaves an answer of known length open, and its connection busy.
            with contextlib.closing(server.ask(request, body)) as answer:
                self._note(answer.status, fault)
                self._pass_on(answer, cut=fault is Broken.CUT)
        return self._wire.our_state is h11.DONE

    def _note(self, status: int, fault: Fault | None) -> None:
        # Before the answer goes out: a client that has read it finds it in the list.
        self._proxy.note(Seen(asked=self._asked, status=status, fault=fault))

    def _pass_on(self, answer: http.client.HTTPResponse, *, cut: bool) -> None:
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OWN_HEADERS]
        if not cut:
            self._send(answer.status, headers, _blocks(answer), length=answer.length)
            return
        # The first half of the body, or of what a watch tells first; then the connection ends in good order.
        body = answer.read1(_BLOCK) if answer.length is None else answer.read()
        self._send(answer.status, headers, [body[: len(body) // 2]], length=len(body), end=False)

    def _send(
        self,
        status: int,
        headers: Iterable[tuple[str, str]],
        blocks: Iterable[bytes],
        *,
        length: int | None,
        end: bool = True,
    ) -> None:
        framing = ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length))
        named = [*headers, framing]
        self._write(h11.Response(status_code=status, headers=named))
        for each in blocks:
            self._write(h11.Data(data=each))
        if end:
            self._write(h11.EndOfMessage())

    def _write(self, event: h11.Event) -> None:
        self._connection.sendall(self._wire.send(event) or b"")


def _next_request(wire: h11.Connection, connection: socket.socket) -> h11.Request | None:
    while True:
        event = wire.next_event()
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            return None
        wire.receive_data(connection.recv(_BLOCK))


def _body(wire: h11.Connection, connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    while True:
        event = wire.next_event()
        if isinstance(event, h11.Data):
            parts.append(bytes(event.data))
        elif event is h11.NEED_DATA:
            wire.receive_data(connection.recv(_BLOCK))
        else:
            return b"".join(parts)


def _agent(request: h11.Request) -> str:
    return next((value.decode() for name, value in request.headers if name == b"user-agent"), "")


def _blocks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """What came, as it comes: a watch's events do not wait for a full block."""
    while block := answer.read1(_BLOCK):
        yield block


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
