"""Questions side by side, or in turn with a head start; time is told by events, not by waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from capyctl.adapters.askers import PatientAsker, SerialAsker, ThreadedAsker
from capyctl.ports.answering import answer_begins

BOTH = pytest.mark.parametrize(
    "asker", [SerialAsker(), ThreadedAsker(), PatientAsker()], ids=["serial", "threaded", "patient"]
)
LONG = 60.0
AT_ONCE = 0.001


def gives(value: int, asked: list[int]) -> Callable[[], int]:
    def call() -> int:
        asked.append(value)
        return value

    return call


@BOTH
def test_results_come_in_the_order_of_the_calls(asker: SerialAsker | ThreadedAsker) -> None:
    assert asker.together([gives(number, []) for number in range(20)]) == list(range(20))
    assert asker.together([gives(1, [])]) == [1]
    nothing: list[Callable[[], int]] = []
    assert asker.together(nothing) == []


@BOTH
def test_in_turn_stops_at_the_first_good_one(asker: SerialAsker | ThreadedAsker) -> None:
    asked: list[int] = []
    calls = [gives(number, asked) for number in range(5)]
    assert asker.in_turn(calls, lambda value: value == 2, LONG) == [0, 1, 2]
    assert asked == [0, 1, 2]


@BOTH
def test_in_turn_gives_every_result_where_none_is_good(asker: SerialAsker | ThreadedAsker) -> None:
    assert asker.in_turn([gives(number, []) for number in range(3)], lambda _: False, LONG) == [0, 1, 2]
    nothing: list[Callable[[], int]] = []
    assert asker.in_turn(nothing, lambda _: True, LONG) == []


@BOTH
def test_a_fault_of_ours_is_raised_where_one_waits(asker: SerialAsker | ThreadedAsker) -> None:
    def broken() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asker.together([gives(1, []), broken])
    with pytest.raises(ZeroDivisionError):
        asker.in_turn([broken], lambda _: True, LONG)


def test_all_calls_run_side_by_side() -> None:
    barrier = threading.Barrier(4, timeout=LONG)

    def call() -> int:
        return barrier.wait()

    assert sorted(ThreadedAsker().together([call] * 4)) == [0, 1, 2, 3]


def test_a_silent_source_is_joined_by_the_next_and_a_good_answer_ends_the_wait() -> None:
    never = threading.Event()
    try:
        results = ThreadedAsker().in_turn(
            [lambda: never.wait(LONG), lambda: True], lambda value: value, AT_ONCE
        )
        assert results == [True]
        assert not never.is_set()
    finally:
        never.set()


def test_where_an_answer_is_written_down_a_silent_source_is_waited_for() -> None:
    asked: list[int] = []
    let_go = threading.Event()

    def slow() -> int:
        let_go.wait(LONG)
        return gives(1, asked)()

    timer = threading.Timer(0.02, let_go.set)
    timer.start()
    calls = [slow, gives(2, asked)]
    assert PatientAsker().in_turn(calls, lambda value: value == 1, AT_ONCE) == [1]
    assert asked == [1]


def test_the_first_may_still_win_after_the_next_has_begun() -> None:
    begun, hold = threading.Event(), threading.Event()

    def first() -> str:
        assert begun.wait(LONG)
        return "first"

    def second() -> str:
        begun.set()
        hold.wait(LONG)
        return "second"

    try:
        results = ThreadedAsker().in_turn([first, second], lambda value: value == "first", AT_ONCE)
        assert results == ["first"]
    finally:
        hold.set()


def test_the_last_one_is_waited_for_however_long_it_is_silent() -> None:
    let_go = threading.Event()
    asked: list[int] = []

    def last() -> int:
        asked.append(2)
        assert let_go.wait(LONG)
        return 2

    def first() -> int:
        asked.append(1)
        return 1

    timer = threading.Timer(0.02, let_go.set)
    timer.start()
    assert ThreadedAsker().in_turn([first, last], lambda value: value == 2, AT_ONCE) == [1, 2]
    assert asked == [1, 2]


def test_an_answer_on_its_way_is_waited_for_however_long_its_head_start_is_over() -> None:
    head_start = 2.0  # A thread begins within it on any machine; the transfer outlasts it.
    ended = threading.Event()

    def slow_transfer() -> int:
        answer_begins.get()()
        threading.Timer(1.2 * head_start, ended.set).start()
        assert ended.wait(LONG)
        return 1

    def never_asked() -> int:
        raise AssertionError("the first source is answering")

    assert ThreadedAsker().in_turn([slow_transfer, never_asked], lambda value: value == 1, head_start) == [1]
