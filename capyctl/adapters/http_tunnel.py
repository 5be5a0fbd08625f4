"""A tunnel through an HTTP proxy (CONNECT), made here so that it can be made before anything is asked."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import httpcore
from msgspec import Struct

from capyctl.core.repr_without import repr_without

_HEAD_LIMIT = 16 * 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}


class TunnelError(Exception):
    """The proxy did not open the tunnel.

    Attributes:
        status: what it answered, or None where that was no HTTP.
    """

    def __init__(self, status: int | None) -> None:
        super().__init__(f"the proxy answered {status}")
        self.status = status


class ProxyAddressError(Exception):
    """A proxy's address of a form that cannot be used; the text names no credential."""


class Proxy(Struct, frozen=True, kw_only=True):
    """An HTTP proxy; ``authorization`` is the value of its header, or None."""

    scheme: str
    host: str
    port: int
    authorization: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "authorization")

    @property
    def name(self) -> str:
        """host:port, for people."""
        return f"{self.host}:{self.port}"


def parse_proxy(address: str) -> Proxy:
    """Read ``[scheme://][user:password@]host[:port]``; without a scheme it is HTTP, as in Go.

    Raises:
        ProxyAddressError: another scheme than http and https, no host, or no usable port.
    """
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme not in _DEFAULT_PORTS:
        raise ProxyAddressError(f"proxies of the scheme {parts.scheme!r} are not supported")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ProxyAddressError("the proxy's address has no usable port") from error
    if not host:
        raise ProxyAddressError("the proxy's address names no host")
    return Proxy(
        scheme=parts.scheme,
        host=host,
        port=port or _DEFAULT_PORTS[parts.scheme],
        authorization=_basic(parts.username, parts.password),
    )


def _basic(username: str | None, password: str | None) -> str | None:
    if username is None and password is None:
        return None
    pair = f"{unquote(username or '')}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def open_tunnel(
    stream: httpcore.NetworkStream, proxy: Proxy, target: str, timeout: Callable[[], float]
) -> None:
    """Ask the proxy for a tunnel to ``target`` (host:port) and read its answer's head, nothing more.

    Raises:
        TunnelError: any status but 2xx, or an answer that is no HTTP.
        httpcore.NetworkError, httpcore.TimeoutException: the connection to the proxy failed.
    """
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    stream.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), timeout())
    head = _read_head(stream, timeout)
    status = _status(head)
    if status is None or not 200 <= status < 300:
        raise TunnelError(status)


def _read_head(stream: httpcore.NetworkStream, timeout: Callable[[], float]) -> bytes:
    """Up to the blank line. In a tunnel the client speaks first, so nothing can follow it yet."""
    head = b""
    while b"\r\n\r\n" not in head and b"\n\n" not in head:
        data = stream.read(_HEAD_LIMIT, timeout())
        if not data and not head:
            raise httpcore.ReadError("the proxy closed the connection")
        if not data or len(head) > _HEAD_LIMIT:
            raise TunnelError(None)
        head += data
    return head


def _status(head: bytes) -> int | None:
    words = head.split(b"\r\n", 1)[0].split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        return None
    return int(words[1][:3])
