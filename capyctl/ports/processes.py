"""Processes of this host, by which a run tells whether another one still lives; and work beside the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from capyctl.core.cluster_lease import Holder


class Processes(Protocol):
    """The processes that this run can see."""

    def myself(self, run: str) -> Holder:
        """This process as the holder of a lease."""

    def is_alive(self, holder: Holder) -> bool:
        """Whether a process of this host still runs; a later one with the same number is another."""


class Background(Protocol):
    """Work beside the run."""

    def every(self, seconds: float, work: Callable[[], None]) -> Callable[[], None]:
        """Do the work again and again, first after so many seconds, until the function returned is called.

        Once that has returned, no work is under way or will begin.
        """
