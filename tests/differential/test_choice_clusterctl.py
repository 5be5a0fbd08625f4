"""capyctl's ``generate provider`` against real clusterctl's: version, objects and outcome (issue 3 section 4).

The same words run in the same world; against v1.10.1 capyctl is told ``--contract v1beta1``. Every difference
stands in fixtures/differential/divergences.yaml with its reason, and one that is gone fails as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from capyctl.core.yaml_values import load_values
from tests.differential.choice_runs import (
    FAILS,
    RELEASES,
    ChoiceCase,
    Difference,
    Listing,
    Place,
    ask_capyctl,
    ask_clusterctl,
    opened,
)
from tests.differential.choice_worlds import all_cases
from tests.plugins.real_parts import find_clusterctl

_DIVERGENCES = Path(__file__).resolve().parents[2] / "fixtures" / "differential" / "divergences.yaml"
_REASON = re.compile(r"W-\d+|F\d\d|cli\.md \d|resolution \d|issue 3|cluster-api#\d+")
_PAIRS_DEMANDED = 60


@cache
def _listed() -> Mapping[str, Any]:
    (document,) = load_values(_DIVERGENCES.read_bytes())
    assert isinstance(document, dict)
    return document


def _expected(case: ChoiceCase) -> set[Difference]:
    entry = _listed().get(case.name, {"rows": []})
    return {
        Difference(
            release=row["release"], listing=listing, clusterctl=row["clusterctl"], capyctl=row["capyctl"]
        )
        for row in entry["rows"]
        for listing in row["listings"]
        if Listing(listing) in case.listings
    }


def _cases() -> list[ChoiceCase]:
    """A drawn world in one state of GOPROXY, the states dealt out in turn; in each with CAPYCTL_EVERY_WORLD=1."""
    every = bool(os.environ.get("CAPYCTL_EVERY_WORLD"))
    drawn = [case for case in all_cases() if case.name.startswith("random ") and not every]
    turns = {
        case.name: replace(case, listings=(case.listings[number % len(case.listings)],))
        for number, case in enumerate(drawn)
    }
    return [turns.get(case.name, case) for case in all_cases()]


def _differences(place: Place, release: str) -> Iterator[Difference]:
    for listing in place.case.listings:
        theirs = ask_clusterctl(place, release, listing)
        ours = ask_capyctl(place, release, listing)
        assert ours.choice == place.case.expected.get(release, ours.choice)
        if (difference := Difference.between(release, listing, theirs, ours)) is not None:
            yield difference


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.name)
def test_the_choice_is_clusterctl_s_but_for_the_listed_differences(case: ChoiceCase) -> None:
    for release in RELEASES:
        find_clusterctl(release)
    with opened(case) as place, ThreadPoolExecutor(2) as pool:
        found = {
            item for items in pool.map(lambda each: [*_differences(place, each)], RELEASES) for item in items
        }
    assert found == _expected(case)


def test_every_listed_difference_belongs_to_a_case_and_has_a_reason() -> None:
    names = [case.name for case in all_cases()]
    assert len(set(names)) == len(names) >= _PAIRS_DEMANDED
    assert set(_listed()) <= set(names)
    assert [entry["reason"] for entry in _listed().values() if not _REASON.search(entry["reason"])] == []


def test_capyctl_never_fails_or_goes_back_where_clusterctl_does_not_without_a_stated_rule() -> None:
    """Where we fail and clusterctl does not, the file itself is at fault, and the reason says by which rule."""
    stricter = {name for name, entry in _listed().items() for row in entry["rows"] if row["capyctl"] == FAILS}
    assert stricter == {
        "metadata without apiVersion",
        "metadata with duplicate keys",
        "metadata with a foreign tag",
        "metadata nested deeply",
    }


def test_each_state_of_goproxy_is_among_the_random_worlds() -> None:
    states = {listing for case in all_cases() if case.name.startswith("random") for listing in case.listings}
    assert states == set(Listing)
