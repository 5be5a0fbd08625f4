"""GOPROXY as clusterctl reads it: the first usable element alone, and of it scheme and host (section 5.1)."""

from __future__ import annotations

from urllib.parse import urlsplit

from capyctl.core.goproxy_list import DEFAULT_PROXY
from capyctl.core.pattern import pattern

_SEPARATOR = pattern(r"[,|]")


def clusterctl_proxy(value: str | None) -> str | None:
    """``scheme://host`` of the proxy clusterctl would ask, or None where it asks none that can answer.

    None stands for switched off (``off``, ``direct``, a blank), for a value it fails on, and for an address
    it cannot use (``file:``, no host): the cases that are not emulated as "GOPROXY unset".
    """
    if not value:
        return DEFAULT_PROXY
    for element in _SEPARATOR().split(value):
        if text := element.strip():
            return None if text in ("off", "direct") else _scheme_and_host(text)
    return None


def _scheme_and_host(text: str) -> str | None:
    if any(mark in text for mark in ".:/") and ":/" not in text and not text.startswith("/"):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = parts.netloc.rpartition("@")[2]
        parts.port  # noqa: B018  # a malformed port raises
    except ValueError:
        return None
    return f"{parts.scheme}://{host}" if parts.scheme in ("http", "https") and host else None
