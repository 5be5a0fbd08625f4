"""The words of real ``clusterctl generate provider`` in each case of the catalogue, recorded, and explained.

fixtures/differential/messages.json holds them; ``python -m tests.differential.test_choice_messages`` writes it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from tests.differential.choice_messages import SILENT_CASES, SLOW_CASES, message_cases
from tests.differential.choice_runs import RELEASES, ask_clusterctl, opened

_CHECKOUT = Path(__file__).resolve().parents[2]
_FIXTURE = _CHECKOUT / "fixtures" / "differential" / "messages.json"
_LATER = {6, 14, 16, 24, 29, 37, 38, 42, 44, 45, 48, 49, 51, 57}
_ITEM_9 = {f"F{number:02}" for number in range(1, 59) if number not in _LATER}
_FAST = sorted(_ITEM_9 - set(SILENT_CASES) - set(SLOW_CASES))


@cache
def _recorded() -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = json.loads(_FIXTURE.read_text(encoding="utf-8"))["messages"]
    return found


def _said(case: str) -> dict[str, str | None]:
    """What each release says, or None where it gives components."""
    return _said_by(case, RELEASES)


def _said_by(case: str, releases: Sequence[str]) -> dict[str, str | None]:
    found = message_cases()[case]
    with opened(found) as place:
        answers = {name: ask_clusterctl(place, name, found.listings[0]) for name in releases}
    return {name: answer.message or None for name, answer in answers.items()}


def test_every_case_of_item_9_is_shown_or_says_why_not() -> None:
    assert set(message_cases()) | set(SILENT_CASES) == _ITEM_9
    assert set(message_cases()) & set(SILENT_CASES) == set()
    assert set(_recorded()) == set(message_cases())


@pytest.mark.parametrize("case", _FAST)
def test_clusterctl_says_what_is_recorded(case: str) -> None:
    assert _said(case) == _recorded()[case]


def _said_slowly() -> dict[str, dict[str, str | None]]:
    """Every slow case by every release, side by side: clusterctl does nothing but wait."""
    runs = [(case, release) for case in SLOW_CASES for release in RELEASES]
    with ThreadPoolExecutor(len(runs)) as pool:
        said = list(pool.map(lambda run: _said_by(run[0], [run[1]]), runs))
    found: dict[str, dict[str, str | None]] = {case: {} for case in SLOW_CASES}
    for (case, _), answer in zip(runs, said, strict=True):
        found[case].update(answer)
    return found


@pytest.mark.slow
@pytest.mark.waits(runs=_said_slowly)
def test_clusterctl_says_what_is_recorded_after_a_minute(awaited: dict[str, dict[str, str | None]]) -> None:
    assert awaited == {case: _recorded()[case] for case in SLOW_CASES}


@pytest.mark.parametrize("case", sorted(message_cases()))
def test_explain_finds_the_case_behind_the_recorded_words(case: str) -> None:
    messages = {message for message in _recorded()[case].values() if message is not None}
    assert messages
    for message in messages:
        words = ["explain", "--match", f"Error: {message}", "-o", "json"]
        result = subprocess.run(
            [sys.executable, "-m", "capyctl", *words],
            cwd=_CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        codes = json.loads(result.stdout)["result"]["codes"]
        assert case in {each for code in codes for each in code["cases"]}, (message, codes)


def main() -> None:
    """Write the fixture."""
    with ThreadPoolExecutor(4) as pool:
        said = dict(zip(message_cases(), pool.map(_said, message_cases()), strict=True))
    about = "last error line of real clusterctl generate provider, by catalogue case and release; null: it succeeds"
    document = {"source": about, "messages": said}
    _FIXTURE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{_FIXTURE}\n")


if __name__ == "__main__":
    main()
