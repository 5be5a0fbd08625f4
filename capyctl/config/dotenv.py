"""Dotenv files as clusterctl's reader takes them: quotes, ``export``, comments, ``$VAR`` of the same file."""

from __future__ import annotations

import re

from capyctl.core.pattern import pattern

_LINE = pattern(
    r"""\s*(?:export\s+)?(?P<name>[\w.]+)\s*(?:=|:\s)\s*
    (?P<value>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^#\r\n]*)\s*(?:\#.*)?\Z""",
    re.VERBOSE,
)
_VARIABLE = pattern(r"(\\?)\$(?:\{(\w+)\}|(\w+))", re.ASCII)
_ESCAPE = pattern(r"\\(.)", re.DOTALL)


class DotenvError(ValueError):
    """A line that is no ``NAME=value``.

    Attributes:
        line: its number, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not of the form NAME=value")
        self.line = line


def parse_dotenv(text: str) -> dict[str, str]:
    """The variables of a file.

    Raises:
        DotenvError: a line is neither blank nor a comment nor an assignment.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE().match(line)
        if match is None:
            raise DotenvError(number)
        found[match["name"]] = _value(match["value"].strip(), found)
    return found


def _value(text: str, known: dict[str, str]) -> str:
    if text[:1] == "'" and text[-1:] == "'" and len(text) > 1:
        return text[1:-1]
    if text[:1] == '"' and text[-1:] == '"' and len(text) > 1:
        text = _expanded(text[1:-1], known)
        return _ESCAPE().sub(lambda match: {"n": "\n", "r": "\r"}.get(match[1], match[1]), text)
    return _expanded(text, known)


def _expanded(text: str, known: dict[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        return match[0][1:] if match[1] else known.get(match[2] or match[3], "")

    return _VARIABLE().sub(one, text)
