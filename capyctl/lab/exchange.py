"""Questions that reach the lab and the replies to them, as values; nothing here touches a socket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, unquote

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.pattern import pattern

_RANGE = pattern(r"bytes=(\d*)-(\d*)\Z")
_FILE_DATE = "Wed, 01 Jan 2025 00:00:00 GMT"


class Question(Struct, frozen=True, kw_only=True):
    """A request as it arrived: header names in lower case, ``target`` with its query."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    scheme: str = "https"

    @property
    def path(self) -> str:
        """The path as sent, still encoded, without the query."""
        return self.target.partition("?")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """Parts of the path, decoded one by one, so that ``%2F`` stays inside its part."""
        return tuple(unquote(part) for part in self.path.split("/")[1:])

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last."""
        return {name: values[-1] for name, values in parse_qs(self.target.partition("?")[2]).items()}

    def whole(self, name: str, default: int) -> int:
        """A query parameter that counts something, at least 1; anything else is the default."""
        text = self.query.get(name, "")
        return max(1, int(text)) if text.isascii() and text.isdecimal() else default

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.host}{self.target}"


class Reply(Struct, frozen=True, kw_only=True):
    """An answer, and what it is about, so that faults can be narrowed to it.

    Attributes:
        route: name of the route, as in evidence (``github-web``, ``goproxy`` and so on).
        repository, file: the subject. carries_file: whether the body is that file itself.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    route: str = ""
    repository: str | None = None
    file: str | None = None
    carries_file: bool = False

    def about(self, *, route: str, repository: str | None = None, file: str | None = None) -> Reply:
        """The same reply with its subject; what is known already stays."""
        return replace(
            self, route=self.route or route, repository=self.repository or repository, file=self.file or file
        )


def text_reply(status: int, body: str) -> Reply:
    """A short plain text."""
    return Reply(status=status, headers={"content-type": "text/plain; charset=utf-8"}, body=body.encode())


def html_reply(status: int, title: str) -> Reply:
    """A web page."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Reply(status=status, headers={"content-type": "text/html; charset=utf-8"}, body=page.encode())


def json_reply(status: int, value: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON document."""
    kind = {"content-type": "application/json; charset=utf-8"}
    return Reply(status=status, headers=kind | dict(headers or {}), body=json.dumps(value).encode())


def redirect(status: int, location: str) -> Reply:
    """A redirect with the small page that forges send along."""
    page = f'<html><body>You are being <a href="{location}">redirected</a>.</body></html>'
    headers = {"content-type": "text/html; charset=utf-8", "location": location}
    return Reply(status=status, headers=headers, body=page.encode())


def validated(question: Question, reply: Reply) -> Reply:
    """The same answer with a weak ETag, or 304 to a question that has it; files bring their own."""
    if reply.status != HTTPStatus.OK or "etag" in reply.headers:
        return reply
    tag = f'W/"{hashlib.sha256(reply.body).hexdigest()}"'
    if question.headers.get("if-none-match") == tag:
        return replace(reply, status=HTTPStatus.NOT_MODIFIED, headers={"etag": tag}, body=b"")
    return replace(reply, headers=dict(reply.headers) | {"etag": tag})


def file_reply(question: Question, data: bytes, *, media_type: str = "application/octet-stream") -> Reply:
    """A file with validators; answers If-None-Match, Range and If-Range."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"content-type": media_type, "etag": tag, "accept-ranges": "bytes", "last-modified": _FILE_DATE}
    if question.headers.get("if-none-match") == tag:
        return Reply(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    whole = Reply(status=HTTPStatus.OK, headers=headers, body=data, carries_file=True)
    wanted = _RANGE().match(question.headers.get("range", ""))
    if wanted is None or question.headers.get("if-range", tag) != tag:
        return whole
    return _partial(whole, wanted[1], wanted[2])


def _partial(whole: Reply, first: str, last: str) -> Reply:
    size = len(whole.body)
    start = int(first) if first else max(0, size - int(last or 0))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or start > end:
        headers = dict(whole.headers) | {"content-range": f"bytes */{size}"}
        return Reply(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers = dict(whole.headers) | {"content-range": f"bytes {start}-{end}/{size}"}
    return replace(
        whole, status=HTTPStatus.PARTIAL_CONTENT, headers=headers, body=whole.body[start : end + 1]
    )
