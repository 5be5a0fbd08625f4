"""``diagnose-provider`` says of ``clusterctl init`` what real clusterctl chooses in the same world (cli.md 5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.differential.choice_random import random_cases
from tests.differential.choice_runs import FAILS, RELEASES, ChoiceCase, Listing, Place, ask_clusterctl, opened
from tests.differential.choice_worlds import scenario_cases
from tests.plugins.real_parts import find_clusterctl

_STATES = (Listing.UNSET, Listing.OFF)


def _rows(place: Place) -> dict[tuple[str, str], dict[str, Any]]:
    document = place.capyctl(Listing.UNSET, "diagnose-provider", *place.case.words)
    (found,) = document["result"]["providers"]
    return {(row["release"], row["goproxy"]): row for row in found["clusterctl"]}


def _choices(place: Place, release: str) -> list[tuple[tuple[str, str], str]]:
    states = [state for state in _STATES if state in place.case.listings]
    return [((release, state.value), ask_clusterctl(place, release, state).choice) for state in states]


def _disagreement(chosen: str, row: dict[str, Any]) -> str | None:
    if chosen == FAILS:
        return None if row["outcome"] != "installs" else f"fails, and is said to install {row['version']}"
    if row["version"] == chosen:
        return None
    return f"chooses {chosen}, and is said to choose {row['version']} ({row['outcome']}: {row['message']})"


@pytest.mark.parametrize("case", [*scenario_cases(), *random_cases()], ids=lambda case: case.name)
def test_the_rows_name_the_version_that_clusterctl_chooses(case: ChoiceCase) -> None:
    for release in RELEASES:
        find_clusterctl(release)
    with opened(case) as place, ThreadPoolExecutor(2) as pool:
        rows = _rows(place)
        answers = pool.map(lambda release: _choices(place, release), RELEASES)
        chosen = dict(pair for pairs in answers for pair in pairs)
    found = {key: _disagreement(value, rows[key]) for key, value in chosen.items()}
    assert {key: words for key, words in found.items() if words} == {}
