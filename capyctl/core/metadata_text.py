"""The text of a metadata.yaml as diagnostics need it: places in it, and changes to it as patches."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from msgspec import Struct

from capyctl.core.diagnostics import Edit, Span
from capyctl.core.yaml_nodes import Place
from capyctl.core.yaml_text import LINE_BREAK

_SHOWN_LINE = 400
_SHOWN_VALUE = 60
_BYTE_ORDER_MARK = "\ufeff"


class MetadataText(Struct, frozen=True, kw_only=True):
    """A file's name and text, with the lines that YAML counts, without their ends."""

    file: str
    text: str
    lines: tuple[str, ...]

    def line(self, number: int) -> str:
        """The line with this number, counted from 1; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def span(self, place: Place, label: str, *, primary: bool = True) -> Span:
        """A place as a span. Long lines are left out of the drawing, not out of the numbers."""
        source = self.line(place.line)
        return Span(
            file=self.file,
            line=place.line,
            column=place.column,
            end_line=place.end_line,
            end_column=place.end_column,
            label=label,
            primary=primary,
            source=source if len(source) <= _SHOWN_LINE else "",
        )

    def point(self, line: int, column: int, label: str) -> Span:
        """One character as a span."""
        return self.span(Place(line=line, column=column, end_line=line, end_column=column + 1), label)

    def replaced(self, *changes: tuple[Place, str]) -> Edit | None:
        """The patch that puts new texts where places stand; None where no patch can say that."""
        lines = {place.line: self.line(place.line) for place, _ in changes}
        for place, new in sorted(changes, key=lambda change: change[0].column, reverse=True):
            if place.line != place.end_line:
                return None
            line = lines[place.line]
            lines[place.line] = f"{line[: place.column - 1]}{new}{line[place.end_column - 1 :]}"
        first, last = min(lines), max(lines)
        return self._edit(first - 1, last, [lines.get(n, self.line(n)) for n in range(first, last + 1)])

    def inserted(self, before: int, lines: Sequence[str]) -> Edit | None:
        """The patch that puts lines before the line with number ``before``."""
        return self._edit(before - 1, before - 1, lines)

    def removed(self, line: int) -> Edit | None:
        """The patch that takes a line away; None where no patch can say that."""
        return self._edit(line - 1, line, ())

    def _edit(self, begin: int, end: int, lines: Sequence[str]) -> Edit | None:
        kept = self.text.splitlines(keepends=True)
        same_lines = len(kept) + self.text.endswith("\n") == len(self.lines)
        if not same_lines or self.text.startswith(_BYTE_ORDER_MARK):
            return None
        ending = "\r\n" if "\r\n" in self.text else "\n"
        changed = list(kept)
        if 0 < begin == len(changed) and not changed[-1].endswith("\n"):
            changed[-1] += ending
        changed[begin:end] = [line + ending for line in lines]
        if lines and begin < end == len(kept) and not kept[-1].endswith("\n"):
            changed[-1] = changed[-1].removesuffix(ending)
        return Edit(file=self.file, patch=unified_patch(self.file, kept, changed))


def cut_text(file: str, data: bytes) -> MetadataText:
    """The text of a file's bytes; what is no UTF-8 is shown as replacement characters."""
    text = data.decode("utf-8", errors="replace")
    lines = LINE_BREAK().split(text.removeprefix(_BYTE_ORDER_MARK))
    return MetadataText(file=file, text=text, lines=tuple(lines))


def unified_patch(file: str, before: Sequence[str], after: Sequence[str]) -> str:
    """A unified diff that ``patch -p0`` applies; lines come with their ends, a new file has none before."""
    parts = []
    for line in difflib.unified_diff(before, after, fromfile=file if before else "/dev/null", tofile=file):
        parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(parts)
