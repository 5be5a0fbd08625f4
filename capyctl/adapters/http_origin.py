"""Addresses compared by where they lead: scheme, host and port."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit


def is_address(url: str) -> bool:
    """Whether a text is an HTTP address with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def joined(base: str, link: str) -> str | None:
    """Where a link of an answer leads, given where the answer came from; None for what is no link."""
    try:
        return str(urljoin(base, link))
    except ValueError:
        return None


def same_host(one: str, other: str) -> bool:
    """Whether two addresses have the same scheme, host and port; what is no address has none of them."""
    return is_address(one) and is_address(other) and _origin(one) == _origin(other)


def is_host(url: str, host: str) -> bool:
    """Whether an address is on ``host[:port]``; a missing port is the scheme's own."""
    return same_host(url, f"{url.partition(':')[0]}://{host}/")


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.scheme, (parts.hostname or "").lower(), port)
