"""A certificate authority made for one run; needs the extra ``lab`` (trustme)."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path

import trustme


class RunAuthority:
    """Signs one certificate for all hosts of the world, and one that nobody trusts."""

    def __init__(self, hosts: Iterable[str]) -> None:
        names = sorted(hosts)
        self._authority = trustme.CA(organization_name="capyctl lab")
        self.trusted = _context(self._authority, names)
        self._names = names

    def untrusted(self) -> ssl.SSLContext:
        """A context whose certificate another authority signed."""
        return _context(trustme.CA(organization_name="a stranger"), self._names)

    def write(self, path: Path) -> None:
        """Write the authority's certificate for clients to trust."""
        self._authority.cert_pem.write_to_path(str(path))


def _context(authority: trustme.CA, names: list[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    authority.issue_cert(*names).configure_cert(context)
    return context
