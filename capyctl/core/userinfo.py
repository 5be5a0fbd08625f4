"""User name and password taken out of an address, so that no address carries a credential."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class Userinfo:
    """What stood before the ``@`` of an address; it appears in no repr."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def authorization(self) -> str:
        """The value of an ``Authorization`` or ``Proxy-Authorization`` header (HTTP Basic)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def userinfo_of(parts: SplitResult) -> Userinfo | None:
    """The credential inside an address, decoded; None where there is none."""
    text, at, _ = parts.netloc.rpartition("@")
    if not at:
        return None
    user, _, password = text.partition(":")
    return Userinfo(user=unquote(user), password=unquote(password))
