"""The end of a run: the latest is closed first, and what comes after the end is closed at once."""

from __future__ import annotations

from functools import partial

from capyctl.wiring.run_end import RunEnd


def test_the_latest_is_closed_first_and_each_once() -> None:
    closed: list[str] = []
    end = RunEnd()
    for name in ("cache", "client"):
        end.add(partial(closed.append, name))
    end.close()
    end.close()
    assert closed == ["client", "cache"]


def test_what_is_opened_after_the_end_is_closed_at_once() -> None:
    closed: list[str] = []
    end = RunEnd()
    end.close()
    end.add(lambda: closed.append("late"))
    assert closed == ["late"]
