"""Reading a body: bounded while it streams, before and after decompression, and whole or not at all."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from capyctl.adapters.http_kind import BodyError
from capyctl.ports.fetch_errors import TimedOutError

if TYPE_CHECKING:
    from capyctl.adapters.http_settings import HttpLimits

_GZIP_OR_ZLIB = 47
"""Window bits with which zlib takes either header."""


class Pace(Struct, frozen=True, kw_only=True):
    """How long a transfer may take: ``clock`` counts seconds, ``grace`` of them at any speed."""

    clock: Callable[[], float]
    grace: float
    limits: HttpLimits

    def check(self, begun: float, received: int) -> None:
        """Stop a transfer that only drips, or never ends.

        Raises:
            BodyError: TimedOutError with failure ``silence``.
        """
        taken = self.clock() - begun
        drips = taken > self.grace and received < taken * self.limits.slow_rate
        if drips or taken > self.limits.transfer:
            raise BodyError("silence", f"the transfer made no progress for {taken:.0f} s", TimedOutError)


def read_body(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, pace: Pace) -> bytes:
    """The decoded body.

    Raises:
        BodyError: larger than ``limit`` (as sent or decoded), cut short, in an encoding nobody asked for, or
            not making progress.
    """
    declared = _declared_length(headers)
    if declared is not None and declared > limit:
        raise BodyError("too-large", f"the answer has {declared} bytes, more than the {limit} accepted")
    decoder = _decoder(headers.get("content-encoding", ""), limit)
    begun, received = pace.clock(), 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise BodyError("too-large", f"the answer has more than the {limit} bytes accepted")
        decoder.feed(chunk)
        pace.check(begun, received)
    if declared is not None and received != declared:
        raise BodyError("truncated", f"the answer has {received} bytes where {declared} were announced")
    return decoder.finish()


def _declared_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class _Plain:
    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        self._parts.append(chunk)

    def finish(self) -> bytes:
        return b"".join(self._parts)


class _Gzip:
    """Never inflates more than is accepted, however small the input is."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._parts: list[bytes] = []
        self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)

    def feed(self, chunk: bytes) -> None:
        try:
            part = self._inflate.decompress(chunk, self._limit - self._size + 1)
        except zlib.error as error:
            raise BodyError("malformed", "the answer's compression is damaged") from error
        self._size += len(part)
        if self._size > self._limit:
            raise BodyError("too-large", f"the answer unpacks to more than the {self._limit} bytes accepted")
        self._parts.append(part)

    def finish(self) -> bytes:
        if self._size and not self._inflate.eof:
            raise BodyError("truncated", "the compressed answer ended before it was complete")
        return b"".join(self._parts)


def _decoder(encoding: str, limit: int) -> _Plain | _Gzip:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _Plain()
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Gzip(limit)
    raise BodyError("malformed", "the answer has an encoding that nobody asked for")
