"""Which version clusterctl takes, by the tables of clusterctl-resolution 6.1 and 6.2."""

from __future__ import annotations

import pytest

from capyctl.core.emulation import emulate_generate
from capyctl.core.emulation_release import V1_10_1, V1_13_6
from capyctl.core.emulation_request import EmulatedOutcome, GoproxyState
from tests.unit.core.emulation_facts_world import FactsWorld, metadata, namespace

_NOTHING = (
    "failed to get repository client for the InfrastructureProvider with name x: error creating the GitHub "
    "repository client: failed to get latest release: failed to find releases tagged with a valid semantic "
    "version number"
)


def _sound(world: FactsWorld, tag: str, *series: str) -> FactsWorld:
    rows = series or ("0.4 v1beta1", "0.5 v1beta1", "0.6 v1beta1")
    return world.release(
        "o/r", tag, metadata_yaml=metadata(*rows), infrastructure__components_yaml=namespace("x-system")
    )


def _chosen(listed: list[str], released: list[str]) -> str | None:
    """What is taken; the series is the candidate's own, so that the contract plays no role."""
    world = FactsWorld()
    for tag in released:
        series = ".".join(tag.removeprefix("v").split("-")[0].split(".")[:2])
        _sound(world, tag, f"{series} v1beta1")
    world.tag("o/r", *(tag for tag in listed if tag not in released))
    result = world.go(emulate_generate, V1_10_1)
    assert (result.version is None) == (result.message == _NOTHING)
    return result.version


@pytest.mark.parametrize(
    ("listed", "released", "version"),
    [
        (["v0.5.0", "v0.4.2"], ["v0.4.2"], "v0.4.2"),
        (["v0.9.0", "v0.8.0", "v0.7.0", "v0.6.0", "v0.5.0", "v0.4.2"], ["v0.4.2"], None),
        (["v0.7.0-alpha", "v0.6.0-alpha", "v0.5.0-alpha", "v0.4.2"], ["v0.4.2"], "v0.4.2"),
        (["v0.6.0", "v0.5.0-alpha", "v0.4.2"], ["v0.5.0-alpha", "v0.4.2"], "v0.4.2"),
        (["v0.6.0-alpha", "v0.5.0-alpha", "v0.4.2-alpha"], ["v0.5.0-alpha"], "v0.5.0-alpha"),
        (["v1.0.0-alpha.2", "v1.0.0-alpha.10"], ["v1.0.0-alpha.2", "v1.0.0-alpha.10"], "v1.0.0-alpha.10"),
        (["foo", "v0.4.2"], ["v0.4.2"], "v0.4.2"),
        (["foo"], [], None),
    ],
)  # fmt: skip
def test_candidates_are_taken_as_upstream_tests_pin_it(
    listed: list[str], released: list[str], version: str | None
) -> None:
    assert _chosen(listed, released) == version


@pytest.mark.parametrize(
    ("tags", "series", "version"),
    [
        (["v2.3.1"], ["2.3 v1beta2"], "v2.3.1"),
        (["v3.0.0", "v2.3.7", "v2.3.4"], ["3.0 v1beta3", "2.3 v1beta2"], "v2.3.7"),
        (["v2.3.1"], ["2.3 v1beta1"], "v2.3.1"),
        (["v2.3.1", "v2.2.8"], ["2.3 v1beta1", "2.2 v1beta2"], "v2.2.8"),
        (["v1.10.0"], ["1.10 v1beta2", "1.11 v1beta2"], None),
        (["v1.10.0", "v1.11.0-beta.0"], ["1.10 v1beta2", "1.11 v1beta2"], "v1.11.0-beta.0"),
    ],
)
def test_the_highest_series_of_the_own_contract_wins(
    tags: list[str], series: list[str], version: str | None
) -> None:
    world = FactsWorld()
    for tag in tags:
        _sound(world, tag, *series)
    for state in (GoproxyState.OFF, GoproxyState.UNSET):
        assert world.go(emulate_generate, V1_13_6, state).version == version


def test_the_older_release_steers_to_the_series_of_its_contract() -> None:
    world = FactsWorld()
    for tag in ("v1.9.3", "v1.10.4", "v1.10.9", "v1.14.0"):
        _sound(world, tag, "1.9 v1beta1", "1.10 v1beta1", "1.14 v1beta2")
    assert world.go(emulate_generate, V1_10_1).version == "v1.10.9"
    assert world.go(emulate_generate, V1_13_6).version == "v1.14.0"


def test_an_incomplete_newest_release_stops_even_a_pin() -> None:
    world = _sound(FactsWorld(), "v0.5.0").release("o/r", "v0.6.0", infrastructure__components_yaml=b"")
    result = world.go(emulate_generate, V1_13_6, tag="v0.5.0")
    assert result.outcome is EmulatedOutcome.FAILS
    assert result.version == "v0.5.0"
    assert result.message is not None
    assert result.message.endswith('failed to get file "metadata.yaml" from "v0.6.0" release')


def test_questions_that_are_sure_to_come_are_asked_in_one_round() -> None:
    world = _sound(FactsWorld(), "v0.5.0")
    assert world.go(emulate_generate, V1_13_6).outcome is EmulatedOutcome.INSTALLS
    assert world.rounds == 3
