"""Both clocks (ADR 18)."""

from __future__ import annotations

import pytest

from capyctl.core.checks.clock import ClockFacts, judge_clock
from capyctl.core.checks.result import CheckOutcome
from capyctl.core.moments import parse_moment, seconds_between

_LOCAL = "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("server", "outcome", "severity"),
    [
        ("2026-11-22T10:00:01Z", CheckOutcome.OK, None),
        ("2026-11-22T09:59:30Z", CheckOutcome.OK, None),
        ("2026-11-22T10:00:31Z", CheckOutcome.OK, "warning"),
        ("2026-11-22T09:55:00Z", CheckOutcome.OK, "warning"),
        ("2026-11-22T09:54:59Z", CheckOutcome.FAILED, "error"),
        (None, CheckOutcome.SKIPPED, None),
        ("yesterday", CheckOutcome.SKIPPED, None),
    ],
)
def test_how_far_clocks_may_be_apart(server: str | None, outcome: CheckOutcome, severity: str | None) -> None:
    found = judge_clock(ClockFacts(server=server, local=_LOCAL))
    assert found.outcome is outcome
    assert [(each.code.name, each.severity.value) for each in found.diagnostics] == (
        [("clock-skew", severity)] if severity else []
    )


def test_the_words_say_whose_clock_is_ahead() -> None:
    ahead = judge_clock(ClockFacts(server="2026-11-22T10:10:00Z", local=_LOCAL))
    behind = judge_clock(ClockFacts(server="2026-11-22T09:59:00Z", local=_LOCAL))
    assert ahead.detail == "the server is 10m ahead of this machine"
    assert behind.detail == "the server is 1m behind this machine"
    assert "2026-11-22T10:10:00Z" in ahead.diagnostics[0].detail


def test_moments() -> None:
    assert seconds_between("2026-11-22T10:00:00Z", "2026-11-22T11:00:01+01:00") == 1.0
    assert seconds_between("2026-11-22T10:00:00", "2026-11-22T10:00:02Z") == 2.0
    assert seconds_between("2026-11-22T10:00:02Z", "2026-11-22T10:00:00Z") == -2.0
    assert (seconds_between("", _LOCAL), seconds_between(_LOCAL, "now")) == (None, None)
    assert parse_moment("2026-13-40T10:00:00Z") is None
