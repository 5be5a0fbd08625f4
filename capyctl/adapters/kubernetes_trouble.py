"""What a failed exchange with an API server means: an exception of urllib3, or a status and its body (issue 4, 1.2)."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from collections.abc import Mapping
from typing import cast

import urllib3.exceptions as broken
from msgspec import Struct

from capyctl.adapters.kubernetes_text import plain_line
from capyctl.core.api_object import text_at
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.pattern import pattern
from capyctl.core.shown_address import shown_address

EXCHANGE_ERRORS: tuple[type[Exception], ...] = (broken.HTTPError, OSError, ValueError)
"""What an exchange can raise; ``ValueError`` is an address or a header that cannot be sent."""

_STARTING = frozenset({502, 503, 504})
_BY_STATUS = {
    401: ApiTrouble.UNAUTHENTICATED,
    403: ApiTrouble.FORBIDDEN,
    408: ApiTrouble.FAILED,
    429: ApiTrouble.BUSY,
    **dict.fromkeys(_STARTING, ApiTrouble.STARTING),
}
_MARKUP = pattern(rb"\s*<", re.ASCII)
_SPOKE_HTTP = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_PROXY_STATUS = pattern(r"Tunnel connection failed: (\d{3})")


class Trouble(Struct, frozen=True, kw_only=True):
    """A trouble, its one line, and what a Status object says in detail: fields with messages."""

    kind: ApiTrouble
    reason: str
    causes: tuple[tuple[str, str], ...] = ()


def trouble_of_error(error: Exception, *, in_body: bool) -> Trouble:
    """What an exception of ``EXCHANGE_ERRORS`` means; ``in_body`` once the head of an answer had come."""
    root = _root(error)
    if isinstance(error, broken.ProxyError):
        return _trouble_of_proxy(root)
    if isinstance(root, ssl.SSLError) and not isinstance(root, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _trouble_of_tls(root)
    if isinstance(error, broken.NewConnectionError):
        return _trouble_of_connection(error, root)
    if isinstance(error, broken.TimeoutError) or isinstance(root, TimeoutError):
        return _trouble_of_silence(error, in_body=in_body)
    if in_body:
        return Trouble(kind=ApiTrouble.CUT, reason="the answer ended before it was complete")
    return _trouble_of_connection(error, root)


def trouble_of_status(status: int, media_type: str, body: bytes, location: str | None) -> Trouble | None:
    """What an answer with a status other than success means; None where it says that there is no such thing."""
    if status == 404 and not _is_page(media_type, body):
        return None
    said = message_of(media_type, body)
    if 300 <= status < 400:
        reason = f"it answers with a redirect ({status}) to {_shown(location)}"
        return Trouble(kind=ApiTrouble.MALFORMED, reason=reason)
    if _is_page(media_type, body) and status not in _STARTING:
        reason = f"status {status} with a web page: {said}"
        return Trouble(kind=ApiTrouble.MALFORMED, reason=reason)
    return Trouble(
        kind=_kind_of_status(status, said), reason=f"status {status}: {said}" if said else f"status {status}"
    )


def message_of(media_type: str, body: bytes) -> str:
    """The server's own words in an answer that is no success: a Status object's message, a page's title, a text."""
    found = _json_object(body)
    if found is not None:
        return plain_line(text_at(found, "message") or text_at(found, "reason"))
    text = body.decode("utf-8", "replace")
    if _is_page(media_type, body):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return plain_line(title[1], 120) if title else "a page without a title"
    return plain_line(text)


def is_page(media_type: str, body: bytes) -> bool:
    """Whether an answer is a web page, such as a proxy's way to sign in."""
    return _is_page(media_type, body)


def _shown(location: str | None) -> str:
    """Where a redirect leads; the page to sign in is often given a token in its query."""
    return plain_line(shown_address(location), 200) if location else "nowhere"


def _kind_of_status(status: int, said: str) -> ApiTrouble:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ApiTrouble.FAILED
    if status == 400 and "HTTP request to an HTTPS server" in said:
        return ApiTrouble.MALFORMED
    return ApiTrouble.REJECTED


def _trouble_of_connection(error: Exception, root: BaseException) -> Trouble:
    """A connection that was not made, or that ended before an answer began."""
    if isinstance(error, broken.NameResolutionError) or isinstance(root, socket.gaierror):
        return Trouble(kind=ApiTrouble.UNRESOLVED, reason="its host name has no address")
    if isinstance(root, ConnectionRefusedError):
        return Trouble(kind=ApiTrouble.REFUSED, reason="the connection was refused")
    if isinstance(error, broken.NewConnectionError):
        return Trouble(kind=ApiTrouble.REFUSED, reason=f"no connection: {_words(root)}")
    if isinstance(root, http.client.RemoteDisconnected | OSError):
        return Trouble(kind=ApiTrouble.RESET, reason="it closed the connection without an answer")
    if isinstance(root, http.client.HTTPException):
        return Trouble(kind=ApiTrouble.MALFORMED, reason="it answered with something else than HTTP")
    return Trouble(kind=ApiTrouble.MALFORMED, reason=f"it cannot be asked: {_unsendable(error)}")


def _unsendable(error: Exception) -> str:
    """Without the bytes that http.client quotes: of all headers only the credential comes from outside."""
    return plain_line(str(error).partition(" b'")[0].partition(' b"')[0], 200)


def _trouble_of_proxy(root: BaseException) -> Trouble:
    found = _PROXY_STATUS().search(str(root))
    status = int(found[1]) if found else 0
    if status == 407:
        return Trouble(
            kind=ApiTrouble.CREDENTIAL, reason="the proxy on the way to it demands a credential (407)"
        )
    if 400 <= status < 500:
        return Trouble(
            kind=ApiTrouble.REJECTED, reason=f"the proxy on the way to it refuses (status {status})"
        )
    how = f"answered with status {status}" if status else f"cannot be used: {_words(root)}"
    return Trouble(kind=ApiTrouble.PROXY, reason=f"the proxy on the way to it {how}")


def _trouble_of_tls(root: ssl.SSLError) -> Trouble:
    said = plain_line(str(getattr(root, "verify_message", "") or root.reason or root), 200)
    if isinstance(root, ssl.SSLCertVerificationError):
        if "mismatch" in said.lower():
            return Trouble(kind=ApiTrouble.WRONG_HOST, reason=f"its certificate is for another name: {said}")
        return Trouble(kind=ApiTrouble.CERTIFICATE, reason=f"its certificate is not trusted: {said}")
    if any(word in str(root).upper().replace(" ", "_") for word in _SPOKE_HTTP):
        return Trouble(kind=ApiTrouble.MALFORMED, reason="it does not speak TLS on this port")
    if "ALERT" in str(root).upper():
        reason = f"it refused the TLS handshake, perhaps for the client certificate: {said}"
        return Trouble(kind=ApiTrouble.CERTIFICATE, reason=reason)
    return Trouble(kind=ApiTrouble.CERTIFICATE, reason=f"the TLS handshake failed: {said}")


def _trouble_of_silence(error: Exception, *, in_body: bool) -> Trouble:
    if isinstance(error, broken.ConnectTimeoutError):
        return Trouble(kind=ApiTrouble.SILENT, reason="no connection could be opened in time")
    if in_body:
        return Trouble(kind=ApiTrouble.CUT, reason="it stopped in the middle of its answer")
    return Trouble(kind=ApiTrouble.SILENT, reason="it took the question and was silent")


def _root(error: BaseException) -> BaseException:
    """The exception at the bottom, which is the operating system's, OpenSSL's or http.client's."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = next((each for each in reversed(error.args) if isinstance(each, BaseException)), None)
        below = inner or error.__cause__ or error.__context__
        if below is None:
            break
        error = below
    return error


def _words(root: BaseException) -> str:
    return plain_line(getattr(root, "strerror", None) or str(root), 200)


def _is_page(media_type: str, body: bytes) -> bool:
    return "html" in media_type.lower() or bool(_MARKUP().match(body))


def _json_object(body: bytes) -> Mapping[str, object] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None
