"""Whether a body is the very one that its host states, and the part that was asked for (E7, last row)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping

from capyctl.adapters.http_kind import BodyError
from capyctl.core.pattern import pattern
from capyctl.ports.http import HttpRequest

_CONTENT_RANGE = pattern(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_DIGEST_HEADERS = ("content-digest", "repr-digest", "digest")


def check_identity(body: bytes, request: HttpRequest, headers: Mapping[str, str]) -> None:
    """Compare a whole body with the size and digests that its host states.

    Raises:
        BodyError: ``size-differs`` or ``digest-differs``.
    """
    if request.expected_size is not None and len(body) != request.expected_size:
        raise BodyError(
            "size-differs", f"the file has {len(body)} bytes; its host states {request.expected_size}"
        )
    expected = request.expected_sha256
    if expected is not None and hashlib.sha256(body).hexdigest() != expected.lower():
        raise BodyError("digest-differs", "the file does not have the digest that its host states")
    if "content-encoding" not in headers:
        _check_header_digests(body, headers)


def _check_header_digests(body: bytes, headers: Mapping[str, str]) -> None:
    for name in _DIGEST_HEADERS:
        match = re.search(r"sha-256=:?([A-Za-z0-9+/]{43}=)", headers.get(name, ""), re.IGNORECASE)
        if match and base64.b64decode(match[1]) != hashlib.sha256(body).digest():
            raise BodyError("digest-differs", f"the answer does not have the digest of its {name} header")
    stated = _md5(headers.get("content-md5") or headers.get("x-ms-blob-content-md5") or "")
    if stated is not None and stated != hashlib.md5(body, usedforsecurity=False).digest():
        raise BodyError("digest-differs", "the answer does not have the MD5 sum that its host states")


def _md5(text: str) -> bytes | None:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == 16 else None


def check_range(status: int, request: HttpRequest, headers: Mapping[str, str], size: int) -> None:
    """Compare a partial answer with the range that was asked for.

    Raises:
        BodyError: ``malformed`` for a part nobody asked for, ``truncated`` for one of another length.
    """
    if status != 206:
        return
    match = _CONTENT_RANGE().fullmatch(headers.get("content-range", "").strip())
    if request.byte_range is None or match is None:
        raise BodyError("malformed", "the answer is a part that was not asked for")
    first, last = int(match[1]), int(match[2])
    asked_first, asked_last = request.byte_range
    wrong_start = asked_first >= 0 and first != asked_first
    if wrong_start or (asked_first >= 0 and asked_last is not None and last > asked_last):
        raise BodyError("malformed", "the answer is another part than the one asked for")
    if size != last - first + 1:
        raise BodyError("truncated", f"the part has {size} bytes where {last - first + 1} were announced")
