"""The edit that puts another address into a user's own table entry (F12, F17, F22)."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from re import Pattern

from capyctl.core.diagnostics import Applicability, Edit, Fix, Span
from capyctl.core.pattern import pattern
from capyctl.core.shown_address import hides_nothing

_HARMLESS = pattern(r"\s*(?:-\s+)?(?:providers|name|type|kind|url):(?:\s|$)|\s*$")
_MOST_CONTEXT = 3
_ADDRESS_LINE = pattern(r"( *(?:- +)?)url: +([^\s#]+) *\n\Z")


def address_fix(title: str, *, text: str | None, span: Span | None, old: str, new: str) -> Fix:
    """A safe fix with the edit where the file can be edited, else the same words for a person.

    Args:
        title: what to do.
        text: the whole file, or None where it is not at hand (a remote file, a built-in row).
        span: where the address stands in it.
        old: the address as it is written there; one with variables in it is left to a person.
        new: the address to write.
    """
    edit = _edit(text, span, old, new) if text is not None and span is not None else None
    applicability = Applicability.SAFE if edit is not None else Applicability.REVIEW
    return Fix(applicability=applicability, title=title, edit=edit)


def kind_fix(kind: str, *, text: str | None, span: Span | None) -> Fix:
    """The line that says what a host is, below the address, for a person to look at.

    Args:
        kind: the only kind of host whose addresses have the form of this one.
        text: the whole file, or None where it is not at hand.
        span: where the address stands in it.
    """
    edit = _with_kind(text, span, kind) if text is not None and span is not None else None
    title = f"add kind: {kind} to the entry: its address has the form of that kind"
    return Fix(applicability=Applicability.REVIEW, title=title, edit=edit)


def _with_kind(text: str, span: Span, kind: str) -> Edit | None:
    before = text.splitlines(keepends=True)
    index = span.line - 1
    written = _ADDRESS_LINE().match(before[index]) if index < len(before) else None
    if written is None or not hides_nothing(before[index]):
        return None
    after = list(before)
    after.insert(index + 1, f"{' ' * len(written[1])}kind: {kind}\n")
    return unified_edit(span.file, before, after, _HARMLESS())


def _edit(text: str, span: Span, old: str, new: str) -> Edit | None:
    before = text.splitlines(keepends=True)
    index = span.line - 1
    if span.line != span.end_line or index >= len(before) or before[index].count(old) != 1:
        return None
    if not (hides_nothing(before[index]) and hides_nothing(new)):
        return None
    after = list(before)
    after[index] = before[index].replace(old, new)
    return unified_edit(span.file, before, after, _HARMLESS())


def unified_edit(file: str, before: Sequence[str], after: Sequence[str], harmless: Pattern[str]) -> Edit:
    """The edit that turns the one text into the other, which differs in one place.

    Args:
        file: as it was named.
        before: lines with their ends.
        after: the same.
        harmless: what a line looks like that a diff may show beside the change.
    """
    same = sum(
        1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    )
    index = same - 1 if len(after) > len(before) else same
    lines = difflib.unified_diff(before, after, file, file, n=_context(before, index, harmless))
    patch = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return Edit(file=file, patch=patch)


def _context(lines: Sequence[str], index: int, harmless: Pattern[str]) -> int:
    """Lines around the change that a diff may show: never one that could hold a secret.

    The same number on either side, because ``patch`` takes less context below for the end of the file.
    """
    for width in range(1, _MOST_CONTEXT + 1):
        around = (index - width, index + width)
        if any(0 <= each < len(lines) and not _is_harmless(lines[each], harmless) for each in around):
            return width - 1
    return _MOST_CONTEXT


def _is_harmless(line: str, harmless: Pattern[str]) -> bool:
    return harmless.match(line) is not None and hides_nothing(line)
