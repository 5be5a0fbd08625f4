"""Silence is waited for once: by host, and by the run (issue 3 section 2: a verdict within 5 s)."""

from __future__ import annotations

import pytest

from capyctl.adapters.http_patience import Silences
from capyctl.adapters.http_settings import HttpLimits


class HandClock:
    def __init__(self) -> None:
        self.time = 100.0

    def monotonic(self) -> float:
        return self.time

    def now(self) -> str:
        raise AssertionError("nobody asks for the day")

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Run:
    """Silences over a clock that is moved by hand."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.silences = Silences(HttpLimits(silence=4.0, last_silence=0.5), self.clock)

    def window(self, host: str) -> float:
        with self.silences.waiting(host) as window:
            return window

    def answer(self, host: str, after: float) -> None:
        with self.silences.waiting(host):
            self.clock.sleep(after)
        self.silences.heard(host)


def test_the_first_question_may_wait_for_the_whole_silence() -> None:
    assert Run().window("a.test") == 4.0


def test_a_host_that_has_never_answered_has_one_window_for_all_questions() -> None:
    run = Run()
    assert run.window("a.test") == 4.0
    run.clock.sleep(3)
    assert run.window("a.test") == 1.0


def test_a_host_that_answered_has_the_whole_silence_again() -> None:
    run = Run()
    run.answer("a.test", 3)
    with run.silences.waiting("b.test"):
        run.clock.sleep(3.5)
        assert run.window("a.test") == 4.0


def test_who_is_asked_while_others_are_silent_shares_their_silence() -> None:
    run = Run()
    run.answer("a.test", 1)
    with run.silences.waiting("b.test"):
        run.clock.sleep(1.5)
        assert run.window("c.test") == 2.5
        run.clock.sleep(2.5)
    assert run.window("d.test") == 0.5


def test_a_word_from_anybody_begins_the_silence_anew() -> None:
    run = Run()
    with run.silences.waiting("b.test"):
        run.answer("a.test", 3)
        run.clock.sleep(1)
        assert run.window("c.test") == 3.0


@pytest.mark.parametrize("pause", [0, 60])
def test_time_in_which_nobody_is_waited_for_is_no_silence(pause: float) -> None:
    run = Run()
    run.answer("a.test", 1)
    run.clock.sleep(pause)
    assert run.window("b.test") == 4.0
