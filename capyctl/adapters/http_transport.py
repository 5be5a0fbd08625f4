"""The transport under httpx: httpcore's pools over connections that this run opens itself."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator

import httpcore
import httpx

from capyctl.adapters.http_dialer import Dialer, OpenError, Target
from capyctl.adapters.http_openings import Openings
from capyctl.adapters.http_patience import seconds_of
from capyctl.adapters.http_settings import HttpSettings
from capyctl.adapters.http_stream import AnswerStream
from capyctl.adapters.http_tls import tls_context
from capyctl.adapters.http_tunnel import Proxy, ProxyAddressError, parse_proxy
from capyctl.ports.clock import Clock

_PORTS = {"http": 80, "https": 443}


class PooledTransport(httpx.BaseTransport):
    """Sends requests over kept connections; TLS goes through a tunnel where the run has a proxy for it."""

    def __init__(self, settings: HttpSettings, clock: Clock) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._pools: dict[str, httpcore.ConnectionPool] = {}
        dialer = Dialer(clock=clock, limit=settings.limits.connect, context=self._shared_context)
        self._openings = Openings(dialer, settings.limits.warm)

    def warm(self, host: str, port: int) -> None:
        """Open a connection to a TLS host in the background, tunnel and handshake included.

        Raises:
            OpenError: the proxy's address cannot be used.
        """
        self._openings.open_early(self._secure_target(host, port))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool_for(request.url).handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_AnswerBody(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """End every connection at once; threads that wait for an answer get an error."""
        self._openings.close()
        with self._lock:
            pools = list(self._pools.values())
        for connection in (one for pool in pools for one in pool.connections):
            if connection.is_idle():
                connection.close()

    def _pool_for(self, url: httpx.URL) -> httpcore.ConnectionPool:
        if url.scheme == "https":
            return self._pool("https", lambda: _Backend(self._openings, self._secure_target))
        address = self._settings.proxy_for(str(url))
        if address is None:
            return self._pool("http", lambda: _Backend(self._openings, _plain_target))
        return self._pool(f"proxy {address}", lambda: _Backend(self._openings, _forwarding(address)), address)

    def _pool(
        self, key: str, backend: Callable[[], httpcore.NetworkBackend], proxy: str | None = None
    ) -> httpcore.ConnectionPool:
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._new_pool(backend(), proxy)
            return self._pools[key]

    def _new_pool(self, backend: httpcore.NetworkBackend, address: str | None) -> httpcore.ConnectionPool:
        # httpcore would load a bundle for a context of its own; the streams here bring their TLS with them.
        unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        limit = self._settings.limits.connections
        if address is None:
            return httpcore.ConnectionPool(
                ssl_context=unused,
                max_connections=limit,
                max_keepalive_connections=limit,
                network_backend=backend,
            )
        proxy = _usable(address)
        return httpcore.HTTPProxy(
            proxy_url=f"{proxy.scheme}://{_bracketed(proxy.host)}:{proxy.port}",
            proxy_headers=[("Proxy-Authorization", proxy.authorization)] if proxy.authorization else None,
            ssl_context=unused,
            proxy_ssl_context=unused if proxy.scheme == "https" else None,
            max_connections=limit,
            max_keepalive_connections=limit,
            network_backend=backend,
        )

    def _secure_target(self, host: str, port: int) -> Target:
        address = self._settings.proxy_for(f"https://{_bracketed(host)}:{port}/")
        return Target(host=host, port=port, tls=True, proxy=_usable(address) if address else None)

    def _shared_context(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = tls_context(self._settings.trust)
            return self._context


class _Backend(httpcore.NetworkBackend):
    """Gives httpcore connections that are ready, tunnel and TLS included."""

    def __init__(self, openings: Openings, target: Callable[[str, int], Target]) -> None:
        self._openings = openings
        self._target = target

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del local_address, socket_options
        return self._openings.connect(self._target(host, port), lambda: seconds_of(timeout) or 0.0)


class _AnswerBody(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        stream = self._answer.extensions.get("network_stream")
        if isinstance(stream, AnswerStream):
            stream.rest()
        self._answer.close()


def _plain_target(host: str, port: int) -> Target:
    return Target(host=host, port=port, tls=False)


def _forwarding(address: str) -> Callable[[str, int], Target]:
    """Plain HTTP through a proxy: the connection leads to the proxy itself, which is sent whole addresses."""
    secure = _usable(address).scheme == "https"

    def target(host: str, port: int) -> Target:
        return Target(host=host, port=port, tls=secure, forwards=True)

    return target


def _usable(address: str) -> Proxy:
    try:
        return parse_proxy(address)
    except ProxyAddressError as error:
        raise OpenError("proxy", str(error)) from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def host_and_port(host: str, scheme: str = "https") -> tuple[str, int]:
    """Split ``host[:port]``; an IPv6 address is in brackets."""
    url = httpx.URL(f"{scheme}://{host}/")
    return url.raw_host.decode("ascii"), url.port or _PORTS[scheme]
