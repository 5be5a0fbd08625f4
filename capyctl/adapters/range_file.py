"""A remote file as a seekable stream: the tail first, then blocks where they are read (libraries 5.4)."""

from __future__ import annotations

import io
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.evidence import Evidence, Outcome
from capyctl.core.pattern import pattern
from capyctl.ports.fetch_errors import BadAnswerError, FetchError
from capyctl.ports.http import HttpRequest, HttpResponse

TAIL = 256 * 1024
"""Bytes of the first question: enough for the directory of most module zips."""

BLOCK = 64 * 1024
"""Least bytes of each further question."""

WHOLE_LIMIT = 64 * 1024 * 1024
"""Most bytes read in all, also from a server that knows no ranges and sends the whole file."""

READ_LIMIT = 16 * 1024 * 1024
"""Most bytes of one read, which bounds the directory of a zip."""

_CONTENT_RANGE = pattern(r"bytes (?P<first>\d{1,15})-(?P<last>\d{1,15})/(?P<total>\d{1,15})\Z")


class _Span(Struct, frozen=True, kw_only=True):
    """Bytes that have been read, and where they begin."""

    start: int
    data: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.data)


class RangeFile(io.RawIOBase):
    """Reads a remote file by ranges; a file that changes meanwhile is a bad answer (``If-Range``).

    Any read may raise the FetchError of its question, with the earlier ones in ``earlier``.
    """

    def __init__(self, get: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> None:
        """Prepare to read what ``request`` names; the first question is asked by ``begin``."""
        super().__init__()
        self._get = get
        self._request = request
        self._spans: list[_Span] = []
        self._position = 0
        self._total = 0
        self._validator: str | None = None
        self.evidence: tuple[Evidence, ...] = ()

    def begin(self) -> RangeFile:
        """Ask for the tail, which also tells the size.

        Raises:
            FetchError: absent, unavailable or bad.
        """
        response = self._ask((-TAIL, None))
        validator = response.headers.get("etag", "")
        self._validator = validator if validator.startswith('"') else None
        return self

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._total}[whence]
        if base + offset < 0:
            raise OSError("a position before the beginning of the file")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """At most ``size`` bytes from the position on, fewer only at the end of the file.

        Raises:
            FetchError: as the client raises it; more bytes at once than are accepted are a bad answer.
        """
        wanted = self._total if size is None or size < 0 else self._position + size
        end = min(wanted, self._total)
        if end - self._position > READ_LIMIT:
            raise self._bad("too-large", f"{end - self._position} bytes at once are more than is accepted")
        parts: list[bytes] = []
        while self._position < end:
            part = self._piece(end)
            self._position += len(part)
            parts.append(part)
        return b"".join(parts)

    def _piece(self, end: int) -> bytes:
        """Bytes at the position: those that are here, else the result of one question."""
        span = self._span_at(self._position)
        if span is None:
            following = [item.start for item in self._spans if item.start > self._position]
            stop = min([*following, self._total])
            last = min(max(end, self._position + BLOCK), stop) - 1
            self._ask((self._position, last))
            span = self._span_at(self._position)
        if span is None:
            raise self._bad("malformed", "the server sent another range than it was asked for")
        return span.data[self._position - span.start : end - span.start]

    def _span_at(self, position: int) -> _Span | None:
        return next((item for item in self._spans if item.start <= position < item.end), None)

    def _ask(self, byte_range: tuple[int, int | None]) -> HttpResponse:
        headers = dict(self._request.headers)
        if self._validator is not None:
            headers["If-Range"] = self._validator
        left = WHOLE_LIMIT - sum(len(span.data) for span in self._spans)
        if byte_range[1] is not None and byte_range[1] - byte_range[0] >= left:
            raise self._bad("too-large", f"more than {WHOLE_LIMIT // 1024 // 1024} MiB would have to be read")
        try:
            response = self._get(replace(self._request, byte_range=byte_range, headers=headers, limit=left))
        except FetchError as error:
            error.earlier = self.evidence + error.earlier
            raise
        self.evidence += (*response.earlier, response.evidence)
        self._take(response)
        return response

    def _take(self, response: HttpResponse) -> None:
        body = response.body
        if response.status != 206:
            if self._spans:
                raise self._bad("malformed", "the file changed while it was read")
            self._total = len(body)
            self._spans = [_Span(start=0, data=body)]
            return
        match = _CONTENT_RANGE().match(response.headers.get("content-range", ""))
        if match is None:
            raise self._bad("malformed", "the server sent a part of the file and did not say which")
        first, last, total = (int(match[name]) for name in ("first", "last", "total"))
        if last - first + 1 != len(body) or last >= total or self._total not in (0, total):
            raise self._bad("truncated", "the part of the file is not the one its header names")
        self._total = total
        self._spans.append(_Span(start=first, data=body))

    def _bad(self, failure: str, reason: str) -> BadAnswerError:
        error = BadAnswerError(self.evidence[-1].judged(Outcome.BAD, failure), reason)
        error.earlier = self.evidence[:-1]
        return error
