"""How text is written: its width, its characters, its colours; and how remote text is disarmed."""

from __future__ import annotations

import re
import textwrap

from msgspec import Struct

from capyctl.core.pattern import pattern

WIDTH = 80
"""Columns that prose is wrapped at; addresses and commands are never broken."""

_KEEP = "\t\n"
_QUOTED = pattern(r"\"[^\"]*\"|'[^']*'")
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ASCII = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u2192": "->",
        "\u2264": "<=",
        "\u2265": ">=",
        "\u00a0": " ",
        "\u00d7": "x",
        "\u00b7": "*",
    }
)
_COLORS = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "fix": "1;32",
    "dim": "2",
    "bold": "1",
    "good": "32",
    "bad": "31",
    "unknown": "33",
    "name": "36",
}


class TextStyle(Struct, frozen=True, kw_only=True):
    """What the reader's terminal and options ask for.

    Attributes:
        ascii_only: write nothing beyond ASCII. color: whether colours are written.
        verbosity: 0, or more to say more. quiet: only errors are told.
    """

    ascii_only: bool = False
    color: bool = False
    verbosity: int = 0
    quiet: bool = False

    def paint(self, text: str, role: str) -> str:
        """The text in the colour of its role, where colours are wanted."""
        return f"\x1b[{_COLORS[role]}m{text}\x1b[0m" if self.color else text

    def spell(self, text: str) -> str:
        """The text in characters this terminal has."""
        if not self.ascii_only or text.isascii():
            return text
        return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def disarm(text: str) -> str:
    """The text with everything replaced that could steer a terminal or hide what it says.

    Control, format (bidirectional, zero width) and surrogate characters become ``U+FFFD``; tab and newline
    stay.
    """
    if text.isascii() and text.isprintable():
        return text
    from unicodedata import category  # noqa: PLC0415 - start-up budget

    return "".join(char if char in _KEEP or category(char) not in _HARMFUL else "\ufffd" for char in text)


def one_line(text: str) -> str:
    """The text disarmed, in one line."""
    return " ".join(disarm(text).split())


def one_command(command: str) -> str:
    """The command in one line that can be pasted: what would be replaced in a quoted word is escaped in ``$'…'``."""
    if command.isascii() and command.isprintable():
        return command
    return " ".join(disarm(_QUOTED().sub(_escaped, command)).splitlines())


def _escaped(word: re.Match[str]) -> str:
    text = word[0]
    if text.startswith('"') or (disarm(text) == text and not any(char in _KEEP for char in text)):
        return text
    return f"$'{''.join(map(_escaped_character, text[1:-1]))}'"


def _escaped_character(char: str) -> str:
    if char == "\\":
        return "\\\\"
    if char not in _KEEP and disarm(char) == char:
        return char
    try:
        return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return "\ufffd"


def wrap(text: str, indent: str = "  ", first: str | None = None) -> list[str]:
    """Prose in lines of at most ``WIDTH`` columns; an indented line of the text stands alone as it is."""
    lines: list[str] = []
    lead = indent if first is None else first
    for paragraph in disarm(text).splitlines():
        if paragraph.startswith((" ", "\t")):
            lines.append(f"{indent}{paragraph.rstrip()}")
        elif not paragraph.strip():
            lines.append("")
        else:
            lines += textwrap.wrap(
                paragraph,
                WIDTH,
                initial_indent=lead,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
        lead = indent
    return lines


def size_text(size: int) -> str:
    """A number of bytes for people: B, KiB or MiB (cli.md 1)."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} KiB"
    return f"{size / (1024 * 1024):.1f} MiB"
