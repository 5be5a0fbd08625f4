"""The lint row: every tag of the corpus of real providers, where that is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.measuring import Command, bare_environment, in_sequence, interleaved
from benchmarks.table import Row
from benchmarks.worlds import PROVIDERS

_GOAL_SECONDS = 5.0
_SCRIPT = Path(__file__).with_name("lint_corpus.py")


def lint_rows(installation: Installation, rounds: int) -> Iterator[Row]:
    """One row, or none without the corpus."""
    if not PROVIDERS.is_dir():
        return
    words = (installation.python, str(_SCRIPT), str(PROVIDERS))
    case = in_sequence([Command(words=words, environment=bare_environment())])
    found = interleaved({"ours": case}, rounds)
    yield Row(
        what="lint's rules over every tag of the corpus",
        ours=found["ours"].seconds,
        unit="s",
        goal=_GOAL_SECONDS,
    )
