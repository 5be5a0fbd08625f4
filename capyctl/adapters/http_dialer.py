"""Opening one connection: name, TCP to the first address that answers, tunnel, TLS, all within one limit."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import ssl
from collections.abc import Callable

import httpcore
from msgspec import Struct

from capyctl.adapters.http_stream import SocketStream, TlsStream
from capyctl.adapters.http_tls import TrustError
from capyctl.adapters.http_tunnel import Proxy, TunnelError, open_tunnel
from capyctl.ports.clock import Clock

_STAGGER = 0.25
"""Seconds after which the next address is tried beside the one that has not answered (RFC 8305)."""

_PENDING = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY}
_GATEWAY_FAILURES = {502: "refused", 503: "refused", 504: "connect-timeout"}

_OPENING_ERRORS = (
    OSError,
    ValueError,
    OverflowError,
    TunnelError,
    TrustError,
    httpcore.NetworkError,
    httpcore.TimeoutException,
)
"""What name resolution, sockets, TLS (whose errors are OSErrors) and the streams raise while connecting.

ValueError and OverflowError are for names and ports that no resolver takes.
"""

_Address = tuple[int, int, int, tuple[object, ...]]


class Target(Struct, frozen=True, kw_only=True):
    """Where a connection leads.

    Attributes:
        tls: whether it carries TLS. proxy: makes a tunnel to the host.
        forwards: whether the host is itself a proxy, which is sent whole addresses.
    """

    host: str
    port: int
    tls: bool
    proxy: Proxy | None = None
    forwards: bool = False

    @property
    def name(self) -> str:
        """host:port, with brackets around an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class OpenError(httpcore.ConnectError):
    """No connection.

    Attributes:
        failure: as in ``UnreachableError``. reason: one line for people.
        patience: seconds that whoever asked could wait, where it was still being opened after them; else None.
    """

    def __init__(self, failure: str, reason: str, *, patience: float | None = None) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.patience = patience


class Dialer(Struct, frozen=True, kw_only=True):
    """Opens connections. ``context`` gives the run's one TLS context, made when first needed."""

    clock: Clock
    limit: float
    context: Callable[[], ssl.SSLContext]

    def dial(self, target: Target, step: Callable[[str], None]) -> SocketStream | TlsStream:
        """A stream to the target, ready for requests; ``step`` hears what is being done.

        Raises:
            OpenError: with the failure's word.
        """
        ends = self.clock.monotonic() + self.limit
        peer = target.proxy.name if target.proxy else target.name
        sock: socket.socket | None = None
        try:
            step("dns")
            sock = self._connect(target, step, ends)
            return self._prepare(SocketStream(sock), target, step, ends)
        except _OPENING_ERRORS as error:
            if sock is not None:
                sock.close()
            raise open_error(error, target, peer, connected=sock is not None) from error

    def _connect(self, target: Target, step: Callable[[str], None], ends: float) -> socket.socket:
        host, port = (target.proxy.host, target.proxy.port) if target.proxy else (target.host, target.port)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        step("connect")
        addresses = _alternate([(family, kind, proto, address) for family, kind, proto, _, address in found])
        sock = _Race(addresses, lambda: ends - self.clock.monotonic()).run()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _prepare(
        self, stream: SocketStream, target: Target, step: Callable[[str], None], ends: float
    ) -> SocketStream | TlsStream:
        def left() -> float:
            return max(ends - self.clock.monotonic(), 0.001)

        ready: SocketStream | TlsStream = stream
        if target.proxy is not None and target.proxy.scheme == "https":
            ready = self._over_tls(ready, target.proxy.host, left)
        if target.proxy is not None and target.tls:
            step("tunnel")
            open_tunnel(ready, target.proxy, target.name, left)
        if target.tls:
            step("tls")
            ready = self._over_tls(ready, target.host, left)
        return ready

    def _over_tls(self, stream: SocketStream | TlsStream, host: str, left: Callable[[], float]) -> TlsStream:
        secured = TlsStream(stream, self.context(), host)
        secured.handshake(left)
        return secured


def _alternate(addresses: list[_Address]) -> list[_Address]:
    """Families in turn, the resolver's first choice first, so that one broken family costs little."""
    first = [address for address in addresses if address[0] == addresses[0][0]]
    rest = [address for address in addresses if address[0] != addresses[0][0]]
    mixed: list[_Address] = []
    for index in range(max(len(first), len(rest))):
        mixed += first[index : index + 1] + rest[index : index + 1]
    return mixed


class _Race:
    """Several attempts to connect, begun one after another; the first that succeeds wins."""

    def __init__(self, addresses: list[_Address], left: Callable[[], float]) -> None:
        self._waiting = list(addresses)
        self._left = left
        self._failure: OSError | None = None
        self._sockets: dict[int, socket.socket] = {}

    def run(self) -> socket.socket:
        """The connected socket; the others are closed.

        Raises:
            OSError: the last failure, or TimeoutError when no attempt ended in time.
        """
        try:
            with selectors.DefaultSelector() as selector:
                while (self._waiting or self._sockets) and self._left() > 0:
                    self._begin_next(selector)
                    winner = self._take_winner(selector)
                    if winner is not None:
                        return winner
        finally:
            for loser in self._sockets.values():
                loser.close()
        if self._failure is not None and self._left() > 0:
            raise self._failure
        raise TimeoutError("no address answered in time")

    def _begin_next(self, selector: selectors.BaseSelector) -> None:
        if not self._waiting:
            return
        family, kind, protocol, address = self._waiting.pop(0)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            self._failure = error
            return
        sock.setblocking(False)
        begun = sock.connect_ex(address)
        if begun not in {0, *_PENDING}:
            self._failure = OSError(begun, os.strerror(begun))
            sock.close()
            return
        self._sockets[sock.fileno()] = sock
        selector.register(sock.fileno(), selectors.EVENT_WRITE)

    def _take_winner(self, selector: selectors.BaseSelector) -> socket.socket | None:
        if not self._sockets:
            return None
        pause = min(self._left(), _STAGGER) if self._waiting else self._left()
        for key, _ in selector.select(max(pause, 0)):
            selector.unregister(key.fd)
            sock = self._sockets.pop(key.fd)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                return sock
            self._failure = OSError(code, os.strerror(code))
            sock.close()
        return None


def open_error(error: Exception, target: Target, peer: str, *, connected: bool) -> OpenError:
    """What a failure to open means; reaching the proxy is the proxy's matter, what follows the source's."""
    if isinstance(error, TunnelError):
        return _tunnel_error(error, target, peer)
    if isinstance(error, TrustError):
        return OpenError("tls", f"the certificate authorities cannot be loaded: {error}")
    failure = failure_of(error)
    what = _WORDS.get(failure, "failed")
    if target.forwards or (target.proxy is not None and not connected):
        return OpenError("proxy", f"the proxy {peer} cannot be reached: {what}")
    through = f" through the proxy {peer}" if target.proxy is not None else ""
    detail = f" ({_verification(error)})" if failure == "tls" else ""
    return OpenError(failure, f"no connection to {target.name}{through}: {what}{detail}")


_WORDS = {
    "dns": "its name cannot be resolved",
    "refused": "the connection was refused",
    "reset": "the connection was closed while it was being set up",
    "connect-timeout": "nothing answered in time",
    "tls": "the certificate or the TLS handshake was not acceptable",
}


_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), "reset"),
    ((ssl.SSLError, ssl.CertificateError), "tls"),
    ((socket.gaierror, ValueError), "dns"),
    ((TimeoutError, httpcore.TimeoutException), "connect-timeout"),
    ((ConnectionResetError, ConnectionAbortedError, BrokenPipeError), "reset"),
    ((httpcore.ReadError, httpcore.WriteError), "reset"),
)


def failure_of(error: BaseException) -> str:
    """The failure's word for an exception of sockets, TLS or httpcore met while connecting."""
    for classes, failure in _FAILURES:
        if isinstance(error, classes):
            return failure
    return "refused"


def _tunnel_error(error: TunnelError, target: Target, peer: str) -> OpenError:
    """A gateway's 502, 503 or 504 is about the source; every other answer is the proxy's own no."""
    failure = _GATEWAY_FAILURES.get(error.status or 0, "proxy")
    said = f"answered {error.status}" if error.status is not None else "gave an answer that is no HTTP"
    return OpenError(failure, f"the proxy {peer} {said} when asked for a tunnel to {target.name}")


def _verification(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return getattr(error, "verify_message", "") or "not verified"
    return getattr(error, "reason", None) or type(error).__name__
