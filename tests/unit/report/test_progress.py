from __future__ import annotations

import io
import threading

import pytest

from capyctl.report.progress import NoProgress, QuestionsAsked, TerminalProgress, TracingProgress
from capyctl.report.text_style import TextStyle


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> str:
        return "2026-11-21T10:00:00Z"

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Stream(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Event()

    def flush(self) -> None:
        self.drawn.set()


def test_nothing_is_shown_in_the_first_second() -> None:
    clock = HandClock()
    asked = QuestionsAsked(clock)
    asked.asking("github.com", "versions", 1)
    clock.seconds = 0.9
    assert asked.line() is None


def test_the_line_names_source_attempt_and_what_is_left() -> None:
    clock = HandClock()
    asked = QuestionsAsked(clock, deadline=30)
    asked.asking("github.com", "versions of k0sproject/k0smotron", 2)
    asked.asking("proxy.golang.org", "versions", 1)
    asked.asking("gitlab.com", "versions", 1)
    asked.answered("gitlab.com", "versions")
    clock.seconds = 12.0
    line = asked.line() or ""
    assert line.startswith("github.com: versions of k0sp")
    assert line.endswith("..., attempt 2 (1 answered, 2 left, 12 of 30 s)")
    assert len(line) <= 80


@pytest.mark.parametrize("width", [20, 36, 50, 60])
def test_the_line_fits_a_narrow_terminal(width: int) -> None:
    clock = HandClock()
    asked = QuestionsAsked(clock, deadline=30)
    asked.asking("release-assets.githubusercontent.com", "infrastructure-components.yaml", 1)
    clock.seconds = 2.0
    line = asked.line(width) or ""
    assert "0 answered" in line
    assert len(line) < width


def test_when_all_is_answered_there_is_nothing_to_show() -> None:
    clock = HandClock()
    asked = QuestionsAsked(clock)
    asked.asking("github.com", "versions", 1)
    asked.answered("github.com", "versions")
    asked.answered("github.com", "versions")
    clock.seconds = 5
    assert asked.line() is None


def test_the_line_is_drawn_on_the_terminal_and_erased_in_the_end() -> None:
    clock, stream = HandClock(), Stream()
    progress = TerminalProgress(clock, stream, TextStyle())
    progress.asking("github.com", "versions", 1)
    clock.seconds = 2
    progress.start()
    assert stream.drawn.wait(60)
    progress.close()
    progress.close()
    line = "\r\x1b[Kgithub.com: versions (0 answered, 1 left, 2 s)"
    drawn = stream.getvalue()
    assert drawn.startswith(line)
    assert drawn.removesuffix("\r\x1b[K").replace(line, "") == ""
    assert drawn.endswith("\r\x1b[K")


def test_a_run_that_ends_before_it_is_drawn_leaves_no_trace() -> None:
    stream = Stream()
    progress = TerminalProgress(HandClock(), stream, TextStyle())
    progress.start()
    progress.close()
    assert stream.getvalue() == ""


def test_hostile_names_cannot_steer_the_terminal() -> None:
    clock = HandClock()
    asked = QuestionsAsked(clock)
    asked.asking("evil\x1b[2J.example", "a\nb", 1)
    clock.seconds = 2
    line = asked.line() or ""
    assert "\x1b" not in line
    assert "\n" not in line


def test_under_debug_every_question_is_a_line() -> None:
    stream = io.StringIO()
    trace = TracingProgress(stream, TextStyle())
    trace.asking("github.com", "versions", 2)
    trace.answered("github.com", "versions")
    assert stream.getvalue() == (
        "debug: asking github.com for versions, attempt 2\ndebug: github.com is done with versions\n"
    )


def test_no_progress_is_silent() -> None:
    silent = NoProgress()
    silent.asking("a", "b", 1)
    silent.answered("a", "b")
