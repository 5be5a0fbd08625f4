"""Progress of a run: callbacks that cannot steer."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told what is being asked and what is left; implementations draw it or drop it."""

    def asking(self, source: str, what: str, attempt: int) -> None:
        """A question goes out: ``source`` is a host, ``what`` a few words, ``attempt`` counts from 1."""

    def answered(self, source: str, what: str) -> None:
        """That question has ended, well or not."""


class Waiting(Progress, Protocol):
    """The same for a server that is waited for."""

    def waiting(self, source: str, what: str, reason: str, seconds: float) -> None:
        """A question failed for ``reason`` and is put again soon; it has been asked for ``seconds`` so far."""
