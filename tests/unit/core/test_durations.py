from __future__ import annotations

import pytest

from capyctl.core.durations import MalformedDurationError, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        ("90", 90),
        ("0", 0),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("10m0s", 600),
        ("250ms", 0.25),
        ("1.5", 1.5),
        (" 30s ", 30),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    ["", " ", "s", "5 m", "-5s", "1d", "1h30", "5m x", "1e3", "nan", "inf", "٣s", "9" * 70, "99999999h"],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(MalformedDurationError) as raised:
        parse_duration(text)
    assert raised.value.text == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (1.5, "1.5s"), (60, "1m"), (90, "1m30s"), (600, "10m"), (5400, "1h30m")]
)
def test_the_shortest_spelling(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
