"""Moments, and clocks that differ."""

from __future__ import annotations

import pytest

from capyctl.core.moments import is_from_the_future


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("2026-11-22T05:05:00Z", False),
        ("2026-11-22T05:05:01Z", True),
        ("2026-11-21T05:00:00Z", False),
        ("2026-11-22T07:05:01+02:00", True),
        ("soon", False),
    ],
)
def test_clocks_may_differ_by_five_minutes(then: str, expected: bool) -> None:
    assert is_from_the_future(then, "2026-11-22T05:00:00Z") is expected
