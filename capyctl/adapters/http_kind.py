"""Whether a body is of the kind that was asked for, before anybody parses it (E7, last row; W-45)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping

from capyctl.adapters.http_body import BodyError
from capyctl.core.pattern import pattern
from capyctl.ports.http import Expect, HttpRequest

_LFS = b"version https://git-lfs.github.com/spec/"
_HTML = pattern(rb"<(?:!doctype\s+html|html|head|body|title|meta|script|!--)", re.IGNORECASE)
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_CONTENT_RANGE = pattern(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_LEADING = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_BINARY_SIGNS = (b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"\x7fELF", b"\x89PNG", b"\xfd7zXZ")
_DIGEST_HEADERS = ("content-digest", "repr-digest", "digest")


def check_kind(body: bytes, expect: Expect, media_type: str | None) -> None:
    """Tell a wrong kind of body from a right one.

    Raises:
        BodyError: ``empty``, ``lfs-pointer``, ``html``, ``binary``, ``json-record`` or ``malformed``.
    """
    start = body[:4096].removeprefix(_BOM).lstrip(_LEADING)
    if expect in {Expect.YAML, Expect.JSON} and not body.removeprefix(_BOM).strip():
        raise BodyError("empty", "the answer is empty")
    if start.startswith(_LFS):
        raise BodyError("lfs-pointer", "the answer is a Git LFS pointer, not the file that it stands for")
    if expect is Expect.BYTES:
        return
    if _HTML().match(start) or (media_type in _HTML_TYPES and start.startswith(b"<")):
        raise BodyError("html", "the answer is a web page")
    if body.startswith(_BINARY_SIGNS) or b"\0" in body:
        raise BodyError("binary", "the answer is not text")
    if expect is Expect.JSON and not start.startswith((b"{", b"[")):
        raise BodyError("malformed", "the answer is not JSON")
    if expect is Expect.YAML:
        _check_yaml(body, start)


def _check_yaml(body: bytes, start: bytes) -> None:
    if start.startswith(b"<?xml"):
        raise BodyError("malformed", "the answer is XML")
    if start.startswith((b"{", b"[")) and is_record(body):
        raise BodyError("json-record", "the answer is a JSON record, not the file that was asked for")


def is_record(body: bytes) -> bool:
    """Whether a body is JSON that is no Kubernetes object: a forge's record of the file, or an error.

    Every JSON text is YAML, so a metadata.yaml may well be JSON; then it says so by its apiVersion, its kind
    or its release series.
    """
    try:
        value = json.loads(body.removeprefix(_BOM))
    except (ValueError, RecursionError):
        return False
    if isinstance(value, dict):
        return not {"apiVersion", "kind", "releaseSeries"} & value.keys()
    return not (isinstance(value, list) and value and all(isinstance(v, dict) and "kind" in v for v in value))


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
