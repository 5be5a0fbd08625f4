"""The end of a run: everything that it opened is closed, also what is opened after it."""

from __future__ import annotations

from collections.abc import Callable


class RunEnd:
    """What has to be closed when a run is over, the latest first; safe to use from several threads.

    Threads may outlive the run that they asked for, and open what nothing in it had needed before.
    """

    def __init__(self) -> None:
        self._closers: list[Callable[[], object]] = []
        self._is_over = False

    def add(self, close: Callable[[], object]) -> None:
        """Have something closed at the end of the run; at once where that has come."""
        self._closers.append(close)
        if self._is_over:
            self.close()

    def close(self) -> None:
        """End the run; safe to call twice."""
        self._is_over = True
        while True:
            try:
                close = self._closers.pop()
            except IndexError:
                return
            close()
