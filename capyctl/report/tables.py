"""Plain columns as clusterctl prints them: width of the longest cell plus three (resolution 11.1)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from capyctl.report.text_style import WIDTH, one_line

_GAP = 3
_NARROW_GAP = 2
"""Between columns of a table that would else be wider than a terminal."""
_LEAST = 10
_LEAST_PROSE = 24
"""Columns under which prose is left long: a narrower pillar of words reads worse."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, at least ten wide, the last one not padded; ends with a newline."""
    return _table(header, rows, prose=False)


def close_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same, with its columns drawn together where it would else be wider than a terminal."""
    cells = [list(header), *([one_line(cell) for cell in row] for row in rows)]
    widest = [max(len(row[column]) for row in cells) for column in range(len(header))]
    if sum(max(_LEAST, _GAP + width) for width in widest[:-1]) + widest[-1] <= WIDTH:
        return table(header, rows)
    padded = (
        "".join(f"{cell:<{width + _NARROW_GAP}}" for cell, width in zip(row, widest, strict=True))
        for row in cells
    )
    return "".join(f"{line.rstrip()}\n" for line in padded)


def prose_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same, with a last column of words that goes on below itself where the line is full."""
    return _table(header, rows, prose=True)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, prose: bool) -> str:
    cells = [list(header), *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(_LEAST, _GAP + max(len(row[column]) for row in cells)) for column in range(len(header))]
    left = sum(widths[:-1])
    room = max(WIDTH - left, _LEAST_PROSE) if prose else 0
    lines: list[str] = []
    for row in cells:
        start = "".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False))
        first, *more = _folded(row[-1], room)
        lines += [start + first, *(" " * left + part for part in more)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _folded(cell: str, room: int) -> list[str]:
    """The cell as lines of at most ``room`` columns, or as it is where ``room`` is 0; words stay whole."""
    if len(cell) <= room or not room:
        return [cell]
    return textwrap.wrap(cell, room, break_long_words=False, break_on_hyphens=False)
