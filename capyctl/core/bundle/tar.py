"""The one form of tar that a bundle has: ustar, regular files only, every field fixed (ADR 33)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

BLOCK: Final = 512
RECORD: Final = 20 * BLOCK
"""An archive's length is a multiple of it, as tar programs write it."""

ZEROS: Final = bytes(BLOCK)
REGULAR: Final = b"0"
_NAME, _PREFIX = 100, 155
_LARGEST: Final = 8**11 - 1
_CHECKSUM: Final = slice(148, 156)
_MAGIC: Final = b"ustar\x0000"


class NameTooLongError(ValueError):
    """A path that the ustar header cannot hold; the message says so."""


class Header(Struct, frozen=True, kw_only=True):
    """A member's header as some program wrote it: its checksum is right, nothing else has been checked."""

    path: str
    kind: bytes
    size: int


def header(path: str, size: int) -> bytes:
    """The header of a regular file: mode 0644, owner and times 0.

    Raises:
        NameTooLongError: the path does not fit.
    """
    if not 0 <= size <= _LARGEST:
        raise ValueError(f"a member of {size} bytes does not fit into ustar")
    prefix, name = _split(path)
    fields = (
        name.ljust(_NAME, b"\0"),
        b"0000644\x000000000\x000000000\x00",
        b"%011o\x0000000000000\x00" % size,
        b" " * 8,
        REGULAR,
        bytes(100),
        _MAGIC,
        bytes(80),
        prefix.ljust(_PREFIX, b"\0"),
        bytes(12),
    )
    block = b"".join(fields)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def padding(size: int) -> bytes:
    """What fills a member's last block."""
    return bytes(-size % BLOCK)


def ending(offset: int) -> bytes:
    """What follows the last member, which ends at ``offset``: two empty blocks and the rest of the record."""
    return bytes(2 * BLOCK + -(offset + 2 * BLOCK) % RECORD)


def stored_size(size: int) -> int:
    """Bytes that a member of this size takes, header and padding included."""
    return BLOCK + size + -size % BLOCK


def read_header(block: bytes) -> Header | None:
    """What a block says as a header; None where its checksum is wrong or a number is none."""
    stated, size = _number(block[_CHECKSUM]), _number(block[124:136])
    if stated != sum(block) - sum(block[_CHECKSUM]) + 8 * 32 or size is None:
        return None
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    name = _text(block[:100])
    kind = block[156:157]
    return Header(path=f"{prefix}/{name}" if prefix else name, kind=kind, size=size)


def first_difference(found: bytes, expected: bytes) -> int:
    """The index of the first byte that differs; both are equally long, and differ."""
    return next(at for at, (one, other) in enumerate(zip(found, expected, strict=True)) if one != other)


def _split(path: str) -> tuple[bytes, bytes]:
    """Prefix and name, the shortest prefix that does."""
    encoded = path.encode("ascii")
    if len(encoded) <= _NAME:
        return b"", encoded
    for at, byte in enumerate(encoded):
        if byte == ord("/") and len(encoded) - at - 1 <= _NAME and at <= _PREFIX:
            return encoded[:at], encoded[at + 1 :]
    raise NameTooLongError(f"the path {path} is too long for a tar archive")


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _number(field: bytes) -> int | None:
    """An octal number, or a large one in base 256 as GNU tar writes it; None where it is negative, or none."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else None
    digits = field.strip(b"\0 ")
    try:
        return int(digits, 8) if digits.isdigit() else None
    except ValueError:
        return None
