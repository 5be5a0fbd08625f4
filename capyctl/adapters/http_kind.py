"""Whether a body is of the kind that was asked for, before anybody parses it (E7, last row; W-45)."""

from __future__ import annotations

import re

from capyctl.core.pattern import pattern
from capyctl.ports.fetch_errors import BadAnswerError, FetchError
from capyctl.ports.http import Expect

_LFS = b"version https://git-lfs.github.com/spec/"
_HTML = pattern(rb"<(?:!doctype\s+html|html|head|body|title|meta|script|!--)", re.IGNORECASE)
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_LEADING = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_BINARY_SIGNS = (b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"\x7fELF", b"\x89PNG", b"\xfd7zXZ")


class BodyError(Exception):
    """A body that is not accepted: the error's class, the failure's word and the reason."""

    def __init__(self, failure: str, reason: str, kind: type[FetchError] = BadAnswerError) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.kind = kind


def check_kind(body: bytes, expect: Expect, media_type: str | None) -> None:
    """Tell a wrong kind of body from a right one.

    Raises:
        BodyError: ``empty``, ``lfs-pointer``, ``html``, ``binary``, ``json-record`` or ``malformed``.
    """
    whole = body.removeprefix(_BOM)
    start = whole[:4096].lstrip(_LEADING)
    if expect in {Expect.YAML, Expect.JSON} and (not whole or whole.isspace()):
        raise BodyError("empty", "the answer is empty")
    if start.startswith(_LFS):
        raise BodyError("lfs-pointer", "the answer is a Git LFS pointer, not the file that it stands for")
    if expect is Expect.BYTES:
        return
    if start.startswith(b"<") and (media_type in HTML_TYPES or _HTML().match(start)):
        raise BodyError("html", "the answer is a web page")
    if body.startswith(_BINARY_SIGNS) or b"\0" in body:
        raise BodyError("binary", "the answer is not text")
    if expect is Expect.JSON and not start.startswith((b"{", b"[")):
        raise BodyError("malformed", "the answer is not JSON")
    if expect is Expect.YAML:
        _check_yaml(body, start)


def is_html(body: bytes) -> bool:
    """Whether a body begins as a web page does."""
    return bool(_HTML().match(body.removeprefix(_BOM)[:4096].lstrip(_LEADING)))


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
    import json  # noqa: PLC0415 - start-up budget; few release files begin like JSON

    try:
        value = json.loads(body.removeprefix(_BOM))
    except (ValueError, RecursionError):
        return False
    if isinstance(value, dict):
        return not {"apiVersion", "kind", "releaseSeries"} & value.keys()
    return not (isinstance(value, list) and value and all(isinstance(v, dict) and "kind" in v for v in value))
