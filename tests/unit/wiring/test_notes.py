"""The note that dates what the disk cache answered (cli.md 6)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.diagnostics import Confidence, Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.wiring.notes import cache_notes

_NOW = "2026-11-22T05:00:00Z"


def answered(
    as_of: str | None, outcome: Outcome = Outcome.FOUND, route: str = "cache", number: int = 0
) -> Evidence:
    url = f"https://example.com/{number}"
    return Evidence(route=route, question=Question.FILE, outcome=outcome, url=url, as_of=as_of)


def test_one_note_gives_the_oldest_and_the_newest_age() -> None:
    times = ["2026-11-21T04:00:00Z", "2026-11-22T04:58:30Z", "2026-11-20T05:00:00Z"]
    pieces = [answered(time, number=number) for number, time in enumerate(times)]
    (note,) = cache_notes([*pieces, pieces[0]], _NOW)
    assert (note.code, note.severity, note.confidence) == (
        codes.CACHE_DATED,
        Severity.NOTE,
        Confidence.LIKELY,
    )
    assert "oldest answer is of 2026-11-20T05:00:00Z (2 days ago)" in (note.detail or "")
    assert "newest of 2026-11-22T04:58:30Z (1 minute ago)" in (note.detail or "")
    assert note.evidence == tuple(pieces)


@pytest.mark.parametrize(
    ("then", "age"),
    [
        (_NOW, "0 seconds ago"),
        ("2026-11-22T04:59:59Z", "1 second ago"),
        ("2026-11-22T04:00:01Z", "59 minutes ago"),
        ("2026-11-22T04:00:00Z", "1 hour ago"),
        ("2025-11-22T05:00:00Z", "365 days ago"),
        ("2026-11-22T05:00:01Z", "after this machine's present time"),
        ("long ago", "after this machine's present time"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(then: str, age: str) -> None:
    (note,) = cache_notes([answered(then, Outcome.ABSENT)], _NOW)
    assert f"({age})" in (note.detail or "")


@pytest.mark.parametrize(
    "piece",
    [
        answered(_NOW, route="https"),
        answered(_NOW, route="snapshot"),
        answered(_NOW, Outcome.UNAVAILABLE),
        answered(None),
    ],
)
def test_nothing_is_said_where_the_cache_answered_nothing(piece: Evidence) -> None:
    assert cache_notes([piece], _NOW) == ()
