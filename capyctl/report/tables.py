"""Plain columns as clusterctl prints them: width of the longest cell plus three (resolution 11.1)."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.report.text_style import one_line

_GAP = 3
_LEAST = 10


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, at least ten wide, the last one not padded; ends with a newline."""
    cells = [list(header), *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(_LEAST, _GAP + max(len(row[column]) for row in cells)) for column in range(len(header))]
    lines = (
        "".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1]])
        for row in cells
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)
