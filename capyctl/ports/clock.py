"""The time of this run."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Wall time for people and records, monotonic time for deadlines."""

    def now(self) -> str:
        """RFC 3339 time in UTC with seconds, such as ``2026-11-21T10:00:00Z``."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary point; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
