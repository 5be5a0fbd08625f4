"""The world as clusterctl would see it: answers to the requests that it makes."""

from __future__ import annotations

from typing import Protocol

from capyctl.core.emulation_facts import FactAnswer, FactQuestion


class ClusterctlFacts(Protocol):
    """Answers the questions of the emulation; nothing raises, a failure is an answer."""

    def answer(self, question: FactQuestion[object]) -> FactAnswer[object]:
        """What clusterctl would get; ``Unavailable`` where this run may not or could not ask."""
