"""The loopback proxy in front of the lab: joins ``CONNECT host:443`` to the application of that host.

Delays stand for a real path: one round trip to open the connection, one for the TLS handshake, one for each
request.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable

import h11
from msgspec import Struct

from capyctl.lab.authority import RunAuthority
from capyctl.lab.exchange import Question, redirect, text_reply
from capyctl.lab.fault_book import Delivery, FaultBook
from capyctl.lab.internet import applications
from capyctl.lab.request_log import RequestLog
from capyctl.lab.wire import Wire, reset
from capyctl.lab.world import Fault, FaultKind, World

_HEAD_LIMIT = 64 * 1024
_BACKLOG = 128
_FAREWELL_SECONDS = 2.0
_REFUSALS = {
    FaultKind.DNS: "502 no such host",
    FaultKind.REFUSED: "503 connection refused",
    FaultKind.DENIED: "403 denied by the proxy",
}
_UNKNOWN_HOST = Fault(kind=FaultKind.DNS)


class _Tunnel(Struct, frozen=True, kw_only=True):
    """What the client asked the proxy for."""

    host: str
    number: int
    plain: bytes | None


class Front:
    """Listens on loopback while it is open; one thread for each connection."""

    def __init__(self, world: World, authority: RunAuthority) -> None:
        self.log = RequestLog()
        self._world = world
        self._authority = authority
        self._hosts = applications(world)
        self._faults = FaultBook(world.faults)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        """Accept connections from now on."""
        self._spawn(self._accept)

    def stop(self) -> None:
        """End every connection and wait for the threads."""
        self._stopping.set()
        # Waking accept() by a connection works on every platform; closing the socket under it does not.
        socket.create_connection(("127.0.0.1", self.port)).close()
        with self._lock:
            for channel in self._open.values():
                _shut(channel)
        for thread in self._threads:
            thread.join(_FAREWELL_SECONDS)
        self._listener.close()

    def _spawn(self, work: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            channel, _ = self._listener.accept()
            if self._stopping.is_set():
                channel.close()
                return
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._spawn(self._serve, channel)

    def _serve(self, channel: socket.socket) -> None:
        number = self.log.connected()
        self._keep(number, channel)
        try:
            tunnel = self._tunnel(channel, number)
            if tunnel is not None:
                self._converse(channel, tunnel)
        except (OSError, h11.ProtocolError):
            # The client has gone or does not trust us: its affair, and its log has the request.
            pass
        finally:
            self._forget(number)

    def _keep(self, number: int, channel: socket.socket) -> None:
        with self._lock:
            self._open[number] = channel

    def _forget(self, number: int) -> None:
        with self._lock:
            self._open.pop(number).close()

    def _tunnel(self, channel: socket.socket, number: int) -> _Tunnel | None:
        head = _read_head(channel)
        method, _, rest = head.partition(b" ")
        if method != b"CONNECT":
            return _Tunnel(host="", number=number, plain=head) if head else None
        address = rest.partition(b" ")[0].decode("latin-1")
        host = address.rpartition(":")[0].lower()
        fault = self._faults.of_connection(host) or (None if host in self._hosts else _UNKNOWN_HOST)
        if fault is not None:
            self._refuse(channel, Question(method="CONNECT", host=address, target=""), number, fault)
            return None
        self._stopping.wait(self._world.round_trip_to(host))
        channel.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return _Tunnel(host=host, number=number, plain=None)

    def _refuse(self, channel: socket.socket, question: Question, number: int, fault: Fault) -> None:
        request = self.log.arrived(question, number)
        refusal = _REFUSALS.get(fault.kind)
        if refusal is None:
            self.log.unanswered(request, fault.kind.value)
            self._stopping.wait()
            return
        self.log.decided(request, text_reply(int(refusal[:3]), ""), fault.kind.value)
        channel.sendall(f"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def _converse(self, channel: socket.socket, tunnel: _Tunnel) -> None:
        if tunnel.plain is not None:
            wire = Wire(channel, host=tunnel.host, stopping=self._stopping, received=tunnel.plain)
            self._answer_all(wire, tunnel, "http")
            return
        fault = self._faults.of_handshake(tunnel.host)
        self._stopping.wait(self._world.round_trip_to(tunnel.host))
        if fault is not None and fault.kind is FaultKind.HANDSHAKE_RESET:
            reset(channel)
            return
        channel.getpeername()  # Of a client that has gone, ssl would leave a socket that nobody can close.
        context = self._authority.trusted if fault is None else self._authority.untrusted()
        with context.wrap_socket(channel, server_side=True) as secured:
            self._keep(tunnel.number, secured)
            self._answer_all(Wire(secured, host=tunnel.host, stopping=self._stopping), tunnel, "https")

    def _answer_all(self, wire: Wire, tunnel: _Tunnel, scheme: str) -> None:
        for question in wire.questions(scheme):
            number = self.log.arrived(question, tunnel.number)
            self._stopping.wait(self._world.round_trip_to(question.host))
            delivery = self._deliver(question)
            if not delivery.has_head:
                self.log.unanswered(number, delivery.fault or "")
            else:
                self.log.decided(number, delivery.reply, delivery.fault)
            self.log.finished(number, wire.send(question, delivery))

    def _deliver(self, question: Question) -> Delivery:
        application = self._hosts.get(question.host)
        if application is None:
            return Delivery(reply=text_reply(502, "no such host"))
        if question.scheme == "http" and question.host in self._world.forges:
            return Delivery(reply=redirect(301, f"https://{question.host}{question.target}"))
        if question.method not in {"GET", "HEAD"}:
            return Delivery(reply=text_reply(405, "method not allowed"))
        return self._faults.deliver(question, application(question))


def _read_head(channel: socket.socket) -> bytes:
    """The proxy request's head; of a plain request also what has come of the rest."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _HEAD_LIMIT:
        received = channel.recv(4096)
        if not received:
            return b""
        head += received
    return head


def _shut(channel: socket.socket) -> None:
    try:
        channel.shutdown(socket.SHUT_RDWR)
    except (OSError, ssl.SSLError):
        return
