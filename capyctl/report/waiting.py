"""Lines on what a management cluster is waited for, in text mode, on a terminal or not (cli.md 5)."""

from __future__ import annotations

import threading
from typing import TextIO

from capyctl.ports.clock import Clock
from capyctl.report.progress import TracingProgress
from capyctl.report.text_style import TextStyle, one_line

_PATIENCE = 1.0
_AGAIN = 10.0
_INTERVAL = 0.2
_NO_ANSWER = "no answer yet"
_ERASE = "\r\x1b[K"


class QuestionsAwaited:
    """Which questions to an API server are open or failed and put again soon; told from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[tuple[str, str], float] = {}
        self._failing: dict[tuple[str, str], tuple[float, str]] = {}
        self._told: tuple[str, float] | None = None
        self._lock = threading.Lock()

    def asking(self, source: str, what: str, attempt: int) -> None:
        del attempt
        with self._lock:
            self._open[(source, what)] = self._clock.monotonic()

    def answered(self, source: str, what: str) -> None:
        with self._lock:
            self._open.pop((source, what), None)
            self._failing.pop((source, what), None)

    def waiting(self, source: str, what: str, reason: str, seconds: float) -> None:
        with self._lock:
            self._failing[(source, what)] = (self._clock.monotonic() - seconds, reason)

    def line(self) -> str | None:
        """The line to write now; None where nothing is new.

        One that says the same as the last is written again after ten seconds only.
        """
        with self._lock:
            now = self._clock.monotonic()
            since, source, reason = self._awaited(now)
            if now - since < _PATIENCE:
                return None
            if self._told is not None and self._told[0] == reason and now - self._told[1] < _AGAIN:
                return None
            self._told = (reason, now)
            return f"waiting for the API server {one_line(source)}: {one_line(reason)} ({now - since:.0f} s)"

    def _awaited(self, now: float) -> tuple[float, str, str]:
        """Since when which server is awaited, and why; since now where nothing is."""
        failing = min(self._failing.items(), key=lambda each: each[1], default=None)
        if failing is not None:
            (source, _), (since, reason) = failing
            return since, source, reason
        opened = min(self._open.items(), key=lambda each: each[1], default=None)
        return (opened[1], opened[0][0], _NO_ANSWER) if opened is not None else (now, "", "")


class WaitingLines(QuestionsAwaited):
    """Writes the lines from a thread that never keeps the process alive."""

    def __init__(self, clock: Clock, stream: TextIO, style: TextStyle, *, erases: bool = False) -> None:
        """Write to ``stream``; ``erases`` where another line of progress may stand there."""
        super().__init__(clock)
        self._stream = stream
        self._style = style
        self._erases = erases
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_until_ended, name="waiting", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop; safe to call twice."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _write_until_ended(self) -> None:
        while not self._ended.wait(_INTERVAL):
            line = self.line()
            if line is not None:
                erase = _ERASE if self._erases else ""
                self._stream.write(f"{erase}{self._style.spell(line)}\n")
                self._stream.flush()


class WaitingTrace(TracingProgress):
    """Under ``--debug``: every question, its end and every pause, a line each."""

    def waiting(self, source: str, what: str, reason: str, seconds: float) -> None:
        self.tell(f"debug: {source} is asked for {what} again soon, after {seconds:.1f} s: {reason}")
