"""A play that hangs fails its tests with the place where it stands, and holds nothing up."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.plugins.stalls import watched
from tests.scenario.playing import Theatre

_SOON = 0.2


def stand_still() -> None:
    """What no play should do."""
    threading.Event().wait()


def test_a_play_that_hangs_ends_and_says_where_it_stood(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        theatre = Theatre(executor, tmp_path)
        hung = executor.submit(watched, tmp_path, _SOON, stand_still)
        with pytest.raises(AssertionError, match="a play stalled") as said:
            theatre.answer(hung)
    assert "in stand_still" in str(said.value)


def test_work_that_ends_leaves_no_word(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        theatre = Theatre(executor, tmp_path)
        assert theatre.answer(theatre.perform(int, "12")) == 12
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == [""]
