"""How a run ends: the exit statuses of cli.md 3, and which of several wins."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class ExitStatus(enum.IntEnum):
    """The statuses of cli.md 3; ``word`` is the document's ``status``."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    UNDETERMINED = 3
    PARTIAL = 4
    FAULT = 70
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def word(self) -> str:
        """The name in the JSON document; interrupted and terminated share one."""
        return "interrupted" if self is ExitStatus.TERMINATED else self.name.lower()


_PRIORITY = (
    ExitStatus.FAULT,
    ExitStatus.INTERRUPTED,
    ExitStatus.TERMINATED,
    ExitStatus.PARTIAL,
    ExitStatus.USAGE,
    ExitStatus.PROBLEMS,
    ExitStatus.UNDETERMINED,
    ExitStatus.DONE,
)


def worst(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """Of several outcomes in one run, the one that counts (cli.md 3); done when there is none."""
    return min(statuses, key=_PRIORITY.index, default=ExitStatus.DONE)
