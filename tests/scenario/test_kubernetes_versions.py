"""The scenarios about Kubernetes versions: markers that move or lie, node images that are not there (F67-F70)."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from capyctl.core.codes import ALL_CODES
from capyctl.lab.run import furnish
from capyctl.lab.scenario import Scenario, list_scenarios, load_scenario
from tests.meta.fix_rules import commands_of, only_words
from tests.scenario.playing import Played, play_in, play_on, provider_scenarios

CI = "v1.33.0-alpha.1.199+25278540780516"
NEXT = "v1.33.0-alpha.1.200+3f1c2b7a9d0e55"


class Expected(Struct, frozen=True, kw_only=True):
    """What the last command of a scenario brings out.

    Attributes:
        root: name of the first code that is above a note, or None. result: some fields of the result.
        asked: paths asked of dl.k8s.io by all commands together.
    """

    status: int
    root: str | None
    result: Mapping[str, object]
    asked: int | None = None


EXPECTED: Mapping[str, Expected] = {
    "marker-moves": Expected(status=0, root="marker-drift", result={"version": NEXT}, asked=2),
    "marker-stands": Expected(status=0, root=None, result={"version": "v1.33.7-2+c1d2e3f4a5b6c7"}, asked=2),
    "marker-absent": Expected(status=1, root="marker-absent", result={"version": None}, asked=1),
    "marker-web-page": Expected(status=1, root="answer-is-html", result={"version": None}, asked=1),
    "marker-plain-http": Expected(status=1, root="redirect-refused", result={"version": None}, asked=1),
    "marker-two-versions": Expected(status=1, root="marker-not-a-version", result={"version": None}, asked=1),
    "marker-beyond-bounds": Expected(status=1, root="answer-too-large", result={"version": None}, asked=1),
    "marker-of-another-series": Expected(
        status=0, root="marker-of-another-series", result={"version": "v1.30.4"}, asked=1
    ),
    "marker-server-fails": Expected(status=3, root="source-failed", result={"version": None}),
    "ci-build-without-image": Expected(
        status=1,
        root="version-never-published",
        result={
            "version": CI,
            "image": "kindest/node:v1.33.0-alpha.1.199_25278540780516",
            "exists": False,
            "digest": None,
            "newest": "v1.33.6",
        },
    ),
    "ci-build-control-plane": Expected(
        status=1, root="version-never-published", result={"exists": False, "newest": None}
    ),
    "patch-without-image": Expected(
        status=1, root="node-image-absent", result={"exists": False, "newest": "v1.34.8"}
    ),
    "node-image-sound": Expected(
        status=0, root=None, result={"exists": True, "newest": "v1.34.8", "contains": "v1.34.8"}
    ),
    "node-image-mislabelled": Expected(
        status=1,
        root="node-image-mislabelled",
        result={"exists": True, "contains": "v1.37.0-alpha.0.12+9e66083b755077"},
    ),
    "node-image-withdrawn": Expected(
        status=1, root="node-image-withdrawn", result={"exists": False, "newest": "v1.27.3"}
    ),
    "node-image-changed": Expected(
        status=0, root="node-image-changed", result={"exists": True, "newest": "v1.27.4"}
    ),
    "node-image-without-version": Expected(
        status=3, root="node-image-unread", result={"exists": True, "contains": None}
    ),
    "registry-fails": Expected(
        status=3, root="source-failed", result={"exists": None, "digest": None, "newest": None}
    ),
}
_NAMES = {code.name: code for code in ALL_CODES}


def commands(scenario: Scenario) -> list[list[str]]:
    """The command lines of a scenario, without the program; a shell's line has several."""
    if scenario.command[0] == "capyctl":
        return [list(scenario.command[1:])]
    return [shlex.split(line)[1:] for line in scenario.command[2].split(";")]


@pytest.fixture(name="plays", scope="module")
def every_scenario() -> Mapping[str, list[Played]]:
    """Each scenario's own commands, in order, in one lab and one home folder with one cache."""
    found = {}
    for name in EXPECTED:
        scenario = load_scenario(name)
        lines = [[*words, "-o", "json"] for words in commands(scenario)]
        found[name] = play_on(scenario, lines)
    return found


def test_every_scenario_is_either_about_providers_or_here() -> None:
    names = {each.name for each in list_scenarios()}
    assert set(provider_scenarios()) | set(EXPECTED) == names
    assert not set(provider_scenarios()) & set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_scenario_brings_out_what_the_catalogue_says(
    plays: Mapping[str, list[Played]], valid: Callable[[dict[str, Any]], None], name: str
) -> None:
    expected, played = EXPECTED[name], plays[name][-1]
    for each in plays[name]:
        valid(each.document)
        assert each.stderr == ""
    assert (played.status, _root(played)) == (expected.status, expected.root), played.stdout
    result = played.document["result"]
    assert {key: result[key] for key in expected.result} == expected.result
    if expected.asked is not None:
        asked = [path for each in plays[name] for path in each.asked("dl.k8s.io")]
        assert len(asked) == expected.asked


@pytest.mark.parametrize("name", EXPECTED)
def test_its_root_cause_names_its_case_and_ends_in_a_command(
    plays: Mapping[str, list[Played]], name: str
) -> None:
    root = EXPECTED[name].root
    cases = load_scenario(name).cases
    assert not cases or (root is not None and set(cases) <= set(_NAMES[root].cases))
    assert [only_words(each.document) for each in plays[name]] == [[] for _ in plays[name]]


@pytest.mark.parametrize("name", EXPECTED)
def test_it_is_not_mistaken_for_its_near_misses(plays: Mapping[str, list[Played]], name: str) -> None:
    own = {item["name"] for item in plays[name][-1].roots if item["severity"] != "note"}
    for other in load_scenario(name).near_misses:
        root = EXPECTED[other].root
        if root not in (None, EXPECTED[name].root):
            assert root not in own, other


@pytest.mark.parametrize("name", EXPECTED)
def test_every_command_in_a_fix_runs_as_it_stands(plays: Mapping[str, list[Played]], name: str) -> None:
    scenario = load_scenario(name)
    with tempfile.TemporaryDirectory(prefix="capyctl-fixes-") as folder:
        home = Path(folder)
        furnish(home, scenario)
        for command in commands_of(each.document for each in plays[name]):
            program, *words = shlex.split(command)
            assert program == "capyctl"
            assert play_in(scenario, words, home).status not in {2, 70}, command


def test_drift_names_both_values_and_both_times(plays: Mapping[str, list[Played]]) -> None:
    """cluster-api#11855: the second stage got another version, and nobody could see when the first one asked."""
    first, second = (each.document["result"] for each in plays["marker-moves"])
    (drift,) = (
        item for item in plays["marker-moves"][1].document["diagnostics"] if item["name"] == "marker-drift"
    )
    assert drift["severity"] == "warning"
    for part in (first["version"], first["resolved_at"], second["version"], second["resolved_at"]):
        assert part in drift["detail"]


def test_what_was_recorded_of_an_image_is_told_with_its_time(plays: Mapping[str, list[Played]]) -> None:
    for name, code in (("node-image-withdrawn", "node-image-withdrawn"), ("node-image-changed",) * 2):
        before, after = plays[name]
        (item,) = (each for each in after.document["diagnostics"] if each["name"] == code)
        assert before.document["result"]["digest"] in item["detail"]
        assert re.search(r"20\d\d-\d\d-\d\dT[\d:]+Z", item["detail"])


def test_the_evidence_of_a_marker_says_so(plays: Mapping[str, list[Played]]) -> None:
    (evidence,) = plays["marker-stands"][0].document["evidence"]
    assert (evidence["question"], evidence["route"], evidence["outcome"]) == ("marker", "https", "found")
    assert evidence["url"] == "https://dl.k8s.io/ci/latest-1.33.txt"
    (bad,) = plays["marker-two-versions"][0].document["evidence"]
    assert bad["outcome"] == "bad"


def _root(played: Played) -> str | None:
    roots = [each["name"] for each in played.roots if each["severity"] != "note"]
    return roots[0] if roots else None
