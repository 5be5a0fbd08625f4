"""Where a redirect may lead (peers-and-protocols E7)."""

from __future__ import annotations

from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

import httpx

from capyctl.adapters.http_origin import same_host

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


class RedirectError(Exception):
    """A redirect that is not followed; ``failure`` is the word for it."""

    def __init__(self, failure: str, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason


def redirect_target(current: str, location: str) -> str:
    """The absolute target, without user name, password and fragment.

    Raises:
        RedirectError: the Location header is no address.
    """
    try:
        joined = urldefrag(urljoin(current, location.strip())).url
        parts = urlsplit(joined)
        bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
        if parts.scheme in {"http", "https"}:
            bare = str(httpx.URL(bare))
        usable = parts.port != 0  # reading the port of an impossible one is an error, too
    except (ValueError, httpx.InvalidURL) as error:
        raise RedirectError("malformed", "a redirect names no usable address") from error
    if not usable:
        raise RedirectError("malformed", "a redirect names port 0")
    return bare


def check_redirect(current: str, target: str, status: int, *, moves_within_host: bool) -> None:
    """Refuse a target that no redirect may have.

    Raises:
        RedirectError: a foreign scheme, from HTTPS to HTTP, no host, or a rename that leads to another host.
    """
    old, new = urlsplit(current), urlsplit(target)
    if new.scheme not in {"http", "https"} or not new.hostname:
        raise RedirectError("redirect-refused", f"a redirect leads to an address of the kind {new.scheme!r}")
    if old.scheme == "https" and new.scheme == "http":
        raise RedirectError("redirect-refused", f"a redirect leads from HTTPS to plain HTTP on {new.netloc}")
    if moves_within_host and status in _PERMANENT and not same_host(current, target):
        raise RedirectError("redirect-refused", f"a permanent redirect leads to another host, {new.netloc}")
