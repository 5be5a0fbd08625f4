"""Progress on a terminal: after one second, one line on what is being asked and what is left (W-46)."""

from __future__ import annotations

import os
import threading
from typing import TextIO

from capyctl.ports.clock import Clock
from capyctl.report.text_style import WIDTH, TextStyle, one_line

_PATIENCE = 1.0
_INTERVAL = 0.2
_LEAST_NAME = 12
"""Columns under which the source is left out of the line: the counts say more than four letters of a name."""
_ERASE = "\r\x1b[K"


class QuestionsAsked:
    """Which questions are open; told from several threads."""

    def __init__(self, clock: Clock, deadline: float | None = None) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._deadline = deadline
        self._open: dict[tuple[str, str], int] = {}
        self._done = 0
        self._lock = threading.Lock()

    def asking(self, source: str, what: str, attempt: int) -> None:
        with self._lock:
            self._open[(source, what)] = attempt

    def answered(self, source: str, what: str) -> None:
        with self._lock:
            if self._open.pop((source, what), None) is not None:
                self._done += 1

    def line(self, width: int = WIDTH) -> str | None:
        """What to show now: the question open for longest, and how many are left; None for nothing.

        It stays within ``width`` columns and leaves the last one free: a line that wraps cannot be erased.
        """
        elapsed = self._clock.monotonic() - self._began
        with self._lock:
            if elapsed < _PATIENCE or not self._open:
                return None
            (source, what), attempt = next(iter(self._open.items()))
            left, done = len(self._open), self._done
        again = f", attempt {attempt}" if attempt > 1 else ""
        limit = f" of {self._deadline:.0f}" if self._deadline is not None else ""
        counts = f"{done} answered, {left} left, {elapsed:.0f}{limit} s"
        room = width - len(counts) - len(again) - 4
        if room < _LEAST_NAME:
            return counts[: width - 1]
        asked = one_line(f"{source}: {what}")
        asked = asked if len(asked) <= room else f"{asked[: room - 3]}..."
        return f"{asked}{again} ({counts})"


class TerminalProgress(QuestionsAsked):
    """Draws the line on a terminal from a thread that never keeps the process alive."""

    def __init__(self, clock: Clock, stream: TextIO, style: TextStyle, deadline: float | None = None) -> None:
        super().__init__(clock, deadline)
        self._stream = stream
        self._style = style
        self._ended = threading.Event()
        self._drawn = False
        self._thread = threading.Thread(target=self._draw_until_ended, name="progress", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Erase the line and stop; safe to call twice and before ``start``."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._show(None)

    def _draw_until_ended(self) -> None:
        while not self._ended.wait(_INTERVAL):
            self._show(self.line(self._columns()))

    def _columns(self) -> int:
        """The width of the terminal as it is now, at most what text here has."""
        try:
            return min(WIDTH, os.get_terminal_size(self._stream.fileno()).columns or WIDTH)
        except (OSError, ValueError):
            return WIDTH

    def _show(self, line: str | None) -> None:
        if line is None and not self._drawn:
            return
        self._stream.write(_ERASE + self._style.spell(line or ""))
        self._stream.flush()
        self._drawn = line is not None


class TracingProgress:
    """Under ``--debug``: every question and its end, a line each."""

    def __init__(self, stream: TextIO, style: TextStyle) -> None:
        self._stream = stream
        self._style = style
        self._lock = threading.Lock()

    def asking(self, source: str, what: str, attempt: int) -> None:
        self.tell(f"debug: asking {source} for {what}, attempt {attempt}")

    def answered(self, source: str, what: str) -> None:
        self.tell(f"debug: {source} is done with {what}")

    def tell(self, text: str) -> None:
        """Write one line."""
        with self._lock:
            self._stream.write(self._style.spell(one_line(text)) + "\n")
            self._stream.flush()


class NoProgress:
    """Shows nothing: no terminal, or JSON was asked for."""

    def asking(self, source: str, what: str, attempt: int) -> None:
        """Drop it."""

    def answered(self, source: str, what: str) -> None:
        """Drop it."""
