"""One file out of a layer of an image, read as it streams by: bounded, and nothing is unpacked (cli.md 7.4).

A layer is a tar, mostly gzipped. Later layers cover earlier ones; a name with the prefix ``.wh.`` removes what
lies below (OCI image specification, layer changesets).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

_BLOCK: Final = 512
_PIECE: Final = 64 * 1024
_LONGEST_NAME: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW: Final = 31
_WITHOUT_DATA: Final = frozenset(b"123456")
_REGULAR: Final = frozenset(b"0\0007")
_DIRECTORY: Final = ord("5")
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"


class LayerError(ValueError):
    """A layer cannot be read; the text says why, in one clause."""


class LayerLimits(Struct, frozen=True, kw_only=True):
    """Bytes: of a layer as it is sent, of what it unpacks to, of the file that is looked for."""

    sent: int = 2 * 1024**3
    unpacked: int = 8 * 1024**3
    file: int = 4096


class LayerFinding(Struct, frozen=True, kw_only=True):
    """What one layer says of a file: its bytes, or that it hides the file of the layers below, or nothing."""

    content: bytes | None = None
    hides: bool = False


class _Entry(Struct, frozen=True, kw_only=True):
    path: str
    kind: int
    size: int


def find_in_layer(chunks: Iterable[bytes], path: str, limits: LayerLimits | None = None) -> LayerFinding:
    """What a layer says of ``path`` (without a leading slash); reading ends where the file is found.

    Raises:
        LayerError: no tar, damaged, compressed with something else than gzip, beyond a limit, or the path is
            something else than a regular file.
    """
    bounds = limits or LayerLimits()
    hiding = _hiding_names(path)
    hides = False
    source = _Source(_unpacked(chunks, bounds))
    for entry in _entries(source):
        if entry.path == path:
            return LayerFinding(content=_content(source, entry, bounds))
        above = path.startswith(f"{entry.path}/") and entry.kind != _DIRECTORY
        hides = hides or above or entry.path in hiding
        source.skip(_padded(entry.size))
    return LayerFinding(hides=hides)


def _hiding_names(path: str) -> frozenset[str]:
    """The whiteouts that remove a path: of itself, of a folder above it, of all that was in one."""
    parts = path.split("/")
    folders = ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts))]
    return frozenset(
        name
        for folder, part in zip(folders, parts, strict=True)
        for name in (f"{folder}{_WHITEOUT}{part}", f"{folder}{_OPAQUE}")
    )


def _content(source: _Source, entry: _Entry, limits: LayerLimits) -> bytes:
    if entry.kind not in _REGULAR:
        raise LayerError(f"{entry.path} is no regular file")
    if entry.size > limits.file:
        raise LayerError(
            f"{entry.path} has {entry.size} bytes, more than the {limits.file} of a version file"
        )
    return source.take(entry.size)


def _unpacked(chunks: Iterable[bytes], limits: LayerLimits) -> Iterator[bytes]:
    sent = _counted(chunks, limits.sent, "the layer is larger than")
    start = b""
    for chunk in sent:
        start += chunk
        if len(start) >= len(_ZSTD):
            break
    if start.startswith(_ZSTD):
        raise LayerError("the layer is compressed with zstd, which is not read here")
    whole = _chained(start, sent)
    plain = _inflated(whole) if start.startswith(_GZIP) else whole
    return _counted(plain, limits.unpacked, "the layer unpacks to more than")


def _chained(start: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from rest


def _counted(chunks: Iterable[bytes], limit: int, words: str) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise LayerError(f"{words} {limit} bytes")
        yield chunk


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip of any number of members, as parallel compressors write it, a piece at a time."""
    member = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        data = chunk
        while data:
            if member.eof:
                member = zlib.decompressobj(_GZIP_WINDOW)
            try:
                piece = member.decompress(data, _PIECE)
            except zlib.error as error:
                raise LayerError("the layer's compression is damaged") from error
            yield piece
            data = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise LayerError("the layer ended before it was complete")


class _Source:
    """Bytes taken from the front of a stream; never more than one piece and what was asked for is held."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    def take(self, size: int) -> bytes:
        """Exactly so many bytes.

        Raises:
            LayerError: the stream ended before.
        """
        found = self.up_to(size)
        if len(found) < size:
            raise LayerError("the layer ended before it was complete")
        return found

    def up_to(self, size: int) -> bytes:
        """So many bytes, or what is left."""
        parts = [self._held]
        have = len(self._held)
        while have < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            have += len(chunk)
        joined = b"".join(parts)
        self._held = joined[size:]
        return joined[:size]

    def skip(self, size: int) -> None:
        """Go past so many bytes.

        Raises:
            LayerError: the stream ended before.
        """
        left = size
        while left:
            left -= len(self.take(min(left, _PIECE)))


def _entries(source: _Source) -> Iterator[_Entry]:
    """Every entry; the caller takes or skips its data before it asks for the next."""
    name: str | None = None
    size: int | None = None
    while True:
        header = source.up_to(_BLOCK)
        if not header.strip(b"\0"):
            return
        entry = _entry(header)
        if entry.kind in b"xL":
            own_name, own_size = _extension(entry, source)
            name, size = own_name or name, own_size if own_size is not None else size
        elif entry.kind in b"gK":
            source.skip(_padded(entry.size))
        else:
            yield _Entry(
                path=_plain_path(name or entry.path),
                kind=entry.kind,
                size=0 if entry.kind in _WITHOUT_DATA else entry.size if size is None else size,
            )
            name, size = None, None


def _entry(header: bytes) -> _Entry:
    if len(header) < _BLOCK or _number(header[148:156]) != _checksum(header):
        raise LayerError("the layer is no tar, or a damaged one")
    kind = header[156]
    if kind == ord("S"):
        raise LayerError("the layer holds a sparse file in an old form, which is not read here")
    prefix = header[345:500] if header[257:262] == b"ustar" and header[262:265] != b"  \0" else b""
    name = b"/".join(part for part in (_text(prefix), _text(header[:100])) if part)
    return _Entry(path=name.decode("utf-8", "replace"), kind=kind, size=_number(header[124:136]))


def _extension(entry: _Entry, source: _Source) -> tuple[str | None, int | None]:
    """The long name, and the size where one is given, that an entry states of the one after it."""
    if entry.size > _LONGEST_NAME:
        raise LayerError("an entry of the layer has a name beyond all bounds")
    data = source.take(entry.size)
    source.skip(_padded(entry.size) - entry.size)
    if entry.kind == ord("L"):
        return _text(data).decode("utf-8", "replace"), None
    records = dict(_records(data))
    size = records.get(b"size")
    if size is not None and not (size.isdigit() and len(size) < 19):
        raise LayerError("an entry of the layer states a size that is none")
    path = records.get(b"path")
    return (path.decode("utf-8", "replace") if path is not None else None), int(size) if size else None


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Extended header records: ``LENGTH KEY=VALUE`` and a newline, each as long as it says."""
    while data:
        length, _, _ = data.partition(b" ")
        if not (length.isdigit() and len(length) < 7 and len(length) < int(length) <= len(data)):
            raise LayerError("an entry of the layer has a damaged extended header")
        record, data = data[len(length) + 1 : int(length)], data[int(length) :]
        key, _, value = record.removesuffix(b"\n").partition(b"=")
        yield key, value


def _number(field: bytes) -> int:
    """Octal digits, or a large number in base 256."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError as error:
        raise LayerError("the layer is no tar, or a damaged one") from error


def _checksum(header: bytes) -> int:
    return sum(header) - sum(header[148:156]) + 8 * ord(" ")


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _plain_path(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
