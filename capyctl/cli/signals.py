"""SIGINT and SIGTERM: a run ends at once, by an exception in the main thread (cli.md 3)."""

from __future__ import annotations

import signal
from types import FrameType

from capyctl.core.exit_status import ExitStatus


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


def reset_signals() -> None:
    """The run is over and is being told; a second signal ends the process where it stands."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise InterruptedRun(ExitStatus.TERMINATED if number == signal.SIGTERM else ExitStatus.INTERRUPTED)
