"""The tree of a Cluster as text, in the columns of ``clusterctl describe cluster`` (clusterctl-cluster 7.6)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.ages import age_between
from capyctl.core.cluster_conditions import JudgedCondition
from capyctl.core.cluster_node import judged_of
from capyctl.core.condition_filter import ConditionFilter, Shown, filtered
from capyctl.core.conditions import STATUSES, Condition, is_good
from capyctl.core.tree_node import Role, TreeNode
from capyctl.core.tree_rows import Counters, counters, group_message, row_condition
from capyctl.report.text_style import TextStyle, disarm, one_line

_HEADER: Final = (
    "NAME",
    "REPLICAS",
    "AVAILABLE",
    "READY",
    "UP TO DATE",
    "STATUS",
    "REASON",
    "SINCE",
    "MESSAGE",
)
_GAP: Final = "  "
_MESSAGE: Final = 100
"""Columns of a message where nothing says how wide the terminal is."""
_LEAST_MESSAGE: Final = 30
"""Columns under which messages stand below their rows instead."""
_INSET: Final = " " * 10


class TreeView(Struct, frozen=True, kw_only=True):
    """A described Cluster and what is wanted of it.

    Attributes:
        judged: the conditions of the Cluster itself. now: RFC 3339 time that ages count from.
        columns: of the terminal; None where the text goes elsewhere.
    """

    tree: TreeNode
    judged: Sequence[JudgedCondition]
    now: str
    shown: ConditionFilter = field(default_factory=ConditionFilter)
    columns: int | None = None


class _Row(Struct, frozen=True, kw_only=True):
    """One row before it is laid out; ``below`` stands before the further lines of its message."""

    lead: str
    name: str = ""
    role: str = ""
    counters: Counters = field(default_factory=Counters)
    status: str = ""
    paint: str = ""
    reason: str = ""
    since: str = ""
    message: str = ""
    below: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        counted = self.counters
        return (
            self.lead + self.name,
            counted.replicas,
            counted.available,
            counted.ready,
            counted.up_to_date,
            self.status,
            self.reason,
            self.since,
        )


class _Glyphs(Struct, frozen=True):
    """The lines of a tree."""

    fork: str = "\u251c\u2500"
    end: str = "\u2514\u2500"
    pipe: str = "\u2502 "


_ASCII: Final = _Glyphs("|-", "`-", "| ")


def tree_text(view: TreeView, style: TextStyle) -> str:
    """The whole tree, a row a line; ends with a newline."""
    rows = list(_Rows(view, _ASCII if style.ascii_only else _Glyphs()).of(view.tree, "", ""))
    widths = [max(len(title), *(len(row.cells[n]) for row in rows)) for n, title in enumerate(_HEADER[:-1])]
    room = _MESSAGE
    if view.columns is not None:
        room = min(_MESSAGE, view.columns - sum(widths) - len(_GAP) * len(widths))
    lines = (
        _wide(rows, widths, room, style)
        if room >= _LEAST_MESSAGE
        else _narrow(rows, view.columns or 0, style)
    )
    return style.spell("".join(f"{line.rstrip()}\n" for line in lines))


class _Rows:
    """The rows of a tree, top down."""

    def __init__(self, view: TreeView, glyphs: _Glyphs) -> None:
        self._view = view
        self._glyphs = glyphs

    def of(self, node: TreeNode, lead: str, trunk: str) -> Iterator[_Row]:
        """The row of a node, those of its conditions, and those below it; ``trunk`` goes on under ``lead``."""
        below = trunk + (self._glyphs.pipe if node.children else "")
        shown = self._view.shown.shown(node.kind, node.name) if node.role is not Role.VIRTUAL else Shown.NONE
        row = self._row(node, lead, below)
        if shown is not Shown.NONE:
            row = replace(row, status="", paint="", reason="", since="", message="")
        yield row
        yield from self._conditions(node, shown, trunk + (self._glyphs.pipe if node.children else "  "))
        for number, child in enumerate(node.children, 1):
            last = number == len(node.children)
            yield from self.of(
                child,
                trunk + (self._glyphs.end if last else self._glyphs.fork),
                trunk + ("  " if last else self._glyphs.pipe),
            )

    def _row(self, node: TreeNode, lead: str, below: str) -> _Row:
        row = _Row(lead=lead, below=below, **_title(node), counters=counters(node))
        if node.trouble:
            reason = "NotFound" if node.absent else "NotRead"
            return replace(row, status="?", paint="unknown", reason=reason, message=node.trouble)
        condition = row_condition(node)
        if condition is not None:
            row = self._told(row, condition)
        return replace(row, message=group_message(node.members)) if node.role is Role.GROUP else row

    def _told(self, row: _Row, condition: Condition) -> _Row:
        return replace(
            row,
            status=one_line(condition.status),
            paint=_paint(condition),
            reason=one_line(condition.reason),
            since=age_between(condition.since, self._view.now),
            message=condition.message,
        )

    def _conditions(self, node: TreeNode, shown: Shown, trunk: str) -> Iterator[_Row]:
        """The conditions that are wanted, and those that differ from what their sources say."""
        judged = self._judged(node)
        wanted = set(filtered([each.stored for each in judged], shown))
        told = row_condition(node) if shown is Shown.NONE else None
        above = [each for each in judged if each.stored == told]
        listed = [
            each
            for each in judged
            if each.stored in wanted or (each.computed is not None and each not in above)
        ]
        for each in above:
            yield from _computed_row(each, trunk)
        for number, each in enumerate(listed, 1):
            last = number == len(listed)
            lead = trunk + _INSET + (self._glyphs.end if last else self._glyphs.fork)
            below = trunk + _INSET + ("  " if last else self._glyphs.pipe)
            row = _Row(lead=lead, name=one_line(each.stored.type), role="name", below=below)
            yield self._told(row, each.stored)
            yield from _computed_row(each, below)

    def _judged(self, node: TreeNode) -> Sequence[JudgedCondition]:
        return self._view.judged if node is self._view.tree else judged_of(node)


def _computed_row(judged: JudgedCondition, below: str) -> Iterator[_Row]:
    computed = judged.computed
    if computed is not None:
        row = _Row(lead=below, name="by its sources:", role="dim", below=below)
        stands_for = Condition(judged.stored.type, computed.status)
        yield replace(
            row,
            status=computed.status,
            paint=_paint(stands_for),
            reason=computed.reason,
            message=computed.message,
        )


def _title(node: TreeNode) -> dict[str, str]:
    deleted = "!! DELETED !! " if node.item is not None and node.item.is_being_deleted else ""
    role = "bad" if deleted else "bold" if node.role is Role.GROUP else ""
    return {"name": f"{deleted}{one_line(node.title)}", "role": role}


def _paint(condition: Condition) -> str:
    if condition.status not in STATUSES:
        return "dim"
    if condition.status == "Unknown":
        return "unknown"
    return "good" if is_good(condition) else "bad"


def _wide(rows: Sequence[_Row], widths: Sequence[int], room: int, style: TextStyle) -> Iterator[str]:
    """Every cell in its column, messages in the last one."""
    yield _GAP.join(title.ljust(width) for title, width in zip(_HEADER, (*widths, 0), strict=True))
    left = sum(widths) + len(_GAP) * len(widths)
    for row in rows:
        first, *more = wrapped_message(row.message, room)
        yield f"{_painted(row, widths, style)}{first}"
        for line in more:
            yield (
                f"{style.paint(row.below.ljust(left), 'dim')}{line}"
                if line
                else style.paint(row.below, "dim")
            )


def _painted(row: _Row, widths: Sequence[int], style: TextStyle) -> str:
    name, *counted, status, reason, since = (
        cell.ljust(width) for cell, width in zip(row.cells, widths, strict=True)
    )
    shown = name[len(row.lead) :]
    cells = [
        _maybe(row.lead, "dim", style) + _maybe(shown, row.role, style),
        *counted,
        _maybe(status, row.paint, style),
        reason,
        since,
    ]
    return "".join(f"{cell}{_GAP}" for cell in cells)


def _narrow(rows: Sequence[_Row], columns: int, style: TextStyle) -> Iterator[str]:
    """For terminals that are too narrow: counters and messages stand below their rows."""
    widest = max(len(row.lead) + len(row.name) for row in rows)
    width = min(widest, max(columns - len("  Unknown  4m10s"), len("NAME")))
    yield f"{'NAME'.ljust(width)}{_GAP}{'STATUS':<7}{_GAP}SINCE"
    for row in rows:
        name = f"{row.lead}{row.name}".ljust(width)[len(row.lead) :]
        status = _maybe(f"{row.status:<7}", row.paint, style)
        yield f"{_maybe(row.lead, 'dim', style)}{_maybe(name, row.role, style)}{_GAP}{status}{_GAP}{row.since}"
        for text in _below(row):
            room = max(columns - len(row.below) - 4, _LEAST_MESSAGE)
            for line in wrapped_message(text, room):
                yield f"{_maybe(row.below, 'dim', style)}    {line}"


def _below(row: _Row) -> Iterator[str]:
    counted = row.counters
    told = (
        (counted.replicas, "replicas"),
        (counted.available, "available"),
        (counted.ready, "ready"),
        (counted.up_to_date, "up to date"),
    )
    numbers = ", ".join(f"{number} {word}" for number, word in told if number)
    if numbers:
        yield numbers
    reason = row.reason if row.status not in ("True", "") or row.message else ""
    if reason and "\n" in row.message:
        yield f"{reason}:"
        yield row.message
    elif reason or row.message:
        yield ": ".join(part for part in (reason, row.message) if part)


def _maybe(text: str, role: str, style: TextStyle) -> str:
    return style.paint(text, role) if role and text.strip() else text


def wrapped_message(message: str, room: int) -> list[str]:
    """A message in lines of at most ``room`` columns; its own lines and their indentation stay, words stay whole."""
    lines: list[str] = []
    for line in disarm(message).split("\n"):
        text = line.strip()
        indent = line[: len(line) - len(line.lstrip(" "))]
        further = indent + ("  " if text.startswith("* ") else "")
        lines += textwrap.wrap(
            text,
            max(room, len(further) + 1),
            initial_indent=indent,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return lines
