"""SIGINT and SIGTERM: a run ends at once, by an exception in the main thread (cli.md 3)."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import threading
from types import FrameType

from capyctl.core.exit_status import ExitStatus

_NUDGES, _PAUSE = 3, 0.05
"""How often the main thread is nudged after a signal, and the seconds before each time."""

_LATER = 0.1
"""Seconds after which a run has a thread that watches for missed signals: shorter runs do without."""


class InterruptedRun(BaseException):
    """Raised in the main thread by SIGINT or SIGTERM; not an Exception, so that nothing swallows it.

    Attributes:
        status: 130 or 143.
    """

    def __init__(self, status: ExitStatus) -> None:
        super().__init__(status)
        self.status = status


def install_signals() -> None:
    """Let SIGINT and SIGTERM end the run at once, by an exception in the main thread."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    if hasattr(signal, "pthread_kill"):
        _watch_for_missed_signals()


def reset_signals() -> None:
    """The run is over and is being told; a second signal ends the process where it stands."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise InterruptedRun(ExitStatus.TERMINATED if number == signal.SIGTERM else ExitStatus.INTERRUPTED)


def _watch_for_missed_signals() -> None:
    """Wake the main thread where a signal came just before it went to sleep.

    Python notes a signal when it comes and acts on it between two instructions of the main thread. One that
    comes while that thread is on its way into a wait, for a socket or for other threads, would be acted on when
    the wait is over: seconds later. SIGURG means nothing to capyctl; it only ends the wait. So does the alarm
    that starts the thread, and a signal that was missed before goes with it.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    main_thread = _thread.get_ident()

    def watch(*_: object) -> None:
        # The main thread may hold a lock of threading's just now, which Thread.start would wait for.
        with contextlib.suppress(RuntimeError):
            _thread.start_new_thread(_nudge, (reader, main_thread))

    signal.signal(signal.SIGURG, lambda *_: None)
    signal.signal(signal.SIGALRM, watch)
    signal.setitimer(signal.ITIMER_REAL, _LATER)


def _nudge(noted: int, main_thread: int) -> None:
    """Read the numbers of signals as they come, and nudge the main thread after each that is to end the run."""
    pause = threading.Event()
    while number := os.read(noted, 1):
        if number[0] not in (signal.SIGURG, signal.SIGALRM):
            for _ in range(_NUDGES):
                pause.wait(_PAUSE)
                signal.pthread_kill(main_thread, signal.SIGURG)
