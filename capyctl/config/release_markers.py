"""Where release markers are asked (cli.md 7.4)."""

from __future__ import annotations

from urllib.parse import urlsplit

from capyctl.config.environment import Environment

BASE_VARIABLE = "CAPYCTL_RELEASE_MARKERS"
DEFAULT_BASE = "https://dl.k8s.io"


class MarkerAddressError(ValueError):
    """The variable names no address that can be asked; the text says why and shows no credential."""


def marker_base(environment: Environment) -> str:
    """The address below which markers are asked, without a final slash.

    Raises:
        MarkerAddressError: it is no plain ``https://`` address.
    """
    text = (environment.get(BASE_VARIABLE) or "").strip() or DEFAULT_BASE
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise MarkerAddressError(f"{BASE_VARIABLE} is no address that can be asked.") from None
    if not usable:
        raise MarkerAddressError(
            f"{BASE_VARIABLE} takes an https:// address: markers are asked over TLS only."
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise MarkerAddressError(f"{BASE_VARIABLE} takes an address without credentials, query and fragment.")
    return text.rstrip("/")
