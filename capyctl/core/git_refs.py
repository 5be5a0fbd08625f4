"""The references that a repository offers to ``git``: what ``info/refs`` answers over smart HTTP, version 0.

The answer is a row of packets, each behind four hexadecimal digits that count its bytes and their own; ``0000``
ends a section (git's documents gitprotocol-http and gitprotocol-pack).
"""

from __future__ import annotations

from collections.abc import Iterator

from capyctl.core.pattern import pattern

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
"""Media type of the answer; git itself takes no other for smart HTTP."""

_SERVICE = b"# service=git-upload-pack"
_TAGS = b"refs/tags/"
_PEELED = b"^{}"
_HEAD = 4
_LENGTH = pattern(rb"[0-9a-fA-F]{4}")
_OBJECT = pattern(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_UNNAMEABLE = pattern(r"[\x00-\x20\x7f]")
_NAME_LIMIT = 256


class MalformedRefsError(ValueError):
    """Bytes that are no whole advertisement; the message says why, and repeats nothing of them."""


def advertised_tags(data: bytes) -> tuple[str, ...]:
    """The names of all tags, each once, in the order of the answer.

    What an annotated tag leads to (``^{}``) is no tag of its own. A name that no version can have (not UTF-8,
    with blanks or control characters, beyond 256 characters) is left out.

    Raises:
        MalformedRefsError: the bytes are something else, or end before the advertisement does.
    """
    names = (_tag(line) for line in _lines(data))
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _lines(data: bytes) -> Iterator[bytes]:
    """The lines between the service's name and the end."""
    packets = _packets(data)
    if next(packets, None) != _SERVICE or next(packets, b"") is not None:
        raise MalformedRefsError("the answer does not begin as one of git-upload-pack")
    for packet in packets:
        if packet is None:
            break
        yield packet
    else:
        raise MalformedRefsError("the answer ends before the list of references does")
    if any(True for _ in packets):
        raise MalformedRefsError("the answer goes on after the list of references")


def _packets(data: bytes) -> Iterator[bytes | None]:
    """Each packet without the line's end; None for the end of a section."""
    at = 0
    while at < len(data):
        digits = data[at : at + _HEAD]
        if not _LENGTH().fullmatch(digits):
            raise MalformedRefsError("the answer is not made of git's packets")
        length = int(digits, 16)
        if length == 0:
            yield None
            at += _HEAD
            continue
        if length < _HEAD or at + length > len(data):
            raise MalformedRefsError("a packet of the answer has a length that cannot be")
        yield data[at + _HEAD : at + length].removesuffix(b"\n")
        at += length


def _tag(line: bytes) -> str | None:
    """The tag that a line names; None where it names another reference, or something unusable."""
    reference = line.partition(b"\0")[0]
    value, _, name = reference.partition(b" ")
    if not _OBJECT().fullmatch(value):
        if value in {b"version", b"shallow"}:
            return None
        raise MalformedRefsError("a line of the answer names no reference")
    if not name.startswith(_TAGS) or name.endswith(_PEELED):
        return None
    try:
        text = name.removeprefix(_TAGS).decode()
    except UnicodeDecodeError:
        return None
    return text if text and len(text) <= _NAME_LIMIT and not _UNNAMEABLE().search(text) else None
