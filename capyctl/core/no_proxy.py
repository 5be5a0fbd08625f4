"""Which HTTP proxy a request goes through, chosen as the Go runtime and so clusterctl choose it.

``NO_PROXY`` takes host names, ``.domain``, ``*.domain``, addresses, networks, ports and ``*``; loopback is
always direct (libraries.md 3.4).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from capyctl.core.pattern import pattern
from capyctl.core.userinfo import Userinfo, userinfo_of

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = pattern(r"[\w.:-]*[\w.]\Z")
_SCHEMES = ("http", "https", "socks5", "socks5h")


class Proxy(Struct, frozen=True, kw_only=True):
    """A proxy: its address without credentials, and the credential it is given, if any."""

    url: str
    userinfo: Userinfo | None = None


class MalformedProxyError(ValueError):
    """A proxy variable that is no address; the message never repeats its value."""


class ProxyRules(Struct, frozen=True, kw_only=True):
    """The proxy variables of this run; build with `proxy_rules`."""

    http: Proxy | None = None
    https: Proxy | None = None
    exceptions: tuple[str, ...] = ()

    def proxy_for(self, url: str) -> Proxy | None:
        """The proxy for an absolute http or https address, or None for a direct connection."""
        parts = urlsplit(url)
        proxy = {"http": self.http, "https": self.https}.get(parts.scheme)
        host = (parts.hostname or "").lower()
        if proxy is None or _is_loopback(host):
            return None
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return None if any(_excepts(rule, host, port) for rule in self.exceptions) else proxy


def proxy_rules(lookup: Callable[[str], str | None]) -> ProxyRules:
    """Read HTTP_PROXY, HTTPS_PROXY and NO_PROXY, the upper-case spelling first, as Go does.

    Raises:
        MalformedProxyError: a proxy variable is no address.
    """

    def either(name: str) -> str:
        return lookup(name) or lookup(name.lower()) or ""

    rules = (rule.strip().lower() for rule in either("NO_PROXY").split(","))
    return ProxyRules(
        http=_proxy("HTTP_PROXY", either("HTTP_PROXY")),
        https=_proxy("HTTPS_PROXY", either("HTTPS_PROXY")),
        exceptions=tuple(rule for rule in rules if rule),
    )


def _proxy(name: str, value: str) -> Proxy | None:
    """An address, or ``host:port`` which stands for http."""
    text = value.strip()
    if not text:
        return None
    malformed = MalformedProxyError(f"{name} is not the address of a proxy")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise malformed from None
    if parts.scheme not in _SCHEMES or not _HOST().match(host):
        raise malformed
    authority = f"[{host}]" if ":" in host else host
    netloc = authority if port is None else f"{authority}:{port}"
    return Proxy(url=urlunsplit((parts.scheme, netloc, "", "", "")), userinfo=userinfo_of(parts))


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _excepts(rule: str, host: str, port: int) -> bool:
    """Whether one item of NO_PROXY covers this host and port."""
    if rule == "*":
        return True
    address = _address(host)
    if "/" in rule:
        return address is not None and _in_network(address, rule)
    name, rule_port = _split_port(rule)
    if not name or rule_port not in (None, str(port)):
        return False
    if (rule_address := _address(name)) is not None:
        return rule_address == address
    suffix = name[1:] if name.startswith("*.") else name
    return host.endswith(suffix) if suffix.startswith(".") else host == suffix or host.endswith(f".{suffix}")


def _in_network(address: _Address, rule: str) -> bool:
    try:
        return address in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return False


def _split_port(rule: str) -> tuple[str, str | None]:
    """Host and port of an item; brackets go only where a port follows, as in Go (run, not read)."""
    if rule.startswith("["):
        host, closed, rest = rule[1:].partition("]")
        return (host, rest[1:]) if closed and rest.startswith(":") else (rule, None)
    host, colon, port = rule.rpartition(":")
    return (host, port) if colon and ":" not in host else (rule, None)
