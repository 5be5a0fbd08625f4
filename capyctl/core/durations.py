"""Durations as clusterctl's flags take them: ``30s``, ``1h30m``, and a bare number of seconds (cli.md 1)."""

from __future__ import annotations

import math
import re

from capyctl.core.pattern import pattern

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = pattern(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_BARE = pattern(r"\d+\.?\d*|\.\d+", re.ASCII)
_TEXT_LIMIT = 64
_LONGEST = 365 * 24 * 3600.0


class MalformedDurationError(ValueError):
    """A text that is no duration.

    Attributes:
        text: as given.
    """

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a duration such as 30s, 5m or 1h30m (a bare number is seconds)")
        self.text = text


def parse_duration(text: str) -> float:
    """Seconds.

    Raises:
        MalformedDurationError: not a duration, negative, or longer than a year.
    """
    stripped = text.strip()
    if not stripped or len(stripped) > _TEXT_LIMIT:
        raise MalformedDurationError(text)
    seconds = float(stripped) if _BARE().fullmatch(stripped) else _sum_of_parts(stripped, text)
    if not math.isfinite(seconds) or seconds > _LONGEST:
        raise MalformedDurationError(text)
    return seconds


def _sum_of_parts(stripped: str, text: str) -> float:
    parts = _PART().findall(stripped)
    if "".join(number + unit for number, unit in parts) != stripped:
        raise MalformedDurationError(text)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def format_duration(seconds: float) -> str:
    """The shortest spelling in hours, minutes and seconds, such as ``1h30m`` or ``1.5s``."""
    whole, part = divmod(seconds, 60)
    hours, minutes = divmod(int(whole), 60)
    text = f"{hours}h" if hours else ""
    text += f"{minutes}m" if minutes else ""
    return text + f"{part:g}s" if part or not text else text
