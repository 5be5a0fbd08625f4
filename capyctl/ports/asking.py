"""How questions are put: side by side, or one after the other with a head start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")

HEAD_START = 1.5
"""Seconds a source may be silent before another that can answer the same question is asked beside it (ADR 5)."""


class Asker(Protocol):
    """Runs calls that ask questions. Calls return their failures as values; what they raise is a fault of ours."""

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Run all calls side by side; results in the order of the calls."""

    def in_turn(
        self, calls: Sequence[Callable[[], T]], good: Callable[[T], bool], head_start: float
    ) -> list[T]:
        """Run calls until one result is good.

        The next call begins when all begun ones have ended without a good result, or when the last begun one
        has been silent for ``head_start`` seconds; one whose answer is on the way is waited for. Returns the
        results that came in, in the order of the calls; a good one ends the wait for the others.
        """
