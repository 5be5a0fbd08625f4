"""The text of a YAML file before anything parses it: bounds, encoding, and the cut into documents.

The cut is the one of Kubernetes' reader (libraries 2.5): a document ends at a line that begins with ``---``.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from capyctl.core.pattern import pattern

LINE_BREAK = pattern("\r\n|[\r\n\x85\u2028\u2029]")
"""What a YAML parser counts as the end of a line; positions are meaningful only with the same cut."""

_MIB = 1024 * 1024


class YamlError(Exception):
    """A text that cannot be read as YAML, or that is refused because reading it would be dangerous.

    Attributes:
        reason: what is wrong, one sentence without a full stop, free of file content.
        line, column: where, counted from 1, columns in characters.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class YamlLimits(Struct, frozen=True, kw_only=True):
    """How much a YAML text may cost (libraries 2.3).

    Attributes:
        size: bytes of the text. line: bytes of its longest line.
        depth: how deep collections may nest.
        alias_nodes: nodes that aliases may add. alias_factor: how many times larger they may make the text.
    """

    size: int = 64 * _MIB
    line: int = 8 * _MIB
    depth: int = 200
    alias_nodes: int = 1_000_000
    alias_factor: int = 100


class DocumentText(Struct, frozen=True, kw_only=True):
    """One document of a stream as text; ``line`` is the number of its first line, from 1."""

    text: str
    line: int


def decode_text(data: bytes, limits: YamlLimits) -> str:
    """The text of a file, after the checks that need no parser.

    Raises:
        YamlError: too large, a line too long, not UTF-8, or a NUL inside.
    """
    if len(data) > limits.size:
        raise YamlError(f"the file has {len(data)} bytes, more than the {limits.size} that are read")
    if b"\0" in data:
        raise _at_byte(data, data.index(b"\0"), "a NUL character is not allowed")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _at_byte(data, error.start, "the text is not valid UTF-8") from None
    _check_lines(data, limits)
    return text.removeprefix("\ufeff")


def _check_lines(data: bytes, limits: YamlLimits) -> None:
    if len(data) <= limits.line:
        return
    for number, line in enumerate(data.split(b"\n"), start=1):
        if len(line) > limits.line:
            raise YamlError(
                f"a line has {len(line)} bytes, more than the {limits.line} that are read", number
            )


def _at_byte(data: bytes, offset: int, reason: str) -> YamlError:
    before = data[:offset].decode("utf-8", errors="replace")
    lines = LINE_BREAK().split(before)
    return YamlError(reason, len(lines), len(lines[-1]) + 1)


def checked_text(text: str, limits: YamlLimits) -> str:
    """A text that was made here, after the same checks as a file's.

    Raises:
        YamlError: as ``decode_text``; a surrogate stands for a byte that is not UTF-8.
    """
    return decode_text(text.encode("utf-8", "surrogateescape"), limits)


def split_documents(text: str) -> Iterator[DocumentText]:
    """Cut a stream as Kubernetes' reader does, each line with its end; documents that are empty are kept.

    One document at a time, for a copy of all of them would double the memory that a large file takes.

    Raises:
        YamlError: a separator line holds more than blanks or a comment.
    """
    separator = 0 if text.startswith("---") else _next_separator(text, 0)
    head = text[:separator] if separator >= 0 else text
    if head.strip("\n"):
        yield _document(head, 1)
    line = head.count("\n") + 1
    while separator >= 0:
        following = _next_separator(text, separator)
        end = following if following >= 0 else len(text)
        newline = text.find("\n", separator, end)
        begin = newline + 1 if newline >= 0 else end
        _check_separator(text[separator + 3 : begin], line)
        yield _document(text[begin:end], line + 1)
        line += text.count("\n", separator, end)
        separator = following


def _next_separator(text: str, start: int) -> int:
    """Where the next ``---`` at the beginning of a line is, or -1."""
    found = text.find("\n---", start)
    return found + 1 if found >= 0 else -1


def _document(text: str, line: int) -> DocumentText:
    """The last line of a file may lack its end; Kubernetes' reader adds it."""
    return DocumentText(text=text if text.endswith("\n") else f"{text}\n", line=line)


def _check_separator(rest: str, line: int) -> None:
    trimmed = rest.strip()
    if trimmed and not trimmed.startswith("#"):
        raise YamlError("only blanks or a comment may follow '---' on its line", line, 4)
