"""The machine's clock tells the time as RFC 3339, also when it is asked again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from capyctl.adapters.system_clock import SystemClock

if TYPE_CHECKING:
    import pytest


def test_each_second_is_told_in_utc_and_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    told = []
    for second in (0.0, 1763769599.25, 1763769599.99, 1763769600.0, 951782400.5, 0.0):
        monkeypatch.setattr(time, "time", lambda second=second: second)
        told.append(clock.now())
    assert told == [
        "1970-01-01T00:00:00Z",
        "2025-11-21T23:59:59Z",
        "2025-11-21T23:59:59Z",
        "2025-11-22T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "1970-01-01T00:00:00Z",
    ]


def test_it_tells_the_time_of_this_machine() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    told = datetime.fromisoformat(SystemClock().now())
    assert before <= told <= datetime.now(UTC)
