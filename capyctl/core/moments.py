"""Moments as the Kubernetes API and HTTP state them, and the time between two of them."""

from __future__ import annotations

from datetime import UTC, datetime

_CLOCK_TOLERANCE = 300.0
"""Seconds by which clocks of different machines may differ."""


def parse_moment(text: str) -> datetime | None:
    """An RFC 3339 time, UTC where it names no zone; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def seconds_between(earlier: str, later: str) -> float | None:
    """Seconds from one moment to another, negative the other way round; None where either is no moment."""
    begin, end = parse_moment(earlier), parse_moment(later)
    return (end - begin).total_seconds() if begin is not None and end is not None else None


def is_from_the_future(then: str, now: str) -> bool:
    """Whether a moment is later than clocks may differ: one of the two clocks is wrong."""
    ahead = seconds_between(now, then)
    return ahead is not None and ahead > _CLOCK_TOLERANCE
