"""Two runs of ``lock`` at once on one file, in real processes: nothing that either of them resolved is lost (7.2)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import field
from msgspec.structs import replace

from capyctl.adapters.held_folder import held_folder
from capyctl.adapters.system_clock import SystemClock
from capyctl.lab.content import Content
from capyctl.lab.lab import Lab
from capyctl.lab.world import Release, World
from tests.lab.test_lock import (
    ACME,
    BEFORE,
    COMPONENTS,
    CONFIGURATION,
    PACKAGE,
    REPOSITORY,
)
from tests.plugins.lab_fixture import OpenLab
from tests.plugins.locked_world import AWS, VERSIONS, with_repository

AWS_REPOSITORY = "kubernetes-sigs/cluster-api-provider-aws"
NEWER_AWS = "v2.11.1"
_PATIENCE = 120.0


class Rendezvous:
    """Where answers are held until everybody who is waited for has come."""

    def __init__(self, *names: str) -> None:
        self._missing = set(names)
        self._changed = threading.Condition()

    def come(self, name: str) -> None:
        """One of them is here, and does not wait."""
        with self._changed:
            self._missing.discard(name)
            self._changed.notify_all()

    def meet(self, name: str) -> None:
        """One of them is here, and waits for all others."""
        self.come(name)
        self._wait(lambda: not self._missing)

    def until_here(self, name: str) -> None:
        """Wait for one of them."""
        self._wait(lambda: name not in self._missing)

    def _wait(self, done: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(done, _PATIENCE), f"these never came: {sorted(self._missing)}"


class Held(Content, frozen=True, kw_only=True):
    """A file that is served once all who are to meet have asked."""

    name: str
    rendezvous: Rendezvous = field(default_factory=Rendezvous)

    def render(self) -> bytes:
        self.rendezvous.meet(self.name)
        return super().render()


class Folder:
    """A folder with a lock, and processes that work on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = path / "capyctl.lock"

    def begin(self, lab: Lab, *words: str) -> subprocess.Popen[bytes]:
        environ = {
            "HOME": str(self.path),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PACKAGE),
            "XDG_CACHE_HOME": str(self.path / ".cache"),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "capyctl", *words, "-o", "json"],
            cwd=self.path,
            env={**environ, **lab.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @property
    def versions(self) -> dict[str, str]:
        return {each["provider"]: each["version"] for each in json.loads(self.lock.read_text())["providers"]}


def ended(process: subprocess.Popen[bytes]) -> tuple[int, Any]:
    stdout, stderr = process.communicate(timeout=_PATIENCE)
    assert stderr == b""
    return process.returncode, json.loads(stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    configuration = tmp_path / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(CONFIGURATION)
    return Folder(tmp_path)


FILES = {
    "acme": (REPOSITORY, "v1.3.0", COMPONENTS),
    "acme before": (REPOSITORY, "v1.2.0", COMPONENTS),
    "aws": (AWS_REPOSITORY, NEWER_AWS, COMPONENTS),
}


def held(seen: World, meeting: Rendezvous, name: str) -> World:
    """The world with this file held back until all who are to meet have come."""
    repository, tag, file = FILES[name]

    def changed(each: Release) -> Release:
        if each.tag != tag:
            return each
        served = Held(data=each.files[file].render(), name=name, rendezvous=meeting)
        return replace(each, files={**each.files, file: served})

    found = next(each for each in seen.repositories if each.name == repository)
    releases = tuple(changed(each) for each in found.releases)
    return with_repository(seen, repository, releases=releases)


def begin_with(folder: Folder, lab: Lab) -> dict[str, Any]:
    status, _ = ended(folder.begin(lab, "lock", f"{ACME}:v1.2.0", f"{AWS}:{VERSIONS[AWS]}"))
    assert status == 0
    loaded = json.loads(folder.lock.read_text())
    assert isinstance(loaded, dict)
    return loaded


def begin_both(
    folder: Folder, lab: OpenLab, of_acme: Sequence[str], of_aws: Sequence[str]
) -> list[subprocess.Popen[bytes]]:
    """Two runs, each of which gets its last file once both have asked for theirs; each sees a lab of its own."""
    meeting = Rendezvous("acme", "aws")
    words = {"acme": of_acme, "aws": of_aws}
    return [folder.begin(lab(held(BEFORE, meeting, name)), *words[name]) for name in words]


def test_of_two_updates_at_once_neither_is_lost(folder: Folder, lab: OpenLab) -> None:
    before = begin_with(folder, lab(BEFORE))
    running = begin_both(
        folder, lab, ("lock", "--update", f"{ACME}:v1.3.0"), ("lock", "--update", f"{AWS}:{NEWER_AWS}")
    )
    documents = [ended(each) for each in running]
    assert [status for status, _ in documents] == [0, 0]
    assert folder.versions == {ACME: "v1.3.0", AWS: NEWER_AWS}
    after = json.loads(folder.lock.read_text())
    assert after["cert_manager"] == before["cert_manager"]
    assert any(document["result"]["lock"] == after for _, document in documents)


def test_a_lock_and_an_update_at_once_are_as_one_after_the_other(folder: Folder, lab: OpenLab) -> None:
    begin_with(folder, lab(BEFORE))
    running = begin_both(folder, lab, ("lock", "--update", f"{ACME}:v1.3.0"), ("lock", f"{AWS}:{NEWER_AWS}"))
    assert [ended(each)[0] for each in running] == [0, 0]
    assert folder.versions in ({AWS: NEWER_AWS}, {ACME: "v1.3.0", AWS: NEWER_AWS})


def test_an_update_whose_request_was_changed_meanwhile_writes_nothing(folder: Folder, lab: OpenLab) -> None:
    """It asked for what the lock had asked for; by then the other run had pinned another version."""
    begin_with(folder, lab(BEFORE))
    meeting = Rendezvous("acme before", "the test")
    seen = lab(held(BEFORE, meeting, "acme before"))
    slow = folder.begin(seen, "lock", "--update", ACME, "--no-cache")
    meeting.until_here("acme before")
    status, _ = ended(folder.begin(lab(BEFORE), "lock", "--update", f"{ACME}:v1.3.0"))
    assert status == 0
    between = folder.lock.read_bytes()
    meeting.come("the test")
    status, document = ended(slow)
    (error,) = document["diagnostics"]
    assert (status, error["code"], document["result"]) == (1, "CAPY1103", None)
    assert all(text in error["detail"] for text in (ACME, "v1.2.0", "v1.3.0"))
    assert folder.lock.read_bytes() == between
    (again,) = [fix["command"] for fix in error["fixes"]]
    assert ended(folder.begin(lab(BEFORE), *again.split()[1:-2]))[0] == 0
    assert folder.versions[ACME] == "v1.3.0"


def test_a_lock_that_was_removed_meanwhile_is_not_made_of_one_entry(folder: Folder, lab: OpenLab) -> None:
    begin_with(folder, lab(BEFORE))
    meeting = Rendezvous("acme", "the test")
    seen = lab(held(BEFORE, meeting, "acme"))
    slow = folder.begin(seen, "lock", "--update", f"{ACME}:v1.3.0")
    meeting.until_here("acme")
    folder.lock.unlink()
    meeting.come("the test")
    status, document = ended(slow)
    assert (status, [each["code"] for each in document["diagnostics"]]) == (1, ["CAPY1101"])
    assert not folder.lock.exists()


def test_a_run_waits_for_who_holds_the_folder(folder: Folder, lab: OpenLab) -> None:
    """The test stands for a run that is about to write when the other one is done with asking."""
    seen = lab(BEFORE)
    begin_with(folder, seen)
    changed = folder.path / "changed.lock"
    assert ended(folder.begin(seen, "lock", "--update", f"{AWS}:{NEWER_AWS}"))[0] == 0
    folder.lock.replace(changed)
    begin_with(folder, seen)
    meeting = Rendezvous("acme", "the test")
    slow = lab(held(BEFORE, meeting, "acme"))
    with held_folder(folder.path, SystemClock()) as is_held:
        assert is_held
        running = folder.begin(slow, "lock", "--update", f"{ACME}:v1.3.0", "--no-cache")
        meeting.until_here("acme")
        meeting.come("the test")
        changed.replace(folder.lock)
    assert ended(running)[0] == 0
    assert folder.versions == {ACME: "v1.3.0", AWS: NEWER_AWS}
