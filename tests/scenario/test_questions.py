"""Questions are counted where issue 3 section 2 bounds their number."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from msgspec.structs import replace

from capyctl.lab.run import furnish
from capyctl.lab.scenario import Scenario
from capyctl.lab.world import Fault, FaultKind, Quota, Release
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import Played, play_in

_REPOSITORY = "kubernetes-sigs/cluster-api-provider-openstack"
_TAGS = 300
_PLAYS = 10


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


_PAGES = math.ceil(_TAGS / 100)
_REFS = f"/{_REPOSITORY}.git/info/refs?service=git-upload-pack"


def _grown(*, tag_only: int = 0, faults: tuple[Fault, ...] = ()) -> Scenario:
    """300 releases, and ``tag_only`` further tags that have none."""
    scenario = _with_many_tags(packaged_scenario("sound"), _TAGS)
    bare = tuple(f"v0.11.{patch}" for patch in range(tag_only))
    repositories = tuple(
        replace(each, tags=(*each.tags, *bare)) if each.name == _REPOSITORY else each
        for each in scenario.world.repositories
    )
    return replace(scenario, world=replace(scenario.world, repositories=repositories, faults=faults))


def _versions(scenario: Scenario, home: Path, goproxy: str | None) -> Played:
    furnish(home, scenario)
    words = ["versions", "infrastructure-openstack", "-o", "json"]
    return play_in(scenario, words, home, {"GOPROXY": goproxy})


def _lists(played: Played, host: str) -> list[str]:
    """Questions to a host about which versions there are: all but those for a version's own files."""
    return [path for path in played.asked(host) if "/releases/download/" not in path]


@pytest.mark.parametrize(
    ("goproxy", "tag_only", "web"),
    [(None, 0, []), (None, 7, [_REFS]), ("off", 0, [_REFS]), ("off", 7, [_REFS]), ("direct", 7, [_REFS])],
)
def test_versions_asks_each_host_for_as_many_pages_as_it_has(
    tmp_path: Path, goproxy: str | None, tag_only: int, web: list[str]
) -> None:
    """At most a page a hundred tags, by host and not by list; the API has no other question to answer."""
    played = _versions(_grown(tag_only=tag_only), tmp_path, goproxy)
    assert played.status == 0
    (found,) = played.document["result"]["providers"]
    assert len(found["versions"]) == _TAGS + tag_only
    assert sum(each["state"] == "tag-only" for each in found["versions"]) == tag_only
    assert all("/releases?" in path for path in played.asked("api.github.com"))
    assert len(played.asked("api.github.com")) == _PAGES
    assert sorted(_lists(played, "github.com")) == sorted([f"/{_REPOSITORY}/releases/latest", *web])
    proxied = [path for path in played.asked("proxy.golang.org") if path.endswith("/@v/list")]
    assert len(proxied) == (0 if goproxy else 3)


def test_tags_are_asked_for_beside_releases_where_nobody_else_lists_them(tmp_path: Path) -> None:
    """The lab tells rounds apart by what was answered before; the round trip keeps those of one together."""
    scenario = _grown(tag_only=7)
    scenario = replace(scenario, world=replace(scenario.world, round_trip=0.3))
    played = _versions(scenario, tmp_path, "off")
    rounds = {each["path"]: each["round"] for each in played.requests}
    first = next(path for path in rounds if path.startswith(f"/repos/{_REPOSITORY}/releases"))
    assert rounds[_REFS] == rounds[first]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.STATUS, status=404, file="refs"),
        Fault(kind=FaultKind.STATUS, status=401, file="refs"),
        Fault(kind=FaultKind.STATUS, status=503, file="refs"),
        Fault(kind=FaultKind.PORTAL, path="*/info/refs"),
        Fault(kind=FaultKind.TRUNCATED, file="refs"),
        Fault(kind=FaultKind.EMPTY, file="refs"),
    ],
    ids=lambda fault: f"{fault.kind.value} {fault.status}",
)
def test_a_web_host_that_tells_no_references_leaves_the_tags_to_the_api(tmp_path: Path, fault: Fault) -> None:
    """It never means that there are no tags: then every version would look withdrawn. Both stand in the evidence."""
    played = _versions(_grown(tag_only=7, faults=(fault,)), tmp_path, "off")
    assert played.status == 0
    (found,) = played.document["result"]["providers"]
    states = {each["version"]: each["state"] for each in found["versions"]}
    assert sum(state == "tag-only" for state in states.values()) == 7
    assert "withdrawn" not in states.values()
    tags = [path for path in played.asked("api.github.com") if "/tags?" in path]
    assert len(tags) == math.ceil((_TAGS + 7) / 100)
    asked = [(each["url"], each["outcome"]) for each in played.document["evidence"]]
    assert [outcome != "found" for url, outcome in asked if url and "/info/refs" in url] == [True]
    assert sum(outcome == "found" for url, outcome in asked if url and "/tags?" in url) == len(tags)


def test_tags_cost_no_quota_and_are_listed_where_none_is_left(tmp_path: Path) -> None:
    """Nobody can say what is released, so the run ends with 3; but what the host marks as latest is."""
    scenario = _grown()
    scenario = replace(scenario, world=replace(scenario.world, quota=Quota(remaining=0)))
    played = _versions(scenario, tmp_path, "off")
    assert played.status == 3
    assert "rate-limited" in {each["name"] for each in played.roots}
    (found,) = played.document["result"]["providers"]
    assert len(found["versions"]) == _TAGS
    assert [each["version"] for each in found["versions"] if each["state"] == "stable"] == ["v0.14.7"]
    reasons = {each["reason"] for each in found["versions"] if each["state"] != "stable"}
    assert reasons == {"listed as a tag; whether it is released could not be asked"}


def test_three_sound_providers_need_three_rounds(tmp_path: Path) -> None:
    """Three rounds of questions for any number of providers whose newest candidate is sound.

    The lab tells rounds apart by what was answered before; the round trip keeps those of one round together.
    A machine that is late with a question can only make rounds seem more than they are: the least counts.
    """
    scenario = packaged_scenario("sound")
    scenario = replace(scenario, world=replace(scenario.world, round_trip=0.3))
    furnish(tmp_path, scenario)
    rounds: list[int] = []
    while len(rounds) < _PLAYS and not (rounds and rounds[-1] <= 3):
        played = play_in(scenario, ["init", "--dry-run", "--addon", "helm", "-o", "json"], tmp_path)
        assert played.status == 0
        rounds.append(max(each["round"] for each in played.requests))
    assert min(rounds) <= 3, rounds
    assert played.asked("api.github.com") == []


def test_init_takes_labels_in_place_of_its_defaults(tmp_path: Path) -> None:
    """Both forms of a reference, in every command that takes providers (cli.md 1)."""
    scenario = packaged_scenario("sound")
    furnish(tmp_path, scenario)
    words = ["init", "--dry-run", "bootstrap-k0sproject-k0smotron", "addon-helm:v0.6.3", "-o", "json"]
    assert play_in(scenario, words, tmp_path).versions == {
        "cluster-api": "v1.14.0",
        "bootstrap-k0sproject-k0smotron": "v2.1.0",
        "control-plane-kubeadm": "v1.14.0",
        "addon-helm": "v0.6.3",
    }
