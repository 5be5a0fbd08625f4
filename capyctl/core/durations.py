"""Durations as clusterctl's flags take them: ``30s``, ``1h30m``, and a bare number of seconds (cli.md 1)."""

from __future__ import annotations

from collections.abc import Iterator

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_IN_A_NUMBER = "0123456789."
_IN_A_UNIT = "nuµμmsh"
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
    seconds = 0.0
    for number, unit in _parts(stripped):
        factor = 1.0 if number == stripped else _UNITS.get(unit)
        if factor is None or number.count(".") > 1 or not number.strip("."):
            raise MalformedDurationError(text)
        seconds += float(number) * factor
    if seconds > _LONGEST:
        raise MalformedDurationError(text)
    return seconds


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Each number with the unit behind it, either of them empty where something else stands."""
    while text:
        behind = text.lstrip(_IN_A_NUMBER)
        rest = behind.lstrip(_IN_A_UNIT)
        yield text[: len(text) - len(behind)], behind[: len(behind) - len(rest)]
        text = rest


def format_duration(seconds: float) -> str:
    """The shortest spelling in hours, minutes and seconds, such as ``1h30m`` or ``1.5s``."""
    whole, part = divmod(seconds, 60)
    hours, minutes = divmod(int(whole), 60)
    text = f"{hours}h" if hours else ""
    text += f"{minutes}m" if minutes else ""
    return text + f"{part:g}s" if part or not text else text
