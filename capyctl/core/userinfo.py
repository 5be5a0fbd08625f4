"""User name and password taken out of an address, so that no address carries a credential."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote

from msgspec import Struct

from capyctl.core.repr_without import repr_without


class Userinfo(Struct, frozen=True, kw_only=True):
    """What stood before the ``@`` of an address; it appears in no repr."""

    user: str
    password: str

    def __repr__(self) -> str:
        return repr_without(self, "user", "password")

    @property
    def authorization(self) -> str:
        """The value of an ``Authorization`` or ``Proxy-Authorization`` header (HTTP Basic)."""
        import base64  # noqa: PLC0415 - start-up budget

        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def userinfo_of(parts: SplitResult) -> Userinfo | None:
    """The credential inside an address, decoded; None where there is none."""
    text, at, _ = parts.netloc.rpartition("@")
    if not at:
        return None
    user, _, password = text.partition(":")
    return Userinfo(user=unquote(user), password=unquote(password))
