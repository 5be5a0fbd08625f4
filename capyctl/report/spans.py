"""Draws a place in a text: the line, and carets under what is meant (style C7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from capyctl.report.text_style import WIDTH, TextStyle, disarm, one_line

_LEAD = 24
_CUT = "..."


def span_lines(span: Mapping[str, Any], source: str | None, style: TextStyle) -> list[str]:
    """The address of a span and, where its line is at hand, the line with its carets."""
    arrow = style.paint("-->" if span["primary"] else ":::", "dim")
    lines = [f" {arrow} {one_line(span['file'])}:{span['line']}:{span['column']}"]
    label = one_line(span["label"])
    if source is None:
        return [*lines, f"     {label}"] if label else lines
    number = str(span["line"])
    gutter = " " * len(number)
    room = WIDTH - len(number) - 4
    text, start, length = _window(source, span, room)
    carets = style.paint("^" * length, "error" if span["primary"] else "note")
    lines.append(f" {number} | {text}")
    pointer = f" {gutter} | {' ' * start}{carets}"
    if not label or start + length + 1 + len(label) <= room:
        return [*lines, f"{pointer} {label}".rstrip()]
    return [*lines, pointer, f" {gutter} | {label}"]


def _window(source: str, span: Mapping[str, Any], room: int) -> tuple[str, int, int]:
    """A piece of the line that fits, where the carets begin in it, and how many there are."""
    line = disarm(source.rstrip("\r\n").replace("\t", " ")).replace("\n", " ")
    start = min(max(span["column"] - 1, 0), len(line))
    same_line = span["end_line"] == span["line"]
    end = span["end_column"] - 1 if same_line else len(line)
    end = max(start + 1, min(end, len(line)))
    if len(line) <= room:
        return line, start, end - start
    first = 0 if end <= room - len(_CUT) else max(0, start - _LEAD)
    lead = _CUT if first else ""
    piece = line[first : first + room - len(lead)]
    if first + len(piece) < len(line):
        piece = piece[: -len(_CUT)] + _CUT
    shifted = start - first + len(lead)
    return lead + piece, shifted, max(1, min(end - start, room - shifted))
