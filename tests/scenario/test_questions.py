"""Questions are counted where issue 3 section 2 bounds their number."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from capyctl.lab.run import furnish
from capyctl.lab.scenario import Scenario, load_scenario
from capyctl.lab.world import Release
from tests.scenario.playing import play_in

_REPOSITORY = "kubernetes-sigs/cluster-api-provider-openstack"
_TAGS = 300


def _with_many_tags(scenario: Scenario, count: int) -> Scenario:
    """The scenario with this many more releases of one repository, all older than what it had."""
    world = scenario.world
    repository = world.repository(_REPOSITORY)
    assert repository is not None
    template = repository.releases[0]
    many = tuple(
        _release(template, f"v0.12.{patch}") for patch in range(7, 7 + count - len(repository.releases))
    )
    grown = replace(repository, releases=(*many, *repository.releases))
    others = tuple(grown if each is repository else each for each in world.repositories)
    return replace(scenario, world=replace(world, repositories=others))


def _release(template: Release, tag: str) -> Release:
    return replace(template, tag=tag)


@pytest.mark.parametrize("goproxy", [None, "off"])
def test_versions_asks_each_source_for_as_many_pages_as_it_has(tmp_path: Path, goproxy: str | None) -> None:
    scenario = _with_many_tags(load_scenario("sound"), _TAGS)
    furnish(tmp_path, scenario)
    played = play_in(
        scenario, ["versions", "infrastructure-openstack", "-o", "json"], tmp_path, {"GOPROXY": goproxy}
    )
    assert played.status == 0
    (found,) = played.document["result"]["providers"]
    assert len(found["versions"]) == _TAGS
    pages = math.ceil(_TAGS / 100)
    for part in ("/releases?", "/tags?"):
        asked = [path for path in played.asked("api.github.com") if part in path]
        assert len(asked) <= pages, asked
    lists = [path for path in played.asked("proxy.golang.org") if path.endswith(f"{_REPOSITORY}/@v/list")]
    assert len(lists) <= 1


def test_three_sound_providers_need_three_rounds(tmp_path: Path) -> None:
    """Three rounds of questions for any number of providers whose newest candidate is sound.

    The lab tells rounds apart by what was answered before; the round trip keeps those of one round together.
    """
    scenario = load_scenario("sound")
    scenario = replace(scenario, world=replace(scenario.world, round_trip=0.3))
    furnish(tmp_path, scenario)
    played = play_in(scenario, ["init", "--dry-run", "--addon", "helm", "-o", "json"], tmp_path)
    assert played.status == 0
    assert max(each["round"] for each in played.requests) <= 3
    assert played.asked("api.github.com") == []


def test_init_takes_labels_in_place_of_its_defaults(tmp_path: Path) -> None:
    """Both forms of a reference, in every command that takes providers (cli.md 1)."""
    scenario = load_scenario("sound")
    furnish(tmp_path, scenario)
    words = ["init", "--dry-run", "bootstrap-k0sproject-k0smotron", "addon-helm:v0.6.3", "-o", "json"]
    assert play_in(scenario, words, tmp_path).versions == {
        "cluster-api": "v1.14.0",
        "bootstrap-k0sproject-k0smotron": "v2.1.0",
        "control-plane-kubeadm": "v1.14.0",
        "addon-helm": "v0.6.3",
    }
