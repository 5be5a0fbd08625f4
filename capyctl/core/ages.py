"""How long ago something was, in as few letters as people need (clusterctl-cluster 7.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEAR: Final = 365 * _DAY


def age_between(since: str, now: str) -> str:
    """The age between two RFC 3339 times; empty where one of them is none, ``0s`` for the future."""
    try:
        seconds = int((datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return ""
    return compact_age(max(0, seconds))


def compact_age(seconds: int) -> str:
    """``95s``, ``4m10s``, ``75m``, ``5h20m``, ``30h``, ``3d4h``, ``120d``, ``3y20d``, ``9y``."""
    steps = (
        (2 * _MINUTE, 1, "s", 0, ""),
        (10 * _MINUTE, _MINUTE, "m", 1, "s"),
        (3 * _HOUR, _MINUTE, "m", 0, ""),
        (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
        (2 * _DAY, _HOUR, "h", 0, ""),
        (8 * _DAY, _DAY, "d", _HOUR, "h"),
        (2 * _YEAR, _DAY, "d", 0, ""),
        (8 * _YEAR, _YEAR, "y", _DAY, "d"),
    )
    for limit, size, unit, part, part_unit in steps:
        if seconds < limit:
            rest = seconds % size // part if part else 0
            return f"{seconds // size}{unit}" + (f"{rest}{part_unit}" if rest else "")
    return f"{seconds // _YEAR}y"
