"""A reverse proxy in front of the API server that counts, refuses, slows and breaks (issue 4 section 4)."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from tests.plugins.api_exchange import Seen, converse
from tests.plugins.api_faults import NOT_A_READ, Asked, Fault, Rule
from tests.plugins.processes import HANG_SECONDS, ReservedPort
from tests.plugins.running_cluster import Context, ControlPlane


class _Encrypted(ssl.SSLSocket):
    """Closes itself where nobody can: ssl forgets the socket of a peer that left just before the handshake."""

    def __del__(self) -> None:
        self.close()


class ApiProxy:
    """A running proxy. ``rule``, ``read_only`` and ``latency`` (seconds a round trip) may change at any time."""

    def __init__(self, plane: ControlPlane, folder: Path, port: ReservedPort) -> None:
        self.read_only = False
        self.latency = 0.0
        self.rule: Rule | None = None
        self.ca_file = folder / "proxy-ca.pem"
        self._plane = plane
        self._upstream = ssl.create_default_context(cafile=str(plane.ca_file))
        self._upstream.sslsocket_class = _Encrypted
        self._served = self._serving_context()
        self._port = port
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._count = 0
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """Where clients ask."""
        return f"https://127.0.0.1:{self._port.number}"

    def context(self, user: str = "admin") -> Context:
        """A kubeconfig's context that goes through the proxy."""
        return Context(user=user, server=self.url, ca_file=self.ca_file)

    def kubeconfig(self, user: str = "admin") -> Path:
        """A kubeconfig with that one context."""
        return self._plane.kubeconfig(contexts={user: self.context(user)})

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every request so far, in the order they were answered."""
        with self._lock:
            return tuple(self._seen)

    @property
    def writes(self) -> tuple[Asked, ...]:
        """The requests that were no reads, passed on or not."""
        return tuple(each.asked for each in self.seen if not each.asked.reads)

    def forget(self) -> None:
        """Count from 1 again."""
        with self._lock:
            self._seen.clear()
            self._count = 0

    def listen(self) -> None:
        """Take connections, for the first time or again after ``refuse``."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", self._port.number))
        listener.listen(128)
        self._listener = listener
        self._spawn(lambda: self._accept(listener))

    def refuse(self) -> None:
        """Refuse new connections and drop the open ones, as a server that is not up yet; the port stays ours."""
        listener, self._listener = self._listener, None
        if listener:
            drop(listener)
        with self._lock:
            connections = tuple(self._open)
        for each in connections:
            drop(each)

    def close(self) -> None:
        """End every connection and thread."""
        self.stopping.set()
        self.refuse()
        for each in self._threads:
            each.join(HANG_SECONDS)

    def count(self, method: str, target: str, agent: str, size: int) -> Asked:
        """Give a request its number."""
        parts = urlsplit(target)
        with self._lock:
            self._count += 1
            number = self._count
            return Asked(
                number=number, method=method, path=parts.path, query=parts.query, agent=agent, size=size
            )

    def note(self, seen: Seen) -> None:
        """Write a request down."""
        with self._lock:
            self._seen.append(seen)

    def fault_of(self, asked: Asked) -> Fault | None:
        """What happens to a request in place of the server's answer."""
        if self.read_only and not asked.reads:
            return NOT_A_READ
        return self.rule(asked) if self.rule else None

    def travel(self) -> None:
        """Wait for one round trip."""
        if self.latency:
            self.stopping.wait(self.latency)

    def dial(self) -> http.client.HTTPSConnection:
        """A new connection to the API server itself."""
        parts = urlsplit(self._plane.url)
        made = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, context=self._upstream, timeout=HANG_SECONDS
        )
        made.connect()
        made.sock.settimeout(None)  # a watch may have nothing to tell for minutes
        return made

    @contextmanager
    def holding(self, connection: socket.socket) -> Iterator[None]:
        """Keep a connection within ``refuse``'s reach while it is in use."""
        with self._lock:
            self._open.add(connection)
        if self._listener is None:  # refused while this one was on its way in
            drop(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _serving_context(self) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslsocket_class = _Encrypted
        authority.issue_cert("127.0.0.1").configure_cert(context)
        return context

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()]
        thread.start()
        self._threads.append(thread)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                listener.close()
                return
            self._spawn(partial(self._serve, connection))

    def _serve(self, plain: socket.socket) -> None:
        self.travel()
        with contextlib.suppress(OSError), self.holding(plain):
            connection = self._served.wrap_socket(plain, server_side=True)
            with self.holding(connection):
                self.travel()
                converse(self, connection)


def drop(connection: socket.socket) -> None:
    """End a connection under the hands of whoever reads from it."""
    with contextlib.suppress(OSError):
        # Past ssl's own shutdown, which takes the cipher away from a thread that is using it.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextmanager
def open_api_proxy(
    plane: ControlPlane, folder: Path, *, read_only: bool = False, latency: float = 0.0
) -> Iterator[ApiProxy]:
    """Run a proxy in front of a control plane."""
    with ReservedPort() as port:
        proxy = ApiProxy(plane, folder, port)
        proxy.read_only, proxy.latency = read_only, latency
        proxy.listen()
        try:
            yield proxy
        finally:
            proxy.close()
