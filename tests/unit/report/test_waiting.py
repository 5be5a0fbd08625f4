"""The lines on what a management cluster is waited for (cli.md 5)."""

from __future__ import annotations

import io
import threading

import pytest

from capyctl.report.text_style import TextStyle
from capyctl.report.waiting import QuestionsAwaited, WaitingLines, WaitingTrace

HANG = 60.0
HOST, PATH = "api:6443", "/version"


class HandClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> str:
        return "2026-11-22T10:00:00Z"

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def awaited(clock: HandClock) -> QuestionsAwaited:
    return QuestionsAwaited(clock)


def fail(awaited: QuestionsAwaited, clock: HandClock, reason: str, path: str = PATH) -> None:
    awaited.asking(HOST, path, 1)
    awaited.answered(HOST, path)
    awaited.waiting(HOST, path, reason, clock.time)


def test_nothing_is_said_in_the_first_second(awaited: QuestionsAwaited, clock: HandClock) -> None:
    fail(awaited, clock, "refused")
    clock.time = 0.9
    assert awaited.line() is None
    clock.time = 1.0
    assert awaited.line() == "waiting for the API server api:6443: refused (1 s)"


def test_the_same_is_said_again_after_ten_seconds_and_a_new_cause_at_once(
    awaited: QuestionsAwaited, clock: HandClock
) -> None:
    clock.time = 2.0
    fail(awaited, clock, "refused")
    assert awaited.line() is not None
    clock.time = 5.0
    fail(awaited, clock, "refused")
    assert awaited.line() is None
    clock.time = 6.0
    fail(awaited, clock, "status 503")
    assert awaited.line() == "waiting for the API server api:6443: status 503 (6 s)"
    clock.time = 15.9
    fail(awaited, clock, "status 503")
    assert awaited.line() is None
    clock.time = 16.0
    assert awaited.line() == "waiting for the API server api:6443: status 503 (16 s)"


def test_an_answer_ends_the_wait(awaited: QuestionsAwaited, clock: HandClock) -> None:
    fail(awaited, clock, "refused")
    awaited.asking(HOST, PATH, 1)
    clock.time = 5.0
    awaited.answered(HOST, PATH)
    assert awaited.line() is None


def test_a_server_that_is_silent_is_awaited_too(awaited: QuestionsAwaited, clock: HandClock) -> None:
    awaited.asking(HOST, PATH, 1)
    clock.time = 3.0
    assert awaited.line() == "waiting for the API server api:6443: no answer yet (3 s)"


def test_of_several_questions_the_one_that_waits_longest_is_told(
    awaited: QuestionsAwaited, clock: HandClock
) -> None:
    awaited.waiting(HOST, "/b", "first", 0.0)
    clock.time = 2.0
    awaited.waiting(HOST, "/a", "second", 0.0)
    assert awaited.line() == "waiting for the API server api:6443: first (2 s)"
    awaited.answered(HOST, "/b")
    clock.time = 4.0
    assert awaited.line() == "waiting for the API server api:6443: second (2 s)"


def test_what_a_server_said_cannot_steer_the_terminal(awaited: QuestionsAwaited, clock: HandClock) -> None:
    clock.time = 2.0
    fail(awaited, clock, "a\x1b[2J\nb")
    assert awaited.line() == "waiting for the API server api:6443: a\ufffd[2J b (2 s)"


class Telling(io.StringIO):
    """A stream that says when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


@pytest.mark.parametrize(("erases", "lead"), [(False, ""), (True, "\r\x1b[K")])
def test_the_line_is_written_while_the_run_waits(clock: HandClock, erases: bool, lead: str) -> None:
    stream = Telling()
    lines = WaitingLines(clock, stream, TextStyle(), erases=erases)
    clock.time = 1.5
    fail(lines, clock, "refused")
    lines.start()
    assert stream.written.wait(HANG)
    lines.close()
    lines.close()
    assert stream.getvalue() == f"{lead}waiting for the API server api:6443: refused (2 s)\n"


def test_closing_before_the_start_writes_nothing(clock: HandClock) -> None:
    stream = io.StringIO()
    WaitingLines(clock, stream, TextStyle()).close()
    assert stream.getvalue() == ""


def test_the_trace_tells_every_pause() -> None:
    stream = io.StringIO()
    trace = WaitingTrace(stream, TextStyle())
    trace.asking(HOST, PATH, 1)
    trace.answered(HOST, PATH)
    trace.waiting(HOST, PATH, "refused", 0.25)
    assert stream.getvalue().splitlines() == [
        "debug: asking api:6443 for /version, attempt 1",
        "debug: api:6443 is done with /version",
        "debug: api:6443 is asked for /version again soon, after 0.2 s: refused",
    ]
