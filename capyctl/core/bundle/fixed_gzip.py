"""gzip whose header is fixed: no name, no time, no system, so that only zlib decides about its bytes (ADR 33)."""

from __future__ import annotations

import zlib
from typing import Final

HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
TRAILER_SIZE: Final = 8
_SEALED: Final = b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x24\x00cy\x20\x00"
"""The header of a whole archive: with one extra field, which every reader of gzip skips."""

SEALED_SIZE: Final = len(_SEALED) + 32
_CHANGED: Final = 3
"""How many bytes may differ from our header for it to count as ours that was changed; another program's has more."""
_LEVEL: Final = 9


def compressed(data: bytes) -> bytes:
    """The data as one gzip member."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return HEADER + deflate.compress(data) + deflate.flush() + trailer(zlib.crc32(data), len(data))


def trailer(checksum: int, size: int) -> bytes:
    """What ends a gzip member of that CRC 32 and size."""
    return checksum.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


def is_compressed_form(packed: bytes, data: bytes) -> bool:
    """Whether ``packed`` is ``data`` as `compressed` writes it, on whatever zlib; no more than its size is unpacked."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    body, end = packed[len(HEADER) : -TRAILER_SIZE], packed[-TRAILER_SIZE:]
    try:
        found = inflate.decompress(body, len(data) + 1)
    except zlib.error:
        return False
    is_one_stream = inflate.eof and not inflate.unused_data
    frame = packed.startswith(HEADER) and end == trailer(zlib.crc32(data), len(data))
    return is_one_stream and frame and found == data


def sealed_header(behind: bytes) -> bytes:
    """The header of a compressed archive, with the sha256 (32 bytes) of everything behind it.

    Without it a bit could change unnoticed: several deflate streams stand for the same bytes.
    """
    return _SEALED + behind


def is_sealed_header(header: bytes) -> bool:
    """Whether this is such a header, whatever digest it states; a few bytes of it may have been changed."""
    changed = sum(one != other for one, other in zip(header, _SEALED, strict=False))
    return len(header) == SEALED_SIZE and changed <= _CHANGED


def is_seal_of(header: bytes, behind: bytes) -> bool:
    """Whether this is the header of an archive with that digest behind it."""
    return header == sealed_header(behind)
