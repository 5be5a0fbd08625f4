"""The transcript: all evidence of a run, in the order in which the questions went out."""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgspec.structs import replace

from capyctl.core.evidence import Evidence, Outcome


class Transcript:
    """Collects evidence from any number of threads.

    Evidence that repeats what is there already changes nothing. Evidence that differs from it only in the
    outcome and the failure is a closer look at the same answer (``Evidence.judged``) and takes its place.
    """

    def __init__(self, listener: Callable[[Evidence], None] | None = None) -> None:
        """Start empty; ``listener`` hears every new or corrected evidence, for a trace."""
        self._listener = listener
        self._lock = threading.Lock()
        self._next = 0
        self._places: dict[int, Evidence] = {}
        self._known: dict[Evidence, int] = {}

    def asked(self) -> int:
        """Take the next place, when a question goes out."""
        with self._lock:
            self._next += 1
            return self._next

    def record(self, evidence: Evidence, place: int | None = None) -> None:
        """Put evidence into its place; without one it comes last."""
        with self._lock:
            facts = _facts(evidence)
            known = self._known.get(facts) if place is None else None
            if known is not None and self._places[known] == evidence:
                return
            if place is None and known is None:
                self._next += 1
            position = place or known or self._next
            self._places[position] = evidence
            self._known[facts] = position
        if self._listener is not None:
            self._listener(evidence)

    def snapshot(self) -> tuple[Evidence, ...]:
        """What is known now; questions still under way are left out."""
        with self._lock:
            return tuple(self._places[place] for place in sorted(self._places))


def _facts(evidence: Evidence) -> Evidence:
    """The evidence without what was made of it."""
    return replace(evidence, outcome=Outcome.FOUND, failure=None)
