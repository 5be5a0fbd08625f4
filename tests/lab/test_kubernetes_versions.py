"""``kubernetes-version`` in the lab: files of variables, locks, drift, offline runs, and what is asked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.kept_answer import Sighting
from capyctl.core.lock import Lock, LockedKubernetes
from capyctl.core.lock_text import lock_text
from capyctl.core.release_marker import marker_subject
from capyctl.lab.content import Content
from capyctl.lab.lab import Lab
from capyctl.lab.run import child_environment
from capyctl.lab.scenario import load_scenario
from capyctl.lab.world import Fault, FaultKind, ImageRegistry, StoredImage, World
from tests.plugins.lab_fixture import OpenLab
from tests.scenario.playing import Played, run_words

MARKER = "ci/latest-1.33"
FIRST = "v1.33.0-alpha.1.199+25278540780516"
SECOND = "v1.33.0-alpha.1.200+3f1c2b7a9d0e55"
LOCKED_AT, CREATED_AT = "2026-11-01T08:00:00Z", "2026-11-01T08:00:05Z"
DIGEST = "sha256:" + "ab" * 32
E2E = """\
variables:
  KUBERNETES_VERSION_MANAGEMENT: "v1.34.8"
  KUBERNETES_VERSION: "stable-1.34"
  KUBERNETES_VERSION_UPGRADE_TO: "stable-1.34"
  KUBERNETES_VERSION_LATEST_CI: "ci/latest-1.33"
  ETCD_VERSION_UPGRADE_TO: "3.6.5-0"
"""


def texts(*values: str) -> tuple[Content, ...]:
    return tuple(Content(data=value.encode()) for value in values)


def world(**markers: str) -> World:
    """Markers with dashes for underscores, and an empty registry."""
    known = {"stable-1.34": texts("v1.34.8"), MARKER: texts(FIRST)}
    return World(markers=known | {name.replace("_", "-"): texts(value) for name, value in markers.items()})


def lock(version: str = FIRST, digest: str | None = None) -> str:
    entry = LockedKubernetes(
        marker=MARKER,
        version=version,
        url=f"https://dl.k8s.io/{MARKER}.txt",
        resolved_at=LOCKED_AT,
        image=f"kindest/node:{version.replace('+', '_')}",
        digest=digest,
    )
    return lock_text(Lock(capyctl="0.3.0", created_at=CREATED_AT, kubernetes=(entry,)))


class Stage(Struct, frozen=True, kw_only=True):
    """A folder in which stages of a pipeline run, one after the other, with one home."""

    folder: Path
    enter: Callable[[World], Lab]

    def run(self, served: World, *words: str, form: str = "json", **environment: str) -> Played:
        """One stage: ``kubernetes-version`` with these words."""
        lab = self.enter(served)
        environ = child_environment(
            load_scenario("sound"), lab, {"PATH": os.environ["PATH"]}, str(self.folder)
        )
        played = run_words(["kubernetes-version", *words, "-o", form], environ | environment)
        return replace(played, requests=tuple(record.as_json() for record in lab.requests))

    @property
    def env(self) -> Path:
        return self.folder / "env"


@pytest.fixture
def stage(tmp_path: Path, lab: OpenLab, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.chdir(tmp_path)
    return Stage(folder=tmp_path, enter=lab)


def names(played: Played, severity: str | None = None) -> list[str]:
    found = played.document["diagnostics"]
    return [each["name"] for each in found if severity in (None, each["severity"])]


def result(played: Played) -> dict[str, Any]:
    value = played.document["result"]
    assert isinstance(value, dict)
    return value


def cited(played: Played, name: str) -> list[tuple[str, str]]:
    """The questions that the diagnostic of this name rests on, and the ends of their addresses."""
    (item,) = (each for each in played.document["diagnostics"] if each["name"] == name)
    known = {each["id"]: each for each in played.document["evidence"]}
    found = [known[each] for each in item["evidence"]]
    return [(each["question"], each["url"].partition("://")[2].partition("/")[2]) for each in found]


# What is asked.


def test_the_text_is_the_version_alone(stage: Stage) -> None:
    played = stage.run(world(), "resolve", "stable-1.34", form="text")
    assert (played.status, played.stdout) == (0, "v1.34.8\n")


def test_the_result_has_marker_version_time_and_address(stage: Stage) -> None:
    found = result(stage.run(world(), "resolve", MARKER))
    assert found["resolved_at"].endswith("Z")
    assert found == {
        "marker": MARKER,
        "version": FIRST,
        "resolved_at": found["resolved_at"],
        "url": "https://dl.k8s.io/ci/latest-1.33.txt",
    }


def test_an_exact_version_is_its_own_answer_and_asks_nobody(stage: Stage) -> None:
    played = stage.run(world(), "resolve", FIRST)
    assert (played.status, result(played)["version"], played.requests) == (0, FIRST, ())
    assert names(played) == []


@pytest.mark.parametrize(
    "text", ["newest", "1.33", "v1.33", "stable-1", "https://dl.k8s.io/x", "../stable", ""]
)
def test_anything_else_is_usage(stage: Stage, text: str) -> None:
    played = stage.run(world(), "resolve", text)
    assert (played.status, played.requests) == (2, ())


def test_two_markers_have_their_own_values(stage: Stage) -> None:
    served = world(stable="v1.34.8", latest="v1.35.0-rc.0")
    found = [result(stage.run(served, "resolve", text))["version"] for text in ("stable", "latest")]
    assert found == ["v1.34.8", "v1.35.0-rc.0"]


@pytest.mark.parametrize(
    "base",
    [
        "http://dl.k8s.io",
        "dl.k8s.io",
        "ftp://x",
        "https://user:geheim@dl.k8s.io",
        "https://",
        "https://x/?a=b",
    ],
)
def test_markers_are_asked_over_tls_only_and_no_credential_is_shown(stage: Stage, base: str) -> None:
    played = stage.run(world(), "resolve", "stable-1.34", CAPYCTL_RELEASE_MARKERS=base)
    assert (played.status, played.requests) == (1, ())
    assert "geheim" not in played.stdout + played.stderr
    assert names(played, "error") == ["setting-invalid"]


def test_another_base_address_is_asked_below_its_path(stage: Stage) -> None:
    base = "https://dl.k8s.io/mirror/"
    played = stage.run(world(), "resolve", "stable-1.34", CAPYCTL_RELEASE_MARKERS=base)
    assert played.asked("dl.k8s.io") == ["/mirror/release/stable-1.34.txt"]
    assert (played.status, result(played)["version"]) == (1, None)


@pytest.mark.parametrize("words", [["resolve", "stable-1.34"], ["image", "v1.33.7"]])
def test_a_connection_that_outlasts_the_deadline_is_told_as_that(stage: Stage, words: list[str]) -> None:
    """The limit of connecting was not reached: nothing is known against the network, and more time may do."""
    slow = Fault(kind=FaultKind.BLACK_HOLE)
    served = replace(hub(v1_33_7=(StoredImage(),)), markers=world().markers, faults=(slow,))
    played = stage.run(served, *words, "--deadline", "0.3")
    assert (played.status, [each["name"] for each in played.roots]) == (3, ["deadline-passed"])
    assert "within" not in played.roots[0]["detail"]
    assert any("--deadline 2m" in str(fix["command"]) for fix in played.roots[0]["fixes"])


@pytest.mark.parametrize(
    ("status", "name"), [(401, "access-denied"), (403, "access-denied"), (429, "rate-limited")]
)
def test_a_refusal_is_not_mended_by_the_token_of_a_forge(stage: Stage, status: int, name: str) -> None:
    """``dl.k8s.io`` knows no login, and no quota that one could raise."""
    refusal = Fault(kind=FaultKind.STATUS, host="dl.k8s.io", status=status)
    played = stage.run(replace(world(), faults=(refusal,)), "resolve", "stable-1.34")
    assert (played.status, [each["name"] for each in played.roots]) == (3, [name])
    assert "TOKEN" not in played.stdout
    assert any("CAPYCTL_RELEASE_MARKERS" in fix["title"] for fix in played.roots[0]["fixes"])


# Drift.


def test_a_value_that_is_not_the_locks_is_drift_with_both_times(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text(lock(SECOND))
    played = stage.run(world(), "resolve", MARKER)
    assert (played.status, result(played)["version"]) == (0, FIRST)
    (drift,) = (each for each in played.document["diagnostics"] if each["name"] == "marker-drift")
    assert drift["severity"] == "warning"
    for part in (FIRST, result(played)["resolved_at"], SECOND, LOCKED_AT, "capyctl.lock"):
        assert part in drift["detail"]
    assert cited(played, "marker-drift") == [("marker", f"{MARKER}.txt")]


def test_drift_from_what_this_machine_got_names_the_question(stage: Stage) -> None:
    stage.run(world(), "resolve", MARKER)
    played = stage.run(replace(world(), markers={MARKER: texts(SECOND)}), "resolve", MARKER)
    assert cited(played, "marker-drift") == [("marker", f"{MARKER}.txt")]


def test_the_same_value_as_the_locks_is_no_drift(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text(lock(FIRST))
    assert "marker-drift" not in names(stage.run(world(), "resolve", MARKER))


def test_one_earlier_value_in_the_lock_and_the_cache_is_told_once(stage: Stage) -> None:
    stage.run(world(), "resolve", MARKER)
    (stage.folder / "capyctl.lock").write_text(lock(FIRST))
    moved = replace(world(), markers={MARKER: texts(SECOND)})
    assert names(stage.run(moved, "resolve", MARKER), "warning") == ["marker-drift"]


def test_without_a_cache_nothing_is_remembered(stage: Stage) -> None:
    stage.run(world(), "resolve", MARKER, "--no-cache")
    moved = replace(world(), markers={MARKER: texts(SECOND)})
    assert names(stage.run(moved, "resolve", MARKER, "--no-cache"), "warning") == []


def foreign_cache(stage: Stage) -> Path:
    """The folder of the cache, of a format that is not known here."""
    folder = stage.folder / ".cache" / "capyctl"
    folder.mkdir(parents=True)
    (folder / "format").write_text("capyctl-cache/9\n")
    return folder


@pytest.mark.parametrize("words", [["resolve", MARKER], ["image", "v1.33.7"]])
def test_a_cache_of_another_format_is_one_warning(stage: Stage, words: list[str]) -> None:
    """Without a cache an earlier value is not known: drift goes unseen, and that is to be said (cli.md 7.1)."""
    folder = foreign_cache(stage)
    played = stage.run(replace(hub(v1_33_7=(StoredImage(),)), markers=world().markers), *words)
    assert (played.status, names(played, "warning")) == (0, ["cache-of-another-version"])
    (item,) = (each for each in played.document["diagnostics"] if each["severity"] == "warning")
    assert "capyctl-cache/9" in item["detail"]
    assert [each.name for each in folder.iterdir()] == ["format"]


@pytest.mark.parametrize("words", [["resolve", MARKER], ["image", "v1.33.7"]])
def test_a_cache_that_cannot_be_written_is_one_warning(stage: Stage, words: list[str]) -> None:
    (stage.folder / ".cache").write_text("a file where the folder of caches would be")
    played = stage.run(replace(hub(v1_33_7=(StoredImage(),)), markers=world().markers), *words)
    assert (played.status, names(played, "warning")) == (0, ["cache-unwritable"])


def test_a_clock_before_the_cache_is_one_warning(stage: Stage) -> None:
    later = Sighting(value=FIRST, seen_at="2999-01-01T00:00:00Z")
    cache = DiskCache(str(stage.folder / ".cache" / "capyctl"), SystemClock())
    cache.last_seen(marker_subject("https://dl.k8s.io/ci/latest-1.33.txt"), later)
    played = stage.run(world(), "resolve", MARKER)
    assert (played.status, names(played, "warning")) == (0, ["clock-behind-cache"])


@pytest.mark.parametrize("words", [["resolve", FIRST], ["resolve", MARKER, "--locked", "a.lock"]])
def test_a_cache_that_is_not_needed_is_not_spoken_of(stage: Stage, words: list[str]) -> None:
    foreign_cache(stage)
    (stage.folder / "a.lock").write_text(lock())
    assert names(stage.run(world(), *words), "warning") == []


def test_offline_it_is_said_why_the_cache_has_nothing(stage: Stage) -> None:
    stage.run(world(), "resolve", MARKER)
    blind = stage.run(world(), "resolve", MARKER, "--offline", "--no-cache")
    assert (blind.status, [each["name"] for each in blind.roots]) == (3, ["no-data-offline"])
    assert "no cache was looked into" in blind.roots[0]["detail"]
    (stage.folder / ".cache" / "capyctl" / "format").write_text("capyctl-cache/9\n")
    played = stage.run(world(), "resolve", MARKER, "--offline")
    assert (played.status, names(played, "warning")) == (3, ["cache-of-another-version"])
    for part in ("cannot be used", "capyctl-cache/9"):
        assert part in played.roots[0]["detail"]


def test_a_broken_lock_beside_the_run_is_a_warning(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text("{")
    played = stage.run(world(), "resolve", MARKER)
    assert (played.status, names(played, "warning")) == (0, ["lock-unreadable"])


# Locked and offline.


def test_a_locked_run_gives_the_locks_value_and_opens_no_connection(stage: Stage) -> None:
    (stage.folder / "a.lock").write_text(lock(SECOND))
    lab_before = stage.run(world(), "resolve", MARKER, "--locked", "a.lock")
    assert (lab_before.status, lab_before.requests) == (0, ())
    found = result(lab_before)
    assert (found["version"], found["resolved_at"]) == (SECOND, LOCKED_AT)
    assert found["url"] == "https://dl.k8s.io/ci/latest-1.33.txt"
    assert {"lock"} == {each["route"] for each in lab_before.document["evidence"]}


def test_a_marker_that_is_not_in_the_lock_is_refused(stage: Stage) -> None:
    (stage.folder / "a.lock").write_text(lock())
    played = stage.run(world(), "resolve", "stable-1.34", "--locked", "a.lock", "--env-file", "env")
    assert (played.status, result(played)["version"], played.requests) == (1, None, ())
    (item,) = (each for each in played.document["diagnostics"] if each["severity"] == "error")
    assert item["name"] == "marker-not-locked"
    assert CREATED_AT in item["detail"]
    assert not stage.env.exists()


def lock_of(**versions: str) -> str:
    """A lock with these markers."""
    entries = tuple(
        LockedKubernetes(
            marker=name,
            version=version,
            url=f"https://dl.k8s.io/release/{name}.txt",
            resolved_at=LOCKED_AT,
            image=f"kindest/node:{version}",
        )
        for name, version in versions.items()
    )
    return lock_text(Lock(capyctl="0.3.0", created_at=CREATED_AT, kubernetes=entries))


def test_without_a_marker_the_one_of_the_lock_is_meant(stage: Stage) -> None:
    """Cli.md 7.2: without a reference, all that the lock has."""
    (stage.folder / "a.lock").write_text(lock(SECOND))
    played = stage.run(world(), "resolve", "--locked", "a.lock", "--env-file", "env", "--env-name", "K8S")
    assert (played.status, played.requests) == (0, ())
    assert result(played) == {
        "marker": MARKER,
        "version": SECOND,
        "resolved_at": LOCKED_AT,
        "url": "https://dl.k8s.io/ci/latest-1.33.txt",
    }
    assert stage.env.read_text() == f"K8S={SECOND}\n"
    assert stage.run(world(), "resolve", "--locked", "a.lock", form="text").stdout == f"{SECOND}\n"


def test_without_a_marker_all_of_the_lock_are_meant(stage: Stage) -> None:
    (stage.folder / "a.lock").write_text(lock_of(**{"stable": "v1.35.1", "stable-1.34": "v1.34.8"}))
    played = stage.run(world(), "resolve", "--locked", "a.lock")
    found = result(played)
    assert (played.status, played.requests) == (0, ())
    assert [found[name] for name in ("marker", "version", "resolved_at", "url")] == [None] * 4
    assert [(row["marker"], row["version"], row["resolved_at"]) for row in found["markers"]] == [
        ("stable", "v1.35.1", LOCKED_AT),
        ("stable-1.34", "v1.34.8", LOCKED_AT),
    ]
    text = stage.run(world(), "resolve", "--locked", "a.lock", form="text").stdout
    assert text == "stable=v1.35.1\nstable-1.34=v1.34.8\n"


def test_several_markers_have_no_name_in_a_file_of_variables(stage: Stage) -> None:
    (stage.folder / "a.lock").write_text(lock_of(latest="v1.36.0-alpha.1", stable="v1.35.1"))
    played = stage.run(world(), "resolve", "--locked", "a.lock", "--env-file", "env")
    assert (played.status, played.requests, stage.env.exists()) == (2, (), False)
    (item,) = played.document["diagnostics"]
    for part in ("--env-file", "latest", "stable"):
        assert part in item["detail"]


def test_to_look_what_a_marker_stands_for_writes_nothing(stage: Stage) -> None:
    (stage.folder / "a.lock").write_text(lock())
    words = ["stable-1.34", "--locked", "a.lock", "--env-file", "env", "--env-name", "K8S"]
    played = stage.run(world(), "resolve", *words)
    commands = [fix["command"] for fix in played.roots[0]["fixes"]]
    assert commands == ["capyctl kubernetes-version resolve stable-1.34 -o json"]


def test_a_lock_without_any_marker_is_one_diagnosis(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text(lock_of())
    played = stage.run(world(), "resolve", "--locked", "capyctl.lock", "--env-file", "env")
    assert (played.status, played.requests, names(played)) == (1, (), ["marker-not-locked"])
    assert not stage.env.exists()
    assert CREATED_AT in played.roots[0]["detail"]
    commands = [fix["command"] for fix in played.roots[0]["fixes"]]
    assert commands == ["capyctl lock --update --kubernetes-version stable --output json"]


def test_a_marker_that_the_folders_lock_lacks_can_be_added_by_the_fix(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text(lock())
    played = stage.run(world(), "resolve", "stable-1.34", "--locked", "capyctl.lock")
    commands = [fix["command"] for fix in played.roots[0]["fixes"]]
    assert commands == [
        "capyctl lock --update --kubernetes-version stable-1.34 --output json",
        "capyctl kubernetes-version resolve stable-1.34 -o json",
    ]


@pytest.mark.parametrize("text", ["{", '{"format": "capyctl-lock/9"}'])
def test_a_lock_that_cannot_be_used_ends_the_run(stage: Stage, text: str) -> None:
    (stage.folder / "a.lock").write_text(text)
    assert stage.run(world(), "resolve", MARKER, "--locked", "a.lock").status == 1
    assert stage.run(world(), "resolve", MARKER, "--locked", "missing.lock").status == 1


def test_offline_gives_the_last_value_with_its_time(stage: Stage) -> None:
    online = result(stage.run(world(), "resolve", MARKER))
    played = stage.run(world(), "resolve", MARKER, "--offline")
    assert (played.status, played.requests) == (0, ())
    assert result(played) == online
    (evidence,) = played.document["evidence"]
    assert (evidence["route"], evidence["question"], evidence["as_of"]) == (
        "cache",
        "marker",
        online["resolved_at"],
    )
    assert "kept-version-used" in names(played, "note")


def test_offline_without_a_value_is_undetermined(stage: Stage) -> None:
    played = stage.run(world(), "resolve", MARKER, "--offline", "--env-file", "env")
    assert (played.status, played.requests, result(played)["version"]) == (3, (), None)
    assert not stage.env.exists()


def test_an_offline_run_changes_nothing_of_what_is_kept(stage: Stage) -> None:
    stage.run(world(), "resolve", MARKER)
    kept = {path: path.read_bytes() for path in (stage.folder / ".cache").rglob("*") if path.is_file()}
    stage.run(world(), "resolve", MARKER, "--offline")
    assert {
        path: path.read_bytes() for path in (stage.folder / ".cache").rglob("*") if path.is_file()
    } == kept


# Files of variables.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, f"KUBERNETES_VERSION={FIRST}\n"),
        ("", f"KUBERNETES_VERSION={FIRST}\n"),
        ("A=1\n", f"A=1\nKUBERNETES_VERSION={FIRST}\n"),
        ("A=1", f"A=1\nKUBERNETES_VERSION={FIRST}\n"),
    ],
)
def test_the_line_stands_at_the_end_on_its_own(stage: Stage, before: str | None, after: str) -> None:
    if before is not None:
        stage.env.write_text(before)
    assert stage.run(world(), "resolve", MARKER, "--env-file", str(stage.env)).status == 0
    assert stage.env.read_text() == after


def test_a_shell_reads_the_line_as_it_stands(stage: Stage) -> None:
    stage.run(world(), "resolve", MARKER, "--env-file", "env", "--env-name", "K8S")
    shell = subprocess.run(
        ["sh", "-c", '. ./env; printf %s "$K8S"'],
        cwd=stage.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout == FIRST


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "", "A=B", "A\nB", "Ä"])
def test_a_name_that_is_none_is_usage(stage: Stage, name: str) -> None:
    played = stage.run(world(), "resolve", MARKER, "--env-file", "env", "--env-name", name)
    assert (played.status, played.requests) == (2, ())
    assert not stage.env.exists()


def test_nothing_is_added_on_failure(stage: Stage) -> None:
    stage.env.write_text("A=1")
    for words in (["resolve", "stable-1.99"], ["resolve", "newest"]):
        assert stage.run(world(), *words, "--env-file", "env").status in (1, 2)
    assert stage.env.read_text() == "A=1"


def test_a_warning_that_fails_the_run_keeps_the_line_out(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text(lock(SECOND))
    words = ["resolve", MARKER, "--env-file", "env"]
    assert stage.run(world(), *words, "--fail-on", "warning").status == 1
    assert not stage.env.exists()
    assert stage.run(world(), *words, "--fail-on", "warning", "--ignore", "marker-drift").status == 0
    assert stage.env.read_text() == f"KUBERNETES_VERSION={FIRST}\n"


def test_an_ignored_error_writes_no_empty_value(stage: Stage) -> None:
    stage.run(world(), "resolve", "stable-1.99", "--env-file", "env", "--ignore", "marker-absent")
    assert not stage.env.exists()


@pytest.mark.parametrize("target", ["missing/env", ".", "/", "/dev/null", "n" * 256, "dangling"])
def test_a_file_that_cannot_be_extended_is_one_error(stage: Stage, target: str) -> None:
    (stage.folder / "dangling").symlink_to("gone")
    played = stage.run(world(), "resolve", MARKER, "--env-file", target)
    assert (played.status, names(played, "error")) == (1, ["variables-not-written"])
    assert result(played)["version"] == FIRST


# Configurations of end-to-end tests.


def test_every_marker_of_a_configuration_is_resolved_once(stage: Stage) -> None:
    (stage.folder / "docker.yaml").write_text(E2E)
    played = stage.run(world(), "resolve", "--e2e-config", "docker.yaml", "--env-file", "env")
    assert played.status == 0
    assert sorted(played.asked("dl.k8s.io")) == ["/ci/latest-1.33.txt", "/release/stable-1.34.txt"]
    assert stage.env.read_text().splitlines() == [
        "KUBERNETES_VERSION=v1.34.8",
        "KUBERNETES_VERSION_UPGRADE_TO=v1.34.8",
        f"KUBERNETES_VERSION_LATEST_CI={FIRST}",
    ]
    found = result(played)
    assert [found[name] for name in ("marker", "version", "resolved_at", "url")] == [None] * 4
    assert [row["name"] for row in found["variables"]] == [
        "KUBERNETES_VERSION",
        "KUBERNETES_VERSION_UPGRADE_TO",
        "KUBERNETES_VERSION_LATEST_CI",
    ]
    assert found["variables"][0]["resolved_at"] == found["variables"][1]["resolved_at"]


def test_a_variable_that_the_environment_sets_is_passed_through(stage: Stage) -> None:
    """The relapse of cluster-api#11855: the second stage must not ask for what the first one exported."""
    (stage.folder / "docker.yaml").write_text(E2E)
    words = ["resolve", "--e2e-config", "docker.yaml", "--env-file", "env"]
    played = stage.run(world(), *words, KUBERNETES_VERSION_LATEST_CI=SECOND, KUBERNETES_VERSION="v1.31.14")
    assert played.asked("dl.k8s.io") == ["/release/stable-1.34.txt"]
    assert stage.env.read_text().splitlines() == [
        "KUBERNETES_VERSION=v1.31.14",
        "KUBERNETES_VERSION_UPGRADE_TO=v1.34.8",
        f"KUBERNETES_VERSION_LATEST_CI={SECOND}",
    ]
    rows = {row["name"]: row for row in result(played)["variables"]}
    assert rows["KUBERNETES_VERSION_LATEST_CI"]["marker"] == MARKER


def test_one_marker_that_cannot_be_resolved_adds_no_line_at_all(stage: Stage) -> None:
    (stage.folder / "docker.yaml").write_text(E2E.replace("ci/latest-1.33", "ci/latest-1.99"))
    played = stage.run(world(), "resolve", "--e2e-config", "docker.yaml", "--env-file", "env")
    assert (played.status, names(played, "error")) == (1, ["marker-absent"])
    assert [row["version"] for row in result(played)["variables"]] == ["v1.34.8", "v1.34.8", None]
    assert not stage.env.exists()


def test_the_text_of_several_is_a_line_for_each(stage: Stage) -> None:
    (stage.folder / "docker.yaml").write_text(E2E)
    played = stage.run(world(), "resolve", "--e2e-config", "docker.yaml", form="text")
    assert played.stdout.splitlines()[2] == f"KUBERNETES_VERSION_LATEST_CI={FIRST}"


@pytest.mark.parametrize(
    "text",
    [
        *("", "variables: []\n", "a: ["),
        "variables: {KUBERNETES_VERSION: banana}\n",
        "variables: {KUBERNETES_VERSION: 1.33}\n",
    ],
)
def test_a_configuration_that_cannot_be_used_asks_nobody(stage: Stage, text: str) -> None:
    (stage.folder / "docker.yaml").write_text(text)
    played = stage.run(world(), "resolve", "--e2e-config", "docker.yaml", "--env-file", "env")
    assert (played.status, played.requests) == (1, ())
    assert names(played, "error") == ["e2e-config-unusable"]
    assert not stage.env.exists()


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["KUBERNETES_VERSION: [stable-1.34]"], 3),
        (["KUBERNETES_VERSION: {a: stable-1.34}"], 3),
        (["KUBERNETES_VERSION:", "  - stable-1.34"], 3),
        (["KUBERNETES_VERSION: v1.30.0", "KUBERNETES_VERSION: stable-1.34"], 4),
        (["KUBERNETES_VERSION: stable-1.34", "A: c", "KUBERNETES_VERSION: v1.30.0"], 5),
    ],
)
def test_a_variable_that_has_no_one_value_is_refused_where_it_stands(
    stage: Stage, lines: list[str], line: int
) -> None:
    text = "\n  ".join(["variables:", "KUBERNETES_VERSION_B: stable-1.34", *lines])
    (stage.folder / "docker.yaml").write_text(f"{text}\n")
    words = ["resolve", "--e2e-config", "docker.yaml", "--env-file", "env"]
    for variables in ({}, {"KUBERNETES_VERSION": "v1.30.0"}):
        played = stage.run(world(), *words, **variables)
        assert (played.status, played.requests, names(played)) == (1, (), ["e2e-config-unusable"])
        (span,) = played.roots[0]["spans"]
        assert (span["file"], span["line"], span["column"]) == ("docker.yaml", line, 3)
    assert not stage.env.exists()


_EMPTY = (
    'variables:\n  KUBERNETES_VERSION:\n  KUBERNETES_VERSION_B: ""\n  KUBERNETES_VERSION_C: stable-1.34\n'
)


def test_a_variable_without_a_value_anywhere_is_told_where_it_stands(stage: Stage) -> None:
    (stage.folder / "docker.yaml").write_text(_EMPTY)
    stage.env.write_text("A=1\n")
    words = ["resolve", "--e2e-config", "docker.yaml", "--env-file", "env"]
    played = stage.run(world(), *words, KUBERNETES_VERSION=" ")
    assert (played.status, played.requests, names(played)) == (1, (), ["e2e-config-unusable"])
    (problem,) = played.roots
    assert [(each["line"], each["column"]) for each in problem["spans"]] == [(2, 3), (3, 3)]
    assert "KUBERNETES_VERSION, KUBERNETES_VERSION_B have no value" in problem["detail"]
    assert stage.env.read_text() == "A=1\n"


def test_the_environment_gives_a_variable_without_a_value_its_line(stage: Stage) -> None:
    """One set in the environment to an exact version is passed through (cli.md 7.4); a marker is resolved."""
    (stage.folder / "docker.yaml").write_text(_EMPTY)
    words = ["resolve", "--e2e-config", "docker.yaml", "--env-file", "env"]
    played = stage.run(world(), *words, KUBERNETES_VERSION="v1.30.0", KUBERNETES_VERSION_B="stable-1.34")
    assert played.status == 0
    assert played.asked("dl.k8s.io") == ["/release/stable-1.34.txt"]
    assert stage.env.read_text().splitlines() == [
        "KUBERNETES_VERSION=v1.30.0",
        "KUBERNETES_VERSION_B=v1.34.8",
        "KUBERNETES_VERSION_C=v1.34.8",
    ]
    assert [row["marker"] for row in result(played)["variables"]] == ["v1.30.0", "stable-1.34", "stable-1.34"]


@pytest.mark.parametrize(
    "name",
    [
        "KUBERNETES_VERSION;touch PWNED;X",
        "KUBERNETES_VERSION=x\nLD_PRELOAD",
        *("KUBERNETES_VERSION-A", "KUBERNETES_VERSION X", "KUBERNETES_VERSION$(id)", "KUBERNETES_VERSION\n"),
    ],
)
def test_a_name_that_no_shell_takes_is_refused_where_it_stands(stage: Stage, name: str) -> None:
    """The line NAME=VALUE is read by a shell: what stands before the sign must be a name and nothing else."""
    (stage.folder / "docker.yaml").write_text(f"variables:\n  A: b\n  {json.dumps(name)}: stable-1.34\n")
    stage.env.write_text("A=1\n")
    played = stage.run(world(), "resolve", "--e2e-config", "docker.yaml", "--env-file", "env")
    assert (played.status, played.requests, names(played)) == (1, (), ["e2e-config-unusable"])
    (span,) = played.roots[0]["spans"]
    assert (span["file"], span["line"], span["column"]) == ("docker.yaml", 3, 3)
    assert stage.env.read_text() == "A=1\n"


def test_a_configuration_is_read_to_its_end_or_not_at_all(stage: Stage) -> None:
    """What is cut behind the first 4 MiB would be resolved in part, and nobody would know."""
    padding = "  # nothing\n" * 400_000
    text = f"variables:\n  KUBERNETES_VERSION: stable-1.34\n{padding}  KUBERNETES_VERSION_B: {MARKER}\n"
    (stage.folder / "docker.yaml").write_text(text)
    played = stage.run(world(), "resolve", "--e2e-config", "docker.yaml", "--env-file", "env")
    assert (played.status, played.requests, names(played)) == (1, (), ["e2e-config-unusable"])
    assert not stage.env.exists()


def test_a_pipe_in_place_of_a_configuration_is_not_opened(stage: Stage) -> None:
    os.mkfifo(stage.folder / "pipe")
    for path in ("pipe", "/dev/null", "."):
        played = stage.run(world(), "resolve", "--e2e-config", path)
        assert (played.status, names(played)) == (1, ["e2e-config-unusable"])


def test_a_missing_configuration_or_two_questions_at_once(stage: Stage) -> None:
    assert stage.run(world(), "resolve", "--e2e-config", "missing.yaml").status == 1
    assert stage.run(world(), "resolve", "stable", "--e2e-config", "missing.yaml").status == 2
    assert stage.run(world(), "resolve").status == 2


# Node images.


def hub(**images: tuple[StoredImage | None, ...]) -> World:
    """A registry with these tags, written with underscores for dots."""
    tags = {name.replace("_", "."): value for name, value in images.items()}
    registry = ImageRegistry(
        host="registry-1.docker.io",
        tokens="auth.docker.io",
        blobs="blobs.example.org",
        repositories={"kindest/node": tags},
    )
    return World(registries=(registry,))


def test_many_tags_are_read_page_by_page(stage: Stage) -> None:
    images = {f"v1_33_{patch}": (StoredImage(),) for patch in range(250)}
    played = stage.run(hub(**images), "image", "v1.33.7")
    assert (played.status, result(played)["newest"]) == (0, "v1.33.249")
    assert len([path for path in played.asked("registry-1.docker.io") if "tags/list" in path]) >= 3


def test_a_digest_that_is_not_the_locks_is_a_warning(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text(lock("v1.33.7", DIGEST))
    played = stage.run(hub(v1_33_7=(StoredImage(),)), "image", "v1.33.7")
    assert (played.status, names(played, "warning")) == (0, ["node-image-changed"])
    (item,) = (each for each in played.document["diagnostics"] if each["severity"] == "warning")
    for part in (DIGEST, LOCKED_AT, "capyctl.lock", result(played)["digest"]):
        assert part in item["detail"]
    assert cited(played, "node-image-changed") == [("image", "v2/kindest/node/manifests/v1.33.7")]


@pytest.mark.parametrize(
    ("contains", "name"), [("v1.34.0", "node-image-mislabelled"), ("", "node-image-unread")]
)
def test_what_is_in_an_image_names_the_layer_that_says_so(stage: Stage, contains: str, name: str) -> None:
    played = stage.run(hub(v1_33_7=(StoredImage(contains=contains),)), "image", "v1.33.7", "--inspect")
    found = cited(played, name)
    assert all(address.startswith("v2/kindest/node/") for _, address in found)
    assert found[-1][0] == "file"
    assert found[-1][1].startswith("v2/kindest/node/blobs/sha256:")


def test_an_image_of_the_lock_that_is_gone_is_told_with_when(stage: Stage) -> None:
    (stage.folder / "capyctl.lock").write_text(lock("v1.33.7", DIGEST))
    played = stage.run(hub(v1_33_6=(StoredImage(),)), "image", "v1.33.7")
    assert (played.status, played.roots[0]["name"]) == (1, "node-image-withdrawn")
    assert LOCKED_AT in played.roots[0]["detail"]


def test_an_image_offline_is_undetermined_and_tells_what_was_recorded(stage: Stage) -> None:
    online = result(stage.run(hub(v1_33_7=(StoredImage(),)), "image", "v1.33.7"))
    played = stage.run(hub(v1_33_7=(StoredImage(),)), "image", "v1.33.7", "--offline")
    assert (played.status, result(played)["exists"], played.requests) == (3, None, ())
    assert online["digest"] in played.roots[0]["detail"]


def test_without_inspection_no_layer_is_asked_for(stage: Stage) -> None:
    played = stage.run(hub(v1_33_7=(StoredImage(contains="v1.34.0"),)), "image", "v1.33.7")
    assert (played.status, "contains" in result(played)) == (0, False)
    assert not [path for path in played.asked("registry-1.docker.io") if "blobs" in path]


def test_a_page_of_the_network_is_no_image(stage: Stage) -> None:
    """Every version would have one, and all of them the same (cli.md 7.4: null if the registry gave no answer)."""
    portal = Fault(kind=FaultKind.PORTAL, host="registry-1.docker.io")
    served = replace(hub(v1_33_7=(StoredImage(),)), faults=(portal,))
    for words in (["v9.99.99"], ["v1.33.7"], ["v1.33.7", "--inspect"]):
        played = stage.run(served, "image", *words)
        found = result(played)
        assert (played.status, found["exists"], found["digest"], found["newest"]) == (3, None, None, None)
        assert names(played, "error") == ["answer-is-html"]
        assert {each["outcome"] for each in played.document["evidence"]} == {"bad"}
    offline = stage.run(served, "image", "v1.33.7", "--offline")
    assert "sha256:" not in offline.stdout
    assert stage.run(served, "image", "v1.33.7", "--ignore", "CAPY0207").status == 3


def test_an_absence_that_is_ignored_is_none(stage: Stage) -> None:
    played = stage.run(hub(v1_33_6=(StoredImage(),)), "image", "v1.33.7", "--ignore", "CAPY1035")
    assert (played.status, result(played)["exists"]) == (0, False)


@pytest.mark.parametrize("text", ["stable", "1.33.0", "v1.33", "kindest/node:v1.33.0", ""])
def test_an_image_is_asked_for_by_an_exact_version(stage: Stage, text: str) -> None:
    assert stage.run(World(), "image", text).status == 2


def test_the_document_of_each_form_is_one(stage: Stage) -> None:
    played = stage.run(hub(v1_33_7=(StoredImage(),)), "image", "v1.33.7", "--inspect", form="text")
    assert played.stdout.splitlines()[0].split() == ["image", "kindest/node:v1.33.7"]
    assert "contains" in played.stdout
    assert (
        json.loads(stage.run(World(), "resolve", "v1.33.0").stdout)["command"] == "kubernetes-version resolve"
    )


@pytest.mark.parametrize("words", [("init", "--dry-run"), ("cluster", "check")])
def test_a_version_that_is_asked_of_a_cluster_stays_exact(stage: Stage, words: tuple[str, ...]) -> None:
    """A marker moves between two commands, so no command about a cluster resolves one on the way."""
    played = run_words([*words, "--kubernetes-version", MARKER, "-o", "json"], {"HOME": str(stage.folder)})
    assert played.status == 2
    assert f"capyctl kubernetes-version resolve {MARKER}" in played.document["diagnostics"][0]["detail"]
