"""gzip whose header is fixed: no name, no time, no system, so that only zlib decides about its bytes (ADR 33)."""

from __future__ import annotations

import zlib
from typing import Final

HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
TRAILER_SIZE: Final = 8
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
