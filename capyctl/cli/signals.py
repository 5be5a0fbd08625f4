"""SIGINT and SIGTERM: a run ends at once, by an exception in the main thread (cli.md 3)."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from capyctl.core.exit_status import ExitStatus

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_ENDS = (signal.SIGINT, signal.SIGTERM)
_NUDGES, _PAUSE = 3, 0.05
"""How often the main thread is nudged after a signal at least, and the seconds before each time."""
_LATER = 0.1
"""Seconds after which a run has a thread that watches for missed signals: shorter runs do without."""
_FAREWELL = 1.0
"""Seconds that a run which is over may still take to tell its result, once a signal came."""
_IMPORTING = "<frozen importlib._bootstrap>"
_OUTERMOST = "capyctl.cli.session"


class InterruptedRun(BaseException):
    """Raised in the main thread by SIGINT or SIGTERM; not an Exception, so that nothing swallows it.

    Attributes:
        status: 130 or 143.
    """

    def __init__(self, status: ExitStatus) -> None:
        super().__init__(status)
        self.status = status


class Signals:
    """The two signals that end a run: noted from ``install`` on, and raised between ``begin`` and ``end``.

    An exception that comes out of nowhere can get lost where C code calls Python: in what runs when an object goes
    away, and in imports, where C code puts an error of its own in its place. So none is raised within an import,
    which is short, and one that got lost is raised again.
    """

    def __init__(self) -> None:
        self._came: int | None = None
        self._was_raised = False
        self._raises = False
        self._is_over = False
        self._writer: int | None = None
        self._has_alarm = False

    def install(self) -> None:
        """Note the signals of this process from now on."""
        for number in _ENDS:
            signal.signal(number, self._heard)
        sys.unraisablehook = self._lost
        if hasattr(signal, "pthread_kill"):
            self._watch_for_missed_ones()

    def begin(self) -> None:
        """Let a signal end the run from now on.

        Raises:
            InterruptedRun: one came before.
        """
        self._raises = True
        self.check()

    def hold(self) -> None:
        """Only note signals until ``begin`` is called again."""
        self._raises = False

    def check(self) -> None:
        """The place where a signal takes effect whose exception could not be raised.

        Raises:
            InterruptedRun: there is one.
        """
        if self._is_due:
            self._raise()

    def end(self) -> None:
        """The run is over and is being told: let that be finished, but not for ever, and kill it by a second signal.

        No alarm comes any more: it would kill an interpreter that is on its way out and has no handlers left.
        """
        self._raises, self._is_over = False, True
        if self._has_alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self._came is not None:
            _let_signals_kill()

    @property
    def status(self) -> ExitStatus | None:
        """What the run has to end with since a signal came; None where none did."""
        if self._came is None:
            return None
        return ExitStatus.TERMINATED if self._came == signal.SIGTERM else ExitStatus.INTERRUPTED

    @property
    def _is_due(self) -> bool:
        return self._raises and self._came is not None and not self._was_raised

    def _heard(self, number: int, frame: FrameType | None) -> None:
        is_second = self._came is not None
        self._came, self._was_raised = number, False
        if self._is_over or (is_second and not self._raises):
            _let_signals_kill()
            _start(_kill_later, number)
        self._deliver(frame)

    def _deliver(self, frame: FrameType | None) -> None:
        """Raise what is due, unless that could get lost and can be made up for."""
        if self._is_due and not (self._writer is not None and _is_importing(frame)):
            self._raise()

    def _raise(self) -> None:
        status = self.status
        if status is not None:
            self._was_raised = True
            raise InterruptedRun(status)

    def _lost(self, lost: UnraisableHookArgs) -> None:
        """Have an exception raised again that no caller will see."""
        if not isinstance(lost.exc_value, InterruptedRun) or self._came is None:
            sys.__unraisablehook__(lost)
            return
        self._was_raised = False
        if self._writer is None:
            _thread.interrupt_main(signal.Signals(self._came))
        else:
            os.write(self._writer, bytes((self._came,)))

    def _watch_for_missed_ones(self) -> None:
        """Wake the main thread where a signal came just before it went to sleep.

        Python notes a signal when it comes and acts on it between two instructions of the main thread. One that
        comes while that thread is on its way into a wait, for a socket or for other threads, would be acted on when
        the wait is over: seconds later. SIGURG means nothing to capyctl; it only ends the wait. So does the alarm
        that starts the thread, unless whoever started capyctl has a use for the alarm.
        """
        reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGURG, lambda _, frame: self._deliver(frame))
        main_thread = _thread.get_ident()
        if not _is_alarm_free():
            _start(self._nudge, reader, main_thread)
            return

        def watch(*_: object) -> None:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            _start(self._nudge, reader, main_thread)

        self._has_alarm = True
        signal.signal(signal.SIGALRM, watch)
        signal.setitimer(signal.ITIMER_REAL, _LATER)

    def _nudge(self, noted: int, main_thread: int) -> None:
        """Read the numbers of signals as they come, and nudge the main thread after each that is to end the run."""
        pause = threading.Event()
        while number := os.read(noted, 1):
            left = 0 if number[0] in (signal.SIGURG, signal.SIGALRM) else _NUDGES
            while left > 0 or self._is_due:
                pause.wait(_PAUSE)
                signal.pthread_kill(main_thread, signal.SIGURG)
                left -= 1


def _is_importing(frame: FrameType | None) -> bool:
    """Whether the run is within an import."""
    while frame is not None and frame.f_globals.get("__name__") != _OUTERMOST:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False


def _is_alarm_free() -> bool:
    """Whether nobody has set an alarm for this process, or keeps it from getting one."""
    is_blocked = signal.SIGALRM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    is_usual = signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    return is_usual and not is_blocked and signal.getitimer(signal.ITIMER_REAL)[0] == 0


def _let_signals_kill() -> None:
    for number in _ENDS:
        signal.signal(number, signal.SIG_DFL)


def _kill_later(number: int) -> None:
    """End the process as the signal would have, where the result cannot be told: nobody reads it, perhaps."""
    threading.Event().wait(_FAREWELL)
    os.kill(os.getpid(), number)


def _start(work: Callable[..., None], *arguments: int) -> None:
    """Work beside the run, from a handler: ``Thread.start`` would wait for a lock that the main thread may hold."""
    with contextlib.suppress(RuntimeError):
        _thread.start_new_thread(work, arguments)
