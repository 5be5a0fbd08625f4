"""Every scenario of the lab brings out what the references say (fixtures/scenarios/expectations.yaml)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.expectations import Expectation, expectations
from tests.scenario.playing import Played, Theatre, own_state, provider_scenarios

_EXPECTED = expectations()
_REST = ("api.github.com", "ghe.corp.example")
_LISTS = ("/@v/list", "/releases?", "/releases/latest", "/tags?", "/packages?")


def test_every_scenario_has_an_expectation_and_every_expectation_a_scenario() -> None:
    assert sorted(_EXPECTED) == sorted(provider_scenarios())


@pytest.mark.parametrize("name", provider_scenarios())
def test_a_scenario_brings_out_what_the_references_say(
    theatre: Theatre, valid: Callable[[dict[str, Any]], None], name: str
) -> None:
    expected = _EXPECTED[name]
    plays = theatre.plays(name, own_state(packaged_scenario(name)))
    for played in plays.values():
        valid(played.document)
        assert played.stderr == ""
    found = {command: (played.status, _told(played)) for command, played in plays.items()}
    statuses = {command: status for command, (status, _) in found.items()}
    assert statuses == expected.statuses(), found
    assert _version(plays["diagnose"]) == (expected.version, expected.verdict)
    assert set(plays["resolve"].versions.values()) <= {expected.version}
    assert _first_above_a_note(plays["diagnose"]) == expected.root_code, found
    assert _first_above_a_note(plays["resolve"]) == expected.resolve_code, found
    assert expected.note_codes <= plays["diagnose"].codes()
    _check_questions(plays["resolve"], expected)


@pytest.mark.parametrize("name", provider_scenarios())
def test_a_scenario_is_not_mistaken_for_its_near_misses(theatre: Theatre, name: str) -> None:
    played = theatre.plays(name, own_state(packaged_scenario(name)))["diagnose"]
    own = {each["code"] for each in played.roots if each["severity"] != "note"}
    for other in packaged_scenario(name).near_misses:
        root = _EXPECTED[other].root_code
        if root not in (None, _EXPECTED[name].root_code):
            assert root not in own, other


def _version(played: Played) -> tuple[str | None, str]:
    (row,) = played.document["result"]["providers"]
    return row["version"], row["verdict"]


def _first_above_a_note(played: Played) -> str | None:
    roots = [each for each in played.roots if each["severity"] != "note"]
    return roots[0]["code"] if roots else None


def _told(played: Played) -> list[tuple[str, str, str]]:
    return [(each["severity"], each["code"], each["name"]) for each in played.document["diagnostics"]]


def _check_questions(played: Played, expected: Expectation) -> None:
    """No REST call on the common path, no list for a pin (issue 3 sections 1.4 and 2)."""
    rest = [path for host in _REST for path in played.asked(host)]
    if expected.rest is not None:
        assert len(rest) <= expected.rest, rest
    if expected.lists is not None:
        hosts = {each["host"] for each in played.requests}
        lists = [
            path for host in hosts for path in played.asked(host) if any(mark in path for mark in _LISTS)
        ]
        assert len(lists) <= expected.lists, lists
