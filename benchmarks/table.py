"""Rows of figures, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Row(Struct, frozen=True, kw_only=True):
    """One figure and what stands beside it.

    Attributes:
        what: what was done. ours: capyctl's figure in ``unit``.
        beside: the other's figure, None where nothing stands beside it. other: what the other is.
        goal: the largest sound ratio, or the largest sound figure where nothing stands beside; None for no goal.
    """

    what: str
    ours: float
    unit: str
    beside: float | None = None
    other: str = ""
    goal: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours to the other's."""
        return self.ours / self.beside if self.beside else None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        figure = self.ours if self.ratio is None else self.ratio
        return None if self.goal is None else figure <= self.goal

    def as_json(self) -> dict[str, object]:
        """All of it, with the verdict."""
        return {
            "what": self.what,
            "ours": round(self.ours, 4),
            "unit": self.unit,
            "other": self.other or None,
            "beside": None if self.beside is None else round(self.beside, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "goal": self.goal,
            "met": self.is_met,
        }


def as_text(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | capyctl | beside | ratio | goal | met |", "|---|---|---|---|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    beside = f"{_figure(row.beside, row.unit)} ({row.other})" if row.beside is not None else row.other or "-"
    goal = "-" if row.goal is None else f"≤ {row.goal:g}" + ("" if row.ratio is not None else f" {row.unit}")
    return (
        row.what,
        _figure(row.ours, row.unit),
        beside,
        "-" if row.ratio is None else f"{row.ratio:.2f}",
        goal,
        {None: "-", True: "yes", False: "NO"}[row.is_met],
    )


def _figure(value: float, unit: str) -> str:
    return f"{value:g} {unit}" if float(value).is_integer() else f"{value:.3f} {unit}"
