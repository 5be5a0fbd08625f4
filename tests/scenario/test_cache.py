"""Runs that follow others on one machine: confirmed by their sources, or answered without network (cli.md 7.1)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters import caching_client, http_settings
from capyctl.adapters.http_settings import HttpLimits, HttpSettings
from capyctl.lab import front
from capyctl.lab.content import Content
from capyctl.lab.exchange import Question
from capyctl.lab.fault_book import Delivery
from capyctl.lab.run import furnish
from capyctl.lab.scenario import Scenario
from capyctl.lab.world import Fault, FaultKind, Repository
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import Played, play_in, reference_of

Shape = Callable[[Repository], Repository]

_CORE = "kubernetes-sigs/cluster-api"
_AWS = "kubernetes-sigs/cluster-api-provider-aws"
_OBJECTS = "release-assets.githubusercontent.com"
_FIVE = ("init", "--dry-run", "--infrastructure", "aws", "--addon", "helm")
"""Core, bootstrap and control plane come by themselves; with cert-manager these are six sets of files."""

_CREDENTIALS = {"AWS_B64ENCODED_CREDENTIALS": "bGFiCg=="}

_TOGETHER_WITHIN = 60.0
"""Seconds until a question that never comes is given up; no outcome depends on the figure."""


class Machine(Struct, frozen=True, kw_only=True):
    """One home with one cache. Each run meets the scenario's world in a lab of its own."""

    scenario: Scenario
    home: Path

    def run(
        self, *words: str, scenario: Scenario | None = None, changes: Mapping[str, str | None] | None = None
    ) -> Played:
        kept = {"XDG_CACHE_HOME": str(self.home / ".cache"), **_CREDENTIALS, **(changes or {})}
        return play_in(scenario or self.scenario, [*words, "-o", "json"], self.home, kept)

    @property
    def cache(self) -> Path:
        return self.home / ".cache" / "capyctl"


def machine_of(scenario: Scenario, home: Path) -> Machine:
    furnish(home, scenario)
    return Machine(scenario=scenario, home=home)


@pytest.fixture(autouse=True)
def _long_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs may be far apart on a loaded machine; how long the half minute is, tests/contract knows."""
    monkeypatch.setattr(caching_client, "ABSENCE_SECONDS", 3600.0)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_of(packaged_scenario("sound"), tmp_path)


def with_repository(scenario: Scenario, name: str, shape: Shape) -> Scenario:
    """The scenario with one repository changed."""
    world = scenario.world
    changed = tuple(shape(each) if each.name == name else each for each in world.repositories)
    assert changed != world.repositories
    return replace(scenario, world=replace(world, repositories=changed))


def replaced(tag: str, file: str, more: bytes = b"\n# replaced\n") -> Shape:
    """A file of a release gets further bytes at its end."""

    def shape(repository: Repository) -> Repository:
        releases = tuple(
            replace(each, files={**each.files, file: Content(data=each.files[file].render() + more)})
            if each.tag == tag
            else each
            for each in repository.releases
        )
        return replace(repository, releases=releases)

    return shape


def without_release(tag: str, *, keeps_tag: bool) -> Shape:
    def shape(repository: Repository) -> Repository:
        releases = tuple(each for each in repository.releases if each.tag != tag)
        return replace(repository, releases=releases, tags=(*repository.tags, *([tag] if keeps_tag else [])))

    return shape


def asked(played: Played) -> list[Mapping[str, Any]]:
    """What reached a host: tunnels are no questions."""
    return [each for each in played.requests if each["method"] != "CONNECT"]


def is_conditional(request: Mapping[str, Any]) -> bool:
    return any(name.startswith("if-") for name in request["headers"])


def diagnostics(played: Played, code: str) -> list[dict[str, Any]]:
    return [each for each in played.document["diagnostics"] if each["code"] == code]


_EVERY_KIND = (
    "sound",
    "sound-goproxy-off",
    "gitlab",
    "gitlab-private-with-token",
    "https-tree",
    "enterprise-host",
    "private-repository-with-token",
    "module-proxy-with-path",
    "renamed-repository",
    "hidden-major",
    "newest-incomplete",
    "prereleases-only",
    "tag-without-release",
)


@pytest.mark.parametrize("name", _EVERY_KIND)
def test_the_second_run_sends_no_bytes_again_and_the_offline_one_asks_nobody(
    tmp_path: Path, name: str
) -> None:
    """Whatever kind of repository it is: the three runs choose alike, and have the same files."""
    machine = machine_of(packaged_scenario(name), tmp_path)
    words = ["resolve", *reference_of(machine.scenario)]
    cold, warm, offline = machine.run(*words), machine.run(*words), machine.run(*words, "--offline")
    assert (cold.status, warm.status, offline.status) == (0, 0, 0)
    assert cold.document["result"] == warm.document["result"]
    chosen = [(row["version"], row["rejected"], row["files"]) for row in cold.document["result"]["providers"]]
    assert [
        (row["version"], row["rejected"], row["files"]) for row in offline.document["result"]["providers"]
    ] == chosen
    again = [each for each in asked(warm) if each["status"] == 200 and _has_validator(each)]
    assert again == []
    assert asked(offline) == []
    assert [each["severity"] for each in diagnostics(offline, "CAPY0805")] == ["note"]
    assert diagnostics(offline, "CAPY0220") == []
    routes = {each["route"] for each in offline.document["evidence"] if each["outcome"] != "unavailable"}
    assert routes == {"cache"}


def _has_validator(request: Mapping[str, Any]) -> bool:
    """All but a folder's index, which its servers make anew each time."""
    return not (request["route"] == "https" and request["path"].endswith("/"))


def test_a_warm_run_of_five_providers_is_one_round(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer leaves before every question has come: one that waits for an answer would never be asked.

    A redirect and what it leads to are one question, so that only the first hop is held back.
    """
    assert machine.run(*_FIVE).status == 0
    warm = machine.run(*_FIVE)
    first = {(each["host"], each["path"]) for each in asked(warm) if each["follows"] is None}
    held = threading.Barrier(len(first))
    deliver = front.Front._deliver

    def hold(self: front.Front, question: Question) -> Delivery:
        if (question.host, question.target) in first:
            held.wait(_TOGETHER_WITHIN)
        return deliver(self, question)

    monkeypatch.setattr(front.Front, "_deliver", hold)
    patient = HttpLimits(connect=_TOGETHER_WITHIN, silence=_TOGETHER_WITHIN)
    monkeypatch.setattr(http_settings, "HttpSettings", partial(HttpSettings, limits=patient))
    together = machine.run(*_FIVE)
    assert together.status == 0
    assert together.versions == warm.versions
    assert not held.broken
    assert {(each["host"], each["path"]) for each in asked(together) if each["follows"] is None} == first


def test_a_warm_run_of_five_providers_is_conditional_and_sends_no_file_again(machine: Machine) -> None:
    cold, warm = machine.run(*_FIVE), machine.run(*_FIVE)
    assert cold.document["result"] == warm.document["result"]
    bodies = [each for each in asked(warm) if each["status"] == 200]
    assert bodies == []
    confirmed = [each for each in asked(warm) if each["status"] == 304]
    assert all(is_conditional(each) for each in confirmed)
    files = len({each["path"] for each in asked(cold) if each["host"] == _OBJECTS})
    lists = len([each for each in asked(cold) if each["status"] == 200 and each["host"] != _OBJECTS])
    assert len(confirmed) == files + lists
    # What is neither confirmed nor a redirect to what is: the two questions for "latest".
    others = [each for each in asked(warm) if each["status"] == 302 and "/releases/latest" in each["path"]]
    assert len(others) == len(cold.asked("github.com")) - files
    assert {each["outcome"] for each in warm.document["evidence"] if each["status"] == 304} == {"found"}
    assert all(each["sha256"] and each["size"] for each in warm.document["evidence"] if each["status"] == 304)


def test_what_was_asked_ahead_never_decides(machine: Machine) -> None:
    """A newer release is chosen in the very next run, and is what the one after it asks for ahead."""
    assert machine.run("resolve", "infrastructure-aws").versions == {"infrastructure-aws": "v2.11.1"}

    def newer(repository: Repository) -> Repository:
        (last,) = (each for each in repository.releases if each.tag == "v2.11.1")
        later = replace(last, tag="v2.11.2", created_at="2026-10-01T00:00:00Z")
        return replace(repository, releases=(*repository.releases, later))

    grown = with_repository(machine.scenario, _AWS, newer)
    for _ in range(2):
        found = machine.run("resolve", "infrastructure-aws", scenario=grown)
        assert found.versions == {"infrastructure-aws": "v2.11.2"}
    paths = [each["path"] for each in asked(found) if each["status"] == 302]
    assert not any("v2.11.1" in path for path in paths)


def test_an_override_counts_for_what_this_run_needs_and_for_nothing_asked_ahead(machine: Machine) -> None:
    """It wins over what was asked ahead; where another version is chosen, nothing has used it."""
    plain = machine.run("resolve", "infrastructure-aws").document["result"]["providers"][0]["files"]
    override = (
        machine.home / ".cluster-api" / "overrides" / "infrastructure-aws" / "v2.11.1" / "metadata.yaml"
    )
    override.parent.mkdir(parents=True)
    text = packaged_scenario("sound").world.repository(_AWS)
    assert text is not None
    (release,) = (each for each in text.releases if each.tag == "v2.11.1")
    override.write_bytes(release.files["metadata.yaml"].render() + b"# mine\n")
    used = machine.run("resolve", "infrastructure-aws")
    (row,) = used.document["result"]["providers"]
    assert row["files"]["metadata.yaml"]["sha256"] != plain["metadata.yaml"]["sha256"]
    assert used.codes() >= {"CAPY0125"}
    assert diagnostics(used, "CAPY0806") == []
    newer = replace(release, tag="v2.11.2", created_at="2026-10-01T00:00:00Z")
    grown = with_repository(
        machine.scenario, _AWS, lambda each: replace(each, releases=(*each.releases, newer))
    )
    other = machine.run("resolve", "infrastructure-aws", scenario=grown)
    assert other.versions == {"infrastructure-aws": "v2.11.2"}
    assert other.codes() & {"CAPY0115", "CAPY0125"} == {"CAPY0115"}


_CHANGED = with_repository(
    packaged_scenario("sound"), _AWS, replaced("v2.11.1", "infrastructure-components.yaml")
)
_READS_AWS = (
    ("resolve", "infrastructure-aws"),
    ("resolve", "infrastructure-aws:v2.11.1"),
    ("generate", "provider", "--infrastructure", "aws", "--describe"),
    ("init", "--dry-run", "--infrastructure", "aws"),
    ("init", "list-images", "--infrastructure", "aws"),
    ("diagnose-provider", "infrastructure-aws"),
)


@pytest.mark.parametrize("network", [(), ("--offline",)], ids=["online", "offline"])
def test_a_release_file_that_changed_is_told_until_the_cache_is_cleared(
    machine: Machine, network: Sequence[str]
) -> None:
    first = machine.run("resolve", "infrastructure-aws").document["result"]["providers"][0]["files"]
    before = first["infrastructure-components.yaml"]["sha256"]
    now = machine.run("resolve", "infrastructure-aws", scenario=_CHANGED)
    (row,) = now.document["result"]["providers"]
    after = row["files"]["infrastructure-components.yaml"]["sha256"]
    assert before != after
    for words in _READS_AWS:
        played = machine.run(*words, *network, scenario=_CHANGED)
        (told,) = diagnostics(played, "CAPY0806")
        assert (told["severity"], told["caused_by"]) == ("warning", None)
        subject = {
            "provider": "infrastructure-aws",
            "version": "v2.11.1",
            "file": "infrastructure-components.yaml",
        }
        assert told["subject"] == subject
        assert before in told["detail"]
        assert after in told["detail"]
    verdict = machine.run("diagnose-provider", "infrastructure-aws", *network, scenario=_CHANGED)
    assert verdict.document["result"]["providers"][0]["verdict"] == "degraded"
    assert machine.run("cache", "clear").status == 0
    assert diagnostics(machine.run("resolve", "infrastructure-aws", scenario=_CHANGED), "CAPY0806") == []


@pytest.mark.parametrize("kind", ["first", "bodies"])
def test_a_cache_that_cannot_be_read_costs_one_warning_and_not_the_run(machine: Machine, kind: str) -> None:
    """A changed file cannot be told where what was seen first cannot be read; that is not passed over (issue 6)."""
    machine.run("resolve", "infrastructure-aws")
    for shelf in (machine.cache / kind).iterdir():
        shutil.rmtree(shelf)
        shelf.symlink_to("x" * 300)
    played = machine.run("resolve", "infrastructure-aws", scenario=_CHANGED)
    assert (played.status, played.versions) == (0, {"infrastructure-aws": "v2.11.1"})
    (told,) = diagnostics(played, "CAPY0802")
    assert told["severity"] == "warning"
    assert "cannot be read: " in told["detail"]
    offline = machine.run("resolve", "infrastructure-aws", "--offline")
    assert offline.status in {0, 3}
    assert len(diagnostics(offline, "CAPY0802")) == 1


def test_files_of_one_name_are_no_changes_of_each_other(machine: Machine) -> None:
    """metadata.yaml of several providers, and one components file in several tags (F48)."""
    words = ["resolve", "infrastructure-aws", "infrastructure-aws:v2.11.0", "cluster-api", "addon-helm"]
    for _ in range(2):
        assert diagnostics(machine.run(*words), "CAPY0806") == []
    assert diagnostics(machine.run(*words, "--offline"), "CAPY0806") == []


def test_cert_managers_manifest_is_watched_too(machine: Machine) -> None:
    plan = machine.run("init", "--dry-run").document["result"]["plan"]
    change = replaced(plan["cert_manager"]["version"], "cert-manager.yaml")
    changed = with_repository(machine.scenario, "cert-manager/cert-manager", change)
    told = diagnostics(machine.run("init", "--dry-run", scenario=changed), "CAPY0806")
    assert [each["subject"]["provider"] for each in told] == ["cert-manager"]


def test_every_provider_of_a_repository_is_warned_of_their_metadata(machine: Machine) -> None:
    machine.run("init", "--dry-run")
    changed = with_repository(machine.scenario, _CORE, replaced("v1.14.0", "metadata.yaml"))
    told = diagnostics(machine.run("init", "--dry-run", scenario=changed), "CAPY0806")
    assert {each["subject"]["provider"] for each in told} == {
        "cluster-api",
        "bootstrap-kubeadm",
        "control-plane-kubeadm",
    }


@pytest.mark.parametrize("keeps_tag", [True, False], ids=["its tag stays", "its tag is gone"])
def test_a_release_that_this_machine_saw_and_that_is_gone_is_withdrawn(
    machine: Machine, keeps_tag: bool
) -> None:
    machine.run("resolve", "infrastructure-aws")
    gone = with_repository(machine.scenario, _AWS, without_release("v2.11.1", keeps_tag=keeps_tag))
    rows = machine.run("versions", "infrastructure-aws", scenario=gone).document["result"]["providers"][0]
    (row,) = (each for each in rows["versions"] if each["version"] == "v2.11.1")
    assert row["state"] == "withdrawn"
    others = {each["state"] for each in rows["versions"] if each["version"] != "v2.11.1"}
    assert others == {"stable"}
    unknowing = machine.run("versions", "infrastructure-aws", "--no-cache", scenario=gone)
    listed = unknowing.document["result"]["providers"][0]["versions"]
    states = {each["version"]: each["state"] for each in listed}
    assert states.get("v2.11.1") == ("tag-only" if keeps_tag else None)


def test_a_tag_that_never_had_a_release_is_not_withdrawn(machine: Machine) -> None:
    tagged = with_repository(machine.scenario, _AWS, lambda each: replace(each, tags=("v2.12.0",)))
    for _ in range(2):
        rows = machine.run("versions", "infrastructure-aws", scenario=tagged).document["result"]["providers"]
        states = {each["version"]: each["state"] for each in rows[0]["versions"]}
        assert states["v2.12.0"] == "tag-only"


def test_without_the_cache_nothing_is_kept_and_nothing_is_conditional(machine: Machine) -> None:
    for given in ({}, {"CAPYCTL_NO_CACHE": "1"}):
        words = ["resolve", "infrastructure-aws", *([] if given else ["--no-cache"])]
        assert machine.run(*words, changes=given).status == 0
    assert not machine.cache.exists()
    machine.run("resolve", "infrastructure-aws")
    before = sorted((path, path.stat().st_mtime_ns) for path in machine.cache.rglob("*") if path.is_file())
    played = machine.run("resolve", "infrastructure-aws", "--no-cache")
    assert not any(is_conditional(each) for each in asked(played))
    after = sorted((path, path.stat().st_mtime_ns) for path in machine.cache.rglob("*") if path.is_file())
    assert before == after


def test_an_absence_is_dated_where_it_stands_for_a_question(machine: Machine) -> None:
    machine.run("resolve", "infrastructure-aws:v2.99.0")
    second = machine.run("resolve", "infrastructure-aws:v2.99.0")
    (note,) = diagnostics(second, "CAPY0805")
    assert (note["severity"], note["confidence"]) == ("note", "likely")
    kept = [each for each in second.document["evidence"] if each["route"] == "cache"]
    assert {(each["outcome"], each["status"]) for each in kept} == {("absent", 404)}
    assert all(each["as_of"] for each in kept)
    assert not any(each["status"] == 404 for each in asked(second))


def test_that_a_module_has_no_further_major_needs_no_date(machine: Machine) -> None:
    machine.run("resolve", "infrastructure-aws")
    second = machine.run("resolve", "infrastructure-aws")
    kept = [each for each in second.document["evidence"] if each["route"] == "cache"]
    assert {(each["question"], each["outcome"]) for each in kept} == {("versions", "absent")}
    assert diagnostics(second, "CAPY0805") == []


@pytest.mark.parametrize("command", ["diagnose-provider", "versions"])
def test_commands_about_the_world_ask_for_absences_anew(machine: Machine, command: str) -> None:
    for _ in range(2):
        played = machine.run(command, "infrastructure-aws")
    assert diagnostics(played, "CAPY0805") == []
    assert {each["status"] for each in asked(played) if each["path"].endswith("/v3/@v/list")} == {404}


def test_a_cache_of_another_format_costs_one_warning(machine: Machine) -> None:
    machine.cache.mkdir(parents=True)
    (machine.cache / "format").write_text("capyctl-cache/9\n", encoding="utf-8")
    played = machine.run("init", "--dry-run")
    assert played.status == 0
    assert [each["severity"] for each in diagnostics(played, "CAPY0801")] == ["warning"]
    assert [path.name for path in machine.cache.iterdir()] == ["format"]


def test_offline_the_snapshot_stands_behind_a_list_that_is_not_whole(machine: Machine) -> None:
    """The proxy failed for one major while the list was kept: what only the snapshot knows stays a candidate."""
    fault = Fault(kind=FaultKind.STATUS, status=503, path="*/v2/@v/list")
    broken = replace(machine.scenario, world=replace(machine.scenario.world, faults=(fault,)))
    machine.run(
        "resolve", "infrastructure-aws", scenario=broken, changes={"GOPROXY": "https://proxy.golang.org"}
    )
    kept = {"GOPROXY": "https://proxy.golang.org"}
    played = machine.run("resolve", "infrastructure-aws", "--offline", changes=kept)
    snapshot = machine.run("resolve", "infrastructure-aws", "--offline", "--no-cache", changes=kept)
    assert played.versions == snapshot.versions
    routes = {each["route"] for each in played.document["evidence"]}
    assert {"cache", "snapshot"} <= routes


def test_offline_a_file_that_is_kept_as_absent_is_absent_whatever_the_snapshot_says(machine: Machine) -> None:
    """The snapshot has a metadata.yaml of this tag; the release was asked for, and has none."""
    (tag,) = _in_both(machine)[:1]
    lacking = with_repository(machine.scenario, _AWS, without_release(tag, keeps_tag=True))
    assert machine.run("resolve", f"infrastructure-aws:{tag}", scenario=lacking).status == 1
    played = machine.run("resolve", f"infrastructure-aws:{tag}", "--offline", scenario=lacking)
    assert (played.status, played.versions) == (1, {"infrastructure-aws": None})
    unknowing = machine.run(
        "resolve", f"infrastructure-aws:{tag}", "--offline", "--no-cache", scenario=lacking
    )
    assert unknowing.versions == {"infrastructure-aws": tag}


def _in_both(machine: Machine) -> list[str]:
    """Tags of the lab's world that the embedded snapshot holds too, newest last."""
    listed = machine.run("versions", "infrastructure-aws", "--offline", "--no-cache")
    known = {each["version"] for each in listed.document["result"]["providers"][0]["versions"]}
    repository = machine.scenario.world.repository(_AWS)
    assert repository is not None
    return [each.tag for each in repository.releases if each.tag in known]


def test_offline_components_that_were_read_once_are_there(machine: Machine) -> None:
    words = ("generate", "provider", "--infrastructure", "aws")
    online, offline = machine.run(*words), machine.run(*words, "--offline")
    assert (online.status, offline.status) == (0, 0)
    assert offline.document["result"]["components"] == online.document["result"]["components"]
    assert machine.run(*words, "--offline", "--no-cache").status == 3


def test_a_private_answer_is_not_given_to_whoever_lacks_the_token(tmp_path: Path) -> None:
    machine = machine_of(packaged_scenario("gitlab-private-with-token"), tmp_path)
    words = ["resolve", *reference_of(machine.scenario)]
    assert machine.run(*words).status == 0
    assert machine.run(*words, "--offline").status == 0
    stranger = machine.run(*words, "--offline", changes={"GITLAB_ACCESS_TOKEN": None})
    assert stranger.status == 3
    written = b"".join(path.read_bytes() for path in machine.cache.rglob("*") if path.is_file())
    assert b"project-token" not in written


def test_a_release_that_turns_up_is_found_by_the_next_run(machine: Machine) -> None:
    """Nothing of it was asked for before, so that no kept absence can hide it."""
    missing = with_repository(machine.scenario, _AWS, without_release("v2.11.1", keeps_tag=False))
    assert machine.run("resolve", "infrastructure-aws", scenario=missing).versions == {
        "infrastructure-aws": "v2.11.0"
    }
    found = machine.run("resolve", "infrastructure-aws")
    assert found.versions == {"infrastructure-aws": "v2.11.1"}


_STRICT = {"GOPROXY": "off", "CAPYCTL_GOPROXY_OFF": "strict"}


def test_where_listing_is_forbidden_a_kept_list_is_still_one(machine: Machine) -> None:
    """Whatever route it came by; files may be asked for, and lists are not (cli.md 2)."""
    unknowing = machine.run("resolve", "infrastructure-aws", changes=_STRICT)
    assert (unknowing.status, unknowing.versions) == (3, {"infrastructure-aws": None})
    online = machine.run("resolve", "infrastructure-aws")
    strict = machine.run("resolve", "infrastructure-aws", changes=_STRICT)
    assert (strict.status, strict.versions) == (0, online.versions)
    assert asked(strict)
    assert all("/releases/download/" in each["path"] or each["host"] == _OBJECTS for each in asked(strict))


@pytest.mark.parametrize("goproxy", ["off", "direct"])
def test_goproxy_hides_no_kept_list_from_an_offline_run(machine: Machine, goproxy: str) -> None:
    online = machine.run("resolve", "infrastructure-aws")
    offline = machine.run("resolve", "infrastructure-aws", "--offline", changes={"GOPROXY": goproxy})
    assert offline.versions == online.versions
    assert {each["route"] for each in offline.document["evidence"]} == {"cache"}


def test_what_was_read_once_is_not_read_again(machine: Machine) -> None:
    """ADR 38: a warm plan without network takes nothing apart; without the readings it says the same."""
    assert machine.run(*_FIVE).status == 0
    recalled = machine.run(*_FIVE, "--offline")
    imported = _imported(machine, *_FIVE)
    assert "capyctl.adapters.kept_readings" in imported
    assert "yaml" not in imported
    shutil.rmtree(machine.cache / "readings")
    read = machine.run(*_FIVE, "--offline")
    assert read.status == recalled.status == 0
    assert read.document["result"] == recalled.document["result"]
    assert _told(read) == _told(recalled)


def test_a_value_that_is_no_longer_there_is_missed_all_the_same(machine: Machine) -> None:
    assert machine.run(*_FIVE).status == 0
    without = machine.run(*_FIVE, "--offline", changes={"AWS_B64ENCODED_CREDENTIALS": None})
    assert without.status == 1
    assert diagnostics(without, "CAPY0603")


_OF_OTHER_RUNS = {
    *("json", "queue", "base64"),
    *("capyctl.adapters.github_api", "capyctl.adapters.goproxy_netrc", "capyctl.adapters.http_settings"),
    *("capyctl.adapters.local_files", "capyctl.adapters.overrides", "capyctl.fetching.source_memory"),
    *("capyctl.app.cache_diagnostics", "capyctl.app.kept_provider", "capyctl.app.report_failure"),
    *("capyctl.core.address_edit", "capyctl.core.api_object", "capyctl.core.images"),
    *("capyctl.core.inventory", "capyctl.core.retractions", "capyctl.core.upgrade_terms"),
    *("capyctl.core.verdict", "capyctl.core.version_constraint", "capyctl.wiring.override_notes"),
    *("capyctl.ports.cache", "capyctl.ports.clock", "capyctl.ports.cluster", "capyctl.ports.progress"),
    "capyctl.ports.readings",
}
"""What failures, clusters, local files, overrides and other forms of output need (ADR 35)."""


@pytest.mark.parametrize("words", [_FIVE, ("resolve", "infrastructure-aws")], ids=" ".join)
def test_a_warm_run_imports_nothing_that_only_other_runs_need(
    machine: Machine, words: tuple[str, ...]
) -> None:
    assert machine.run(*words).status == 0
    imported = _imported(machine, *words)
    assert "capyctl.wiring.offline_catalog" in imported
    assert sorted(imported & _OF_OTHER_RUNS) == []


def _told(played: Played) -> list[tuple[str, str]]:
    return [
        (each["code"], each["detail"])
        for each in played.document["diagnostics"]
        if each["code"] != "CAPY0805"
    ]


def _imported(machine: Machine, *words: str) -> set[str]:
    """What a process imports that runs these words without network."""
    played = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "capyctl", *words, "--offline"],
        env={
            "HOME": str(machine.home),
            "XDG_CACHE_HOME": str(machine.home / ".cache"),
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            **_CREDENTIALS,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        line.rpartition("|")[2].strip()
        for line in played.stderr.splitlines()
        if line.startswith("import time")
    }


@pytest.mark.parametrize("name", _EVERY_KIND)
def test_what_a_lock_was_made_of_is_there_for_a_run_that_is_bound_to_it(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever way its files came, nobody is asked again, and each of them is dated."""
    monkeypatch.chdir(tmp_path)
    machine = machine_of(packaged_scenario(name), tmp_path)
    made = machine.run("lock", *reference_of(machine.scenario))
    assert made.status == 0
    locked = made.document["result"]["lock"]["providers"]
    for words in ((), ("--offline",)):
        played = machine.run("resolve", "--locked", "capyctl.lock", *words)
        assert (played.status, played.requests) == (0, ())
        rows = played.document["result"]["providers"]
        assert [(row["version"], row["files"]) for row in rows] == [
            (entry["version"], entry["files"]) for entry in locked
        ]
        kept = [each for each in played.document["evidence"] if each["route"] == "cache"]
        assert all(each["as_of"] for each in kept)
        assert {each["sha256"] for each in kept} >= {
            file["sha256"] for entry in locked for file in entry["files"].values()
        }
