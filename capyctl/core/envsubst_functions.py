"""What the functions of the variable dialect do with a value (clusterctl-resolution 10.3).

Lengths and offsets count bytes, and globs work on bytes, as in the library that clusterctl uses. A cut may
therefore fall inside a character; such bytes travel as surrogate escapes and fail later as invalid UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from capyctl.core.pattern import pattern

_ESCAPES = "surrogateescape"
_GO_INT = pattern(r"(?P<sign>[+-]?)0*(?P<digits>[0-9]+)\Z", re.ASCII)
_GO_INT_DIGITS = 19
_GO_INT_LIMIT = 1 << 63


class GlobError(ValueError):
    """A pattern that is no glob; the value then stays whole."""


class NegativeLengthError(ValueError):
    """A substring whose end lies before its start; clusterctl crashes on it."""


def apply_function(name: str, value: str, arguments: list[str]) -> str:
    """The value after function ``name``; a name without a meaning of its own gives a default value.

    Raises:
        NegativeLengthError: a substring of negative length was asked for.
    """
    if name == "#" and not arguments:
        return str(len(_bytes(value)))
    function = _FUNCTIONS.get(name)
    if function is None:
        return value or "".join(arguments)
    return function(value, arguments)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", _ESCAPES)


def _text(data: bytes) -> str:
    return data.decode("utf-8", _ESCAPES)


def _go_int(text: str) -> int | None:
    match = _GO_INT().match(text)
    if match is None or len(match["digits"]) > _GO_INT_DIGITS:
        return None
    number = int(match["sign"] + match["digits"])
    return number if -_GO_INT_LIMIT <= number < _GO_INT_LIMIT else None


def _substring(value: str, arguments: list[str]) -> str:
    data = _bytes(value)
    start = _go_int(arguments[0])
    if start is None:
        return value
    if start < 0:
        start = max(len(data) + start, 0)
    if len(arguments) == 1:
        return _text(data[start:])
    length = _go_int(arguments[1])
    if length is None:
        return value
    if start + length >= len(data):
        return _text(data[start:])
    if length < 0:
        raise NegativeLengthError
    return _text(data[start : start + length])


def _replace_first(value: str, arguments: list[str]) -> str:
    return value.replace(arguments[0], "".join(arguments[1:]), 1)


def _replace_all(value: str, arguments: list[str]) -> str:
    return value.replace(arguments[0], "".join(arguments[1:]))


def _replace_prefix(value: str, arguments: list[str]) -> str:
    if len(arguments) != 2 or not value.startswith(arguments[0]):
        return value
    return arguments[1] + value[len(arguments[0]) :]


def _replace_suffix(value: str, arguments: list[str]) -> str:
    if len(arguments) != 2 or not value.endswith(arguments[0]):
        return value
    return value[: len(value) - len(arguments[0])] + arguments[1]


def _upper(value: str) -> str:
    return "".join(_simple_upper(character) for character in value)


def _lower(value: str) -> str:
    return "".join(_simple_lower(character) for character in value)


def _simple_upper(character: str) -> str:
    """Go maps a character to one character; Python's full mapping may give several, such as SS for ß."""
    mapped = character.upper()
    if len(mapped) > 1:
        mapped = character.title()
    return mapped if len(mapped) == 1 else character


def _simple_lower(character: str) -> str:
    mapped = character.lower()
    return mapped if len(mapped) == 1 else mapped[0]


def _trim_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """Without the prefix that the glob matches; an empty prefix never counts."""
    data, glob = _bytes(value), _bytes(pattern)
    shortest = 0
    for end in range(len(data), 0, -1):
        try:
            matched = match_glob(glob, data[:end])
        except GlobError:
            return value
        if matched and longest:
            return _text(data[end:])
        if matched:
            shortest = end
    return _text(data[shortest:])


def _trim_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """A suffix is trimmed as the prefix of the reversed text by the reversed pattern, brackets included."""
    return _trim_prefix(value[::-1], pattern[::-1], longest=longest)[::-1]


_FUNCTIONS: dict[str, Callable[[str, list[str]], str]] = {
    ",": lambda value, _: _simple_lower(value[0]) + value[1:] if value else value,
    ",,": lambda value, _: _lower(value),
    "^": lambda value, _: _simple_upper(value[0]) + value[1:] if value else value,
    "^^": lambda value, _: _upper(value),
    "#": lambda value, arguments: _trim_prefix(value, arguments[0], longest=False),
    "##": lambda value, arguments: _trim_prefix(value, arguments[0], longest=True),
    "%": lambda value, arguments: _trim_suffix(value, arguments[0], longest=False),
    "%%": lambda value, arguments: _trim_suffix(value, arguments[0], longest=True),
    ":": _substring,
    "/": _replace_first,
    "//": _replace_all,
    "/#": _replace_prefix,
    "/%": _replace_suffix,
}


def match_glob(pattern: bytes, name: bytes) -> bool:
    """Whether the glob matches the whole name: ``*``, ``?``, ``[…]`` with ranges, backslash escapes.

    Raises:
        GlobError: the pattern is malformed at a place that the comparison reached.
    """
    while pattern:
        star, chunk, pattern = _next_chunk(pattern)
        if star and not chunk:
            return True
        rest = _match_chunk(chunk, name)
        if rest is not None and (not rest or pattern):
            name = rest
            continue
        rest = _match_later(chunk, name, last=not pattern) if star else None
        if rest is None:
            return False
        name = rest
    return not name


def _match_later(chunk: bytes, name: bytes, *, last: bool) -> bytes | None:
    for skipped in range(1, len(name) + 1):
        rest = _match_chunk(chunk, name[skipped:])
        if rest is not None and not (last and rest):
            return rest
    return None


def _next_chunk(pattern: bytes) -> tuple[bool, bytes, bytes]:
    """Leading stars, the part up to the next star outside brackets, and what follows."""
    chunk = pattern.lstrip(b"*")
    in_range = False
    index = 0
    while index < len(chunk):
        character = chunk[index]
        if character == ord("\\") and index + 1 < len(chunk):
            index += 1
        elif character == ord("["):
            in_range = True
        elif character == ord("]"):
            in_range = False
        elif character == ord("*") and not in_range:
            break
        index += 1
    return len(chunk) < len(pattern), chunk[:index], chunk[index:]


def _match_chunk(chunk: bytes, name: bytes) -> bytes | None:
    """What is left of the name after the chunk, or None where it does not match."""
    while chunk:
        if not name:
            return None
        first = chunk[:1]
        if first == b"[":
            character, name = _take_character(name)
            chunk, matched = _match_class(chunk[1:], character)
            if not matched:
                return None
            continue
        if first == b"?":
            chunk, name = chunk[1:], _take_character(name)[1]
            continue
        if first == b"\\":
            chunk = chunk[1:]
            if not chunk:
                raise GlobError
        if chunk[0] != name[0]:
            return None
        chunk, name = chunk[1:], name[1:]
    return name


def _match_class(chunk: bytes, character: int) -> tuple[bytes, bool]:
    negated = chunk.startswith(b"^")
    chunk = chunk[1:] if negated else chunk
    matched = False
    ranges = 0
    while not (ranges and chunk.startswith(b"]")):
        low, chunk = _class_member(chunk)
        high = low
        if chunk.startswith(b"-"):
            high, chunk = _class_member(chunk[1:])
        matched = matched or low <= character <= high
        ranges += 1
    return chunk[1:], matched != negated


def _class_member(chunk: bytes) -> tuple[int, bytes]:
    if not chunk or chunk[:1] in (b"-", b"]"):
        raise GlobError
    if chunk[:1] == b"\\":
        chunk = chunk[1:]
        if not chunk:
            raise GlobError
    character, rest = _take_character(chunk)
    if not rest or (character == _REPLACEMENT and chunk[:1] >= b"\x80" and len(chunk) - len(rest) == 1):
        raise GlobError
    return character, rest


_REPLACEMENT = 0xFFFD


def _take_character(data: bytes) -> tuple[int, bytes]:
    """The first character's code point and the rest; a byte that begins no character counts as one."""
    for length in range(1, 5):
        try:
            return ord(data[:length].decode("utf-8")), data[length:]
        except (UnicodeDecodeError, TypeError):
            continue
    return _REPLACEMENT, data[1:]
