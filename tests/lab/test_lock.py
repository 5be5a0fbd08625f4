"""``lock`` in worlds that change between two runs: what is recorded, what counts as a change, what stays (7.2)."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import Struct
from msgspec.structs import replace

import capyctl
from capyctl.app import questions
from capyctl.core.lock_text import lock_text, read_lock
from capyctl.lab.content import Content, metadata_yaml
from capyctl.lab.lab import Lab
from capyctl.lab.world import (
    Fault,
    FaultKind,
    FileTree,
    GitLabProject,
    ImageRegistry,
    Quota,
    Release,
    Repository,
    StoredImage,
    Token,
    World,
)
from tests.plugins.lab_fixture import OpenLab
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import Played, run_words

PACKAGE = Path(capyctl.__file__).parents[1]
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((PACKAGE / "capyctl" / "data" / "schema.json").read_text("utf-8"))
)
ACME, CORE = "infrastructure-acme", "cluster-api"
REPOSITORY = "acme/cap-acme"
CORE_REPOSITORY = "kubernetes-sigs/cluster-api"
COMPONENTS = "infrastructure-components.yaml"
MANAGER = "registry.example.org/acme/manager"
HUB = "registry-1.docker.io"
BEARER = {"GITHUB_TOKEN": "tok-1"}
UNREACHABLE = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
"""A proxy at which nobody listens."""
CONFIGURATION = f"""\
providers:
- name: acme
  type: InfrastructureProvider
  url: https://github.com/{REPOSITORY}/releases/latest/{COMPONENTS}
"""


def components(tag: str) -> bytes:
    return f"""\
apiVersion: v1
kind: Namespace
metadata: {{name: acme-system, labels: {{cluster.x-k8s.io/provider: {ACME}}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: acme, namespace: acme-system, labels: {{cluster.x-k8s.io/provider: {ACME}}}}}
spec:
  selector: {{matchLabels: {{a: b}}}}
  template:
    metadata: {{labels: {{a: b}}}}
    spec: {{containers: [{{name: manager, image: "{MANAGER}:{tag}"}}]}}
""".encode()


def release(tag: str, contract: str = "v1beta1") -> Release:
    major, minor, _ = tag.removeprefix("v").partition("-")[0].split(".")
    metadata = metadata_yaml([(f"{major}.{minor}", contract)])
    files = {"metadata.yaml": Content(data=metadata), COMPONENTS: Content(data=components(tag))}
    number = int(minor) + 1
    return Release(tag=tag, files=files, created_at=f"2025-{number:02}-01T00:00:00Z")


def acme(*tags: str, **changes: Any) -> Repository:  # noqa: ANN401 - fields of a repository
    given: dict[str, Any] = {"name": REPOSITORY, "id": 71002, **changes}
    return Repository(releases=tuple(release(tag) for tag in tags), **given)


@cache
def sound() -> World:
    return packaged_scenario("sound").world


def world(*repositories: Repository, **changes: Any) -> World:  # noqa: ANN401 - fields of a world
    return replace(sound(), repositories=(*sound().repositories, *repositories), **changes)


BEFORE = world(acme("v1.2.0", "v1.3.0"))


class Site(Struct, frozen=True, kw_only=True):
    """A folder with a lock in it, seen from one world after the other."""

    folder: Path
    open_lab: OpenLab

    @property
    def path(self) -> Path:
        return self.folder / "capyctl.lock"

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def lock(self) -> dict[str, Any]:
        loaded = json.loads(self.text)
        assert isinstance(loaded, dict)
        return loaded

    def entry(self, label: str = ACME) -> dict[str, Any]:
        (found,) = [each for each in self.lock["providers"] if each["provider"] == label]
        assert isinstance(found, dict)
        return found

    def run(self, seen: World | Lab, *words: str, **variables: str) -> Played:
        lab = seen if isinstance(seen, Lab) else self.open_lab(seen)
        home = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        before = len(lab.requests)
        played = run_words([*words, "-o", "json"], {**home, **lab.environment, **variables})
        asked = tuple(record.as_json() for record in lab.requests[before:])
        VALIDATOR.validate(played.document)
        return replace(played, requests=asked)

    def configure(self, text: str) -> None:
        (self.folder / ".config" / "cluster-api" / "clusterctl.yaml").write_text(text)

    def told(self, seen: World | Lab, *words: str, **variables: str) -> str:
        """What the command prints on stdout as text."""
        lab = seen if isinstance(seen, Lab) else self.open_lab(seen)
        home = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        return run_words(words, {**home, **lab.environment, **variables}).stdout

    def changes(self, seen: World | Lab, **variables: str) -> tuple[int, list[dict[str, Any]]]:
        played = self.run(seen, "lock", "--check", **variables)
        return played.status, played.document["result"]["changes"]


@pytest.fixture
def site(tmp_path: Path, lab: OpenLab, monkeypatch: pytest.MonkeyPatch) -> Site:
    configuration = tmp_path / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(CONFIGURATION)
    monkeypatch.chdir(tmp_path)
    return Site(folder=tmp_path, open_lab=lab)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# What is recorded.


def test_records_what_was_named_and_cert_manager(site: Site) -> None:
    played = site.run(BEFORE, "lock", ACME)
    assert played.status == 0
    lock = site.lock
    assert played.document["result"] == {"lock": lock}
    assert lock["format"] == "capyctl-lock/1"
    assert [each["provider"] for each in lock["providers"]] == [ACME]
    base = f"https://github.com/{REPOSITORY}/releases/download/v1.3.0"
    data = components("v1.3.0")
    assert site.entry() == {
        "provider": ACME,
        "requested": None,
        "version": "v1.3.0",
        "contract": "v1beta1",
        "repository": {
            "name": REPOSITORY,
            "id": 71002,
            "url": f"https://github.com/{REPOSITORY}/releases/latest/{COMPONENTS}",
        },
        "files": {
            COMPONENTS: {"url": f"{base}/{COMPONENTS}", "sha256": sha256(data), "size": len(data)},
            "metadata.yaml": {
                "url": f"{base}/metadata.yaml",
                "sha256": sha256(metadata_yaml([("1.3", "v1beta1")])),
                "size": len(metadata_yaml([("1.3", "v1beta1")])),
            },
        },
        "images": [{"image": f"{MANAGER}:v1.3.0", "digest": None}],
    }
    assert list(lock["cert_manager"]["files"]) == ["cert-manager.yaml"]
    assert lock["cert_manager"]["repository"]["name"] == "cert-manager/cert-manager"
    assert lock["kubernetes"] == []


_GITLAB = "https://gitlab.corp.example/api/v4/projects/{}/packages/generic/capx"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{_GITLAB.format('platform%2Fteam%2Fcapi')}/latest/{COMPONENTS}", "platform/team/capi"),
        (f"{_GITLAB.format('42')}/v1.3.0/{COMPONENTS}", "42"),
        (f"https://tree.corp.example/x/{ACME}/latest/{COMPONENTS}", None),
        (f"{{folder}}/mirror/{ACME}/latest/{COMPONENTS}", None),
        (f"file://{{folder}}/mirror/{ACME}/v1.3.0/{COMPONENTS}", None),
        (f"../../mirror/{ACME}/latest/{COMPONENTS}", None),
        (f"~/mirror/{ACME}/latest/{COMPONENTS}", None),
        (f"$HOME/mirror/{ACME}/latest/{COMPONENTS}", None),
    ],
)
def test_what_is_recorded_of_every_kind_of_source_is_read_again(
    site: Site, url: str, name: str | None
) -> None:
    files = dict(release("v1.3.0").files)
    project = GitLabProject(
        host="gitlab.corp.example", path="platform/team/capi", id=42, packages={"capx": {"v1.3.0": files}}
    )
    tree = FileTree(
        host="tree.corp.example",
        files={f"x/{ACME}/v1.3.0/{each}": content for each, content in files.items()},
    )
    here = site.folder / "mirror" / ACME / "v1.3.0"
    here.mkdir(parents=True)
    for each, content in files.items():
        (here / each).write_bytes(content.data)
    kind = "kind: https, " if "tree" in url else ""
    url = url.format(folder=site.folder)
    site.configure(f'providers: [{{name: acme, type: InfrastructureProvider, {kind}url: "{url}"}}]\n')
    seen = world(projects=(project,), trees=(tree,))
    assert site.run(seen, "lock", ACME).status == 0
    repository = site.entry()["repository"]
    assert repository["name"] == (name or repository["url"])
    assert site.changes(seen) == (0, [])
    assert site.run(seen, "resolve", "--locked", "capyctl.lock").status == 0


def test_how_fast_a_source_was_is_not_seen_in_a_lock(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other commands ask the next source beside one that is silent, and take what comes first."""
    monkeypatch.setattr(questions, "HEAD_START", 0.01)
    path = f"/{REPOSITORY}/releases/download/*"
    slow = Fault(kind=FaultKind.SLOW, host="github.com", path=path, delay=0.3)
    seen = replace(BEFORE, faults=(slow,))
    assert site.run(seen, "resolve", f"{ACME}:v1.3.0", "--no-cache").asked("api.github.com")
    site.run(seen, "lock", f"{ACME}:v1.3.0", "--no-cache")
    urls = [file["url"] for file in site.entry()["files"].values()]
    assert urls == [f"https://github.com/{path[1:-1]}v1.3.0/{name}" for name in (COMPONENTS, "metadata.yaml")]


def test_the_file_is_canonical_and_readable_by_others(site: Site) -> None:
    os.umask(0o022)
    site.run(BEFORE, "lock", ACME, f"{CORE}:v1.10.9")
    assert lock_text(read_lock(site.path.read_bytes())) == site.text
    assert stat.S_IMODE(site.path.stat().st_mode) == 0o644
    assert sorted(path.name for path in site.folder.iterdir() if path.is_file()) == ["capyctl.lock"]


def test_the_images_are_those_that_init_lists(site: Site) -> None:
    seen = site.open_lab(BEFORE)
    site.run(seen, "lock", CORE, ACME, "--contract", "v1beta1")
    listed = site.run(seen, "init", "list-images", "--core", f"{CORE}:{site.entry(CORE)['version']}",
                      "-i", f"acme:{site.entry()['version']}", "--bootstrap", "-", "--control-plane", "-",
                      "--contract", "v1beta1")  # fmt: skip
    locked = [
        each["image"]
        for part in (*site.lock["providers"], site.lock["cert_manager"])
        for each in part["images"]
    ]
    assert sorted(locked) == listed.document["result"]["images"]


def test_one_question_to_the_forge_for_each_repository(site: Site) -> None:
    played = site.run(BEFORE, "lock", CORE, "bootstrap-kubeadm", "control-plane-kubeadm", ACME)
    assert played.status == 0
    numbers = [each for each in played.asked("api.github.com") if "/releases" not in each]
    assert sorted(numbers) == [
        f"/repos/{REPOSITORY}",
        "/repos/cert-manager/cert-manager",
        f"/repos/{CORE_REPOSITORY}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"contract": "v1beta1"',
            '"contract": "v1beta2"',
            "it is v1beta2, and metadata.yaml with its sha256 states v1beta1",
        ),
        (
            '"contract": "v1beta1"',
            '"contract": null',
            "it is null, and metadata.yaml with its sha256 states v1beta1",
        ),
        ('"size": ', '"size": 9', "and the bytes with its sha256 are "),
    ],
    ids=["contract", "no contract", "size"],
)
def test_what_the_lock_s_own_files_contradict_is_told_by_a_check(
    site: Site, old: str, new: str, said: str
) -> None:
    """The bytes have the locked sha256; nothing in the world has changed."""
    site.run(BEFORE, "lock", ACME)
    assert site.run(BEFORE, "lock", "--check").status == 0
    site.path.write_text(site.text.replace(old, new, 1))
    played = site.run(BEFORE, "lock", "--check")
    (error,) = [each for each in played.document["diagnostics"] if each["severity"] == "error"]
    assert (played.status, error["name"], played.document["result"]) == (1, "lock-unreadable", None)
    assert said in error["detail"]
    assert error["spans"]
    assert "Nothing has changed" not in site.told(BEFORE, "lock", "--check")


EVIL = "registry.example.net/evil:v1"


@pytest.mark.parametrize(
    ("place", "images", "said"),
    [
        (
            ("providers", 0),
            [EVIL],
            f"it has {EVIL} and lacks {MANAGER}:v1.3.0, and {COMPONENTS} with its sha256 names",
        ),
        (
            ("providers", 0),
            [f"{MANAGER}:v1.3.0", EVIL],
            f"it has {EVIL}, and {COMPONENTS} with its sha256 names",
        ),
        (("cert_manager",), [], "it lacks quay.io/jetstack/cert-manager-"),
    ],
    ids=["another", "one more", "none"],
)
def test_images_that_the_locked_components_do_not_have_are_an_edit(
    site: Site, place: tuple[str | int, ...], images: list[str], said: str
) -> None:
    """Nothing in the world has changed, and every file has its locked digest."""
    site.run(BEFORE, "lock", ACME)
    edited = site.lock
    entry: Any = edited
    for key in place:
        entry = entry[key]
    entry["images"] = [{"image": each, "digest": None} for each in images]
    site.path.write_text(json.dumps(edited, indent=2, sort_keys=True))
    bundle = str(site.folder / "b.tar")
    for words in (("lock", "--check"), ("bundle", "create", bundle, "--locked", str(site.path))):
        played = site.run(BEFORE, *words)
        (error,) = [each for each in played.document["diagnostics"] if each["severity"] == "error"]
        assert (played.status, error["name"], played.document["result"]) == (1, "lock-unreadable", None), (
            words
        )
        assert said in error["detail"]
        assert "images" in site.text.split("\n")[error["spans"][0]["line"] - 1]


@pytest.mark.parametrize(
    "override",
    ["{repository: mirror.example/capi, tag: v9}", "{repository: mirror.example, name: renamed}"],
    ids=["elsewhere", "renamed"],
)
def test_image_overrides_where_the_lock_was_made_are_no_edit(site: Site, override: str) -> None:
    """A run without them takes the lock too, as long as the names are those of the components."""
    configuration = site.folder / ".config" / "cluster-api" / "clusterctl.yaml"
    plain = configuration.read_text()
    configuration.write_text(f"{plain}images:\n  {ACME}: {override}\n")
    assert site.run(BEFORE, "lock", ACME).status == 0
    assert site.entry()["images"][0]["image"].startswith("mirror.example/")
    words = ("bundle", "create", str(site.folder / "b.tar"), "--locked", str(site.path))
    assert site.run(BEFORE, "lock", "--check").status == 0
    assert site.run(BEFORE, *words).status == 0
    configuration.write_text(plain)
    expected = 1 if "renamed" in override else 0
    assert site.run(BEFORE, "lock", "--check").status == expected
    assert site.run(BEFORE, *words).status == expected


def test_without_quota_the_number_is_null_and_one_warning_says_how_to_get_it(site: Site) -> None:
    poor = replace(BEFORE, quota=Quota(remaining=0))
    played = site.run(poor, "lock", ACME)
    assert played.status == 0
    assert site.entry()["repository"]["id"] is None
    (warning,) = [each for each in played.document["diagnostics"] if each["code"] == "CAPY1109"]
    assert warning["severity"] == "warning"
    assert any("GITHUB_TOKEN" in fix["title"] for fix in warning["fixes"])


def test_a_number_that_was_known_stays_while_the_bytes_are_the_same(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    before = site.text
    played = site.run(replace(BEFORE, quota=Quota(remaining=0)), "lock", ACME, "--no-cache")
    assert site.text == before
    (note,) = [each for each in played.document["diagnostics"] if each["code"] == "CAPY1109"]
    assert (note["severity"], note["fixes"]) == ("note", [])
    assert REPOSITORY in note["detail"]
    assert "keeps the one it had" in note["detail"]
    assert "has no number" not in note["detail"]


def test_a_digest_that_was_known_stays_where_the_registry_is_away(site: Site) -> None:
    whole = replace(BEFORE, markers=MARKED, registries=registry())
    words = ("lock", ACME, "--kubernetes-version", "stable-1.33")
    site.run(whole, *words)
    before = site.text
    away = replace(whole, faults=(Fault(kind=FaultKind.DNS, host=HUB),))
    played = site.run(away, *words, "--no-cache")
    assert (played.status, site.text) == (0, before)
    (note,) = [each for each in played.document["diagnostics"] if each["code"] == "CAPY1109"]
    assert "The digest of kindest/node:v1.33.2 could not be asked" in note["detail"]
    assert "has no digest" not in note["detail"]


def test_a_source_is_quoted_as_it_is_named_and_ends_in_one_full_stop(site: Site) -> None:
    """A host is no beginning of a sentence, and GitHub's own words bring their full stop along."""
    played = site.run(replace(BEFORE, quota=Quota(remaining=0)), "lock", ACME)
    (warning,) = [each for each in played.document["diagnostics"] if each["code"] == "CAPY1109"]
    assert "api.github.com" in warning["detail"]
    assert "Api.github.com" not in warning["detail"]
    assert ".." not in warning["detail"]


def test_two_locks_of_the_same_answers_differ_in_nothing_but_times(site: Site) -> None:
    site.run(BEFORE, "lock", ACME, CORE)
    first = site.text
    site.path.unlink()
    site.run(BEFORE, "lock", CORE, ACME)
    stamps = [line for line in first.splitlines() if "_at" not in line]
    assert [line for line in site.text.splitlines() if "_at" not in line] == stamps


def test_nothing_changed_leaves_the_bytes(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    edited = site.text.replace('"2026-', '"2025-')
    site.path.write_text(edited)
    before = site.path.stat()
    played = site.run(BEFORE, "lock", ACME)
    assert played.document["result"]["lock"] == json.loads(edited)
    assert site.text == edited
    assert (site.path.stat().st_ino, site.path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_something_changed_is_written(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    site.run(world(acme("v1.2.0", "v1.3.0", "v1.4.0")), "lock", ACME)
    assert site.entry()["version"] == "v1.4.0"


# The world changes.


def test_an_unchanged_world_has_no_changes(site: Site) -> None:
    site.run(BEFORE, "lock", ACME, CORE)
    before = site.text
    assert site.changes(BEFORE) == (0, [])
    assert site.text == before


def test_a_new_release_is_a_change_for_a_reference_that_was_not_pinned(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    status, (row,) = site.changes(world(acme("v1.2.0", "v1.3.0", "v1.4.0")))
    assert status == 1
    assert row.pop("locked_at") == site.lock["created_at"]
    assert row.pop("found_at") >= site.lock["created_at"]
    assert row == {
        "what": "version",
        "provider": ACME,
        "file": None,
        "marker": None,
        "locked": "v1.3.0",
        "found": "v1.4.0",
    }


def test_a_new_release_is_no_change_for_a_pinned_reference(site: Site) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    assert site.entry()["requested"] == "v1.2.0"
    assert site.changes(world(acme("v1.2.0", "v1.3.0", "v1.4.0"))) == (0, [])


def test_what_was_locked_by_its_tag_stays_whatever_the_address_names(site: Site) -> None:
    site.configure(CONFIGURATION.replace("/latest/", "/v1.2.0/"))
    assert site.run(BEFORE, "lock", f"{ACME}:v1.3.0").status == 0
    assert site.changes(BEFORE) == (0, [])
    for words in (["resolve"], ["generate", "provider", ACME], ["bundle", "create", "b.tar"]):
        assert site.run(BEFORE, *words, "--locked", "capyctl.lock").status == 0


def test_a_tag_that_the_address_names_by_now_is_a_change_for_a_reference_that_names_none(site: Site) -> None:
    """What `--locked` refuses, and `lock` would write anew, is told by the check and by every command alike."""
    site.run(BEFORE, "lock", ACME)
    site.configure(CONFIGURATION.replace("/latest/", "/v1.2.0/"))
    status, (row,) = site.changes(BEFORE)
    assert (status, row["what"], row["provider"]) == (1, "version", ACME)
    assert (row["locked"], row["found"]) == ("v1.3.0", "v1.2.0")
    for words in (["resolve"], ["generate", "provider", ACME], ["bundle", "create", "b.tar"]):
        refused = site.run(BEFORE, *words, "--locked", "capyctl.lock")
        assert (refused.status, refused.codes()) == (1, {"CAPY1111"}), words
    assert not (site.folder / "b.tar").exists()
    assert site.run(BEFORE, "lock", "--update", ACME).status == 0
    assert site.entry()["version"] == "v1.2.0"
    assert site.changes(BEFORE) == (0, [])


def test_a_tag_that_the_address_names_is_no_change_where_it_is_the_locked_one_or_the_reference_names_another(
    site: Site,
) -> None:
    site.run(BEFORE, "lock", ACME)
    site.configure(CONFIGURATION.replace("/latest/", "/v1.3.0/"))
    assert site.changes(BEFORE) == (0, [])
    assert site.run(BEFORE, "bundle", "create", "b.tar", "--locked", "capyctl.lock").status == 0
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    assert site.changes(BEFORE) == (0, [])


def test_a_cert_manager_that_the_configuration_names_by_now_is_a_change(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    assert site.lock["cert_manager"]["version"] == "v1.21.1"
    site.configure(f"{CONFIGURATION}cert-manager: {{version: v1.19.1}}\n")
    status, (row,) = site.changes(BEFORE)
    assert (status, row["what"], row["provider"]) == (1, "version", "cert-manager")
    assert (row["locked"], row["found"]) == ("v1.21.1", "v1.19.1")
    for words in (["init", "--dry-run"], ["bundle", "create", "b.tar"]):
        refused = site.run(BEFORE, *words, "--locked", "capyctl.lock")
        assert (refused.status, refused.codes()) == (1, {"CAPY1111"}), words
    site.run(BEFORE, "lock", "--update", "cert-manager")
    assert site.lock["cert_manager"]["version"] == "v1.19.1"
    assert site.changes(BEFORE) == (0, [])


def replaced(tag: str, files: Mapping[str, Content]) -> Repository:
    first = acme("v1.2.0", "v1.3.0")
    changed = tuple(replace(each, files=files) if each.tag == tag else each for each in first.releases)
    return replace(first, releases=changed)


def test_other_bytes_under_the_same_tag_are_a_change(site: Site) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    files = {**release("v1.2.0").files, COMPONENTS: Content(data=components("v6.6.6"))}
    status, (row,) = site.changes(world(replaced("v1.2.0", files)))
    assert status == 1
    assert (row["what"], row["file"]) == ("file", COMPONENTS)
    assert (row["locked"], row["found"]) == (sha256(components("v1.2.0")), sha256(components("v6.6.6")))


def test_bytes_that_were_replaced_before_they_were_locked_are_told_without_being_a_change(site: Site) -> None:
    files = {**release("v1.2.0").files, COMPONENTS: Content(data=components("v6.6.6"))}
    swapped = world(replaced("v1.2.0", files))
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    assert "CAPY0806" in site.run(swapped, "lock", "--update", ACME).codes()
    played = site.run(swapped, "lock", "--check")
    assert (played.status, played.document["result"]["changes"], played.codes()) == (0, [], {"CAPY0806"})


def test_a_file_that_is_gone_is_found_as_null(site: Site) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    files = {"metadata.yaml": release("v1.2.0").files["metadata.yaml"]}
    status, (row,) = site.changes(world(replaced("v1.2.0", files)))
    assert status == 1
    assert (row["what"], row["file"], row["found"]) == ("file", COMPONENTS, None)


def test_what_lock_read_with_a_token_is_there_without_network_for_the_same_token_alone(site: Site) -> None:
    """An unpinned lock of a private repository reads assets of which only the list told (issue 6, 1.1 and 1.7)."""
    hidden = replace(world(acme("v1.2.0", "v1.3.0", private=True)), tokens=(Token(value="tok-1"),))
    assert site.run(hidden, "lock", ACME, **BEARER).status == 0
    for words in (("resolve",), ("generate", "provider", "-i", "acme")):
        for offline in ((), ("--offline",)):
            played = site.run(hidden, *words, "--locked", str(site.path), *offline, **BEARER, **UNREACHABLE)
            assert (played.status, played.requests) == (0, ()), (words, offline)
    without = site.run(hidden, "resolve", "--locked", str(site.path), "--offline")
    assert [each["name"] for each in without.document["diagnostics"] if each["severity"] == "error"] == [
        "locked-file-not-kept"
    ] * 2


@pytest.mark.parametrize("look", [("lock", "--check"), ("resolve", ACME), ("versions", ACME)], ids=" ".join)
def test_a_release_that_is_gone_takes_no_locked_bytes_away(site: Site, look: tuple[str, ...]) -> None:
    """What a lock is for: the absence that another command met stands beside the bytes that were had."""
    site.run(BEFORE, "lock", ACME)
    whole = release("v1.3.0")
    bare = replace(whole, files={name: file for name, file in whole.files.items() if name != COMPONENTS})
    gone = world(replace(acme(), releases=(release("v1.2.0"), bare)))
    site.run(gone, *look)
    for offline in ((), ("--offline",)):
        played = site.run(gone, "resolve", "--locked", str(site.path), *offline, **UNREACHABLE)
        assert (played.status, played.requests) == (0, ())
        assert played.versions[ACME] == "v1.3.0"


def test_the_new_name_in_the_configuration_loses_no_locked_bytes(site: Site) -> None:
    """The safe fix of a rename; the lock knows the canonical name (1.2)."""
    renamed = world(acme("v1.2.0", "v1.3.0", name="acme-labs/cap-acme", formerly=(REPOSITORY,)))
    site.run(renamed, "lock", ACME)
    assert site.entry()["repository"]["name"] == "acme-labs/cap-acme"
    configuration = site.folder / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.write_text(configuration.read_text().replace(REPOSITORY, "acme-labs/cap-acme"))
    for offline in ((), ("--offline",)):
        played = site.run(renamed, "resolve", "--locked", str(site.path), *offline, **UNREACHABLE)
        assert (played.status, played.requests) == (0, ())


def test_a_renamed_repository_has_the_same_number(site: Site) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    renamed = acme("v1.2.0", "v1.3.0", name="acme-labs/cap-acme", formerly=(REPOSITORY,))
    status, (row,) = site.changes(world(renamed))
    assert status == 1
    assert (row["what"], row["locked"], row["found"]) == ("repository-name", REPOSITORY, "acme-labs/cap-acme")


def test_a_repository_made_anew_has_another_number(site: Site) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    status, (row,) = site.changes(world(acme("v1.2.0", "v1.3.0", id=99001)))
    assert status == 1
    assert (row["what"], row["locked"], row["found"]) == ("repository-id", "71002", "99001")


def test_a_check_that_cannot_ask_has_no_verdict(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    played = site.run(BEFORE, "lock", "--check", "--no-cache", **UNREACHABLE)
    assert played.status == 3
    assert played.document["result"]["changes"] == []


STRICT = {"GOPROXY": "off", "CAPYCTL_GOPROXY_OFF": "strict"}


def test_a_list_that_is_only_kept_is_no_verdict(site: Site) -> None:
    """The world has a newer release since; a list of before cannot say so."""
    site.run(BEFORE, "lock", ACME)
    after = site.open_lab(world(acme("v1.2.0", "v1.3.0", "v1.4.0")))
    assert site.changes(after, **STRICT) == (3, [])
    assert site.run(after, "lock", "--check", **STRICT).codes() == {"CAPY0219", "CAPY0805"}
    told = " ".join(site.told(after, "lock", "--check", **STRICT).split())
    assert told.startswith(f"No verdict on {ACME}, of which not everything could be asked.")
    assert told.endswith("As locked: cert-manager.")
    assert site.changes(after)[0] == 1


def test_a_reference_that_is_pinned_needs_no_list(site: Site) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.3.0")
    assert site.changes(world(acme("v1.2.0", "v1.3.0", "v1.4.0")), **STRICT) == (0, [])


def test_a_newer_release_in_a_kept_list_is_a_change(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    after = site.open_lab(world(acme("v1.2.0", "v1.3.0", "v1.4.0")))
    site.run(after, "versions", ACME)
    status, (row,) = site.changes(after, **STRICT)
    assert (status, row["locked"], row["found"]) == (1, "v1.3.0", "v1.4.0")


UNASKED = {
    "no name is known": ((Fault(kind=FaultKind.DNS, host="*"),), {ACME, "cert-manager", "stable-1.33"}),
    "only the markers are away": ((Fault(kind=FaultKind.DNS, host="dl.k8s.io"),), {"stable-1.33"}),
    "a portal for markers": ((Fault(kind=FaultKind.PORTAL, host="dl.k8s.io"),), {"stable-1.33"}),
    "a portal": ((Fault(kind=FaultKind.PORTAL, host="*"),), {ACME, "cert-manager", "stable-1.33"}),
    "no registry": ((Fault(kind=FaultKind.DNS, host=HUB),), {"stable-1.33"}),
    "no release host": ((Fault(kind=FaultKind.DNS, host="*github*"),), {ACME, "cert-manager"}),
}
"""Faults, and the entries of which a check can say nothing then."""


@pytest.mark.parametrize("case", UNASKED)
def test_what_could_not_be_asked_is_undetermined_and_never_unchanged(site: Site, case: str) -> None:
    faults, undecided = UNASKED[case]
    whole = replace(BEFORE, markers=MARKED, registries=registry())
    site.run(whole, "lock", f"{ACME}:v1.3.0", "--kubernetes-version", "stable-1.33")
    assert site.told(whole, "lock", "--check") == "Nothing has changed.\n"
    seen = site.open_lab(replace(whole, faults=faults))
    assert site.changes(seen, CAPYCTL_NO_CACHE="1") == (3, [])
    told = " ".join(site.told(seen, "lock", "--check", "--no-cache").split())
    no_verdict, _, rest = told.partition(", of which not everything could be asked.")
    assert "has changed" not in told
    assert set(no_verdict.removeprefix("No verdict on ").split(", ")) == undecided
    as_locked = rest.strip().removeprefix("As locked: ").removesuffix(".").split(", ") if rest.strip() else []
    assert set(as_locked) == {ACME, "cert-manager", "stable-1.33"} - undecided


def test_an_entry_that_is_not_configured_any_more_is_named_and_undecided(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    (site.folder / ".config" / "cluster-api" / "clusterctl.yaml").write_text("{}\n")
    played = site.run(BEFORE, "lock", "--check")
    assert (played.status, played.codes()) == (1, {"CAPY0102"})
    assert ACME in played.roots[0]["detail"]
    told = site.told(BEFORE, "lock", "--check")
    assert told.startswith(f"No verdict on {ACME}, not configured here.")
    assert told.endswith("\nAs locked: cert-manager.\n")


@pytest.mark.parametrize(
    "words", [["lock", "--check"], ["resolve", "--locked", "capyctl.lock"], ["lock", "--update", ACME]]
)
def test_an_entry_that_is_not_configured_any_more_has_the_row_to_paste(site: Site, words: list[str]) -> None:
    site.run(BEFORE, "lock", ACME)
    site.configure("{}\n")
    (error,) = [each for each in site.run(BEFORE, *words).roots if each["code"] == "CAPY0102"]
    (title,) = [each["title"] for each in error["fixes"] if each["title"].startswith("add it to the")]
    site.configure(f"{title.removeprefix('add it to the configuration: ')}\n")
    assert site.run(BEFORE, *words).status == 0


def test_without_quota_nobody_can_say_whose_repository_it_is(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    played = site.run(replace(BEFORE, quota=Quota(remaining=0)), "lock", "--check", "--no-cache")
    assert (played.status, played.document["result"]["changes"]) == (3, [])


def test_a_check_writes_nothing(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    site.path.chmod(0o444)
    before = (site.text, site.path.stat().st_mtime_ns)
    site.changes(world(acme("v1.2.0", "v1.3.0", "v1.4.0")))
    assert (site.text, site.path.stat().st_mtime_ns) == before


# One entry is locked anew.


def test_update_leaves_every_other_entry_as_it_is(site: Site) -> None:
    core = next(each for each in sound().repositories if each.name == CORE_REPOSITORY)
    site.run(BEFORE, "lock", ACME, f"{CORE}:v1.10.9")
    before = site.lock
    newer = world(acme("v1.2.0", "v1.3.0", "v1.4.0"))
    played = site.run(newer, "lock", "--update", ACME)
    assert played.status == 0
    assert site.entry()["version"] == "v1.4.0"
    after = site.lock
    assert [each for each in after["providers"] if each["provider"] != ACME] == [
        each for each in before["providers"] if each["provider"] != ACME
    ]
    assert after["cert_manager"] == before["cert_manager"]
    assert not any(core.name in path for path in played.asked("github.com"))


def test_update_keeps_what_was_asked_for(site: Site) -> None:
    spec(site, f"- {{provider: {ACME}, version: '~1.2'}}")
    site.run(BEFORE, "lock", "--from", "spec.yaml")
    newer = world(acme("v1.2.0", "v1.2.5", "v1.3.0"))
    site.run(newer, "lock", "--update", ACME)
    assert (site.entry()["requested"], site.entry()["version"]) == ("~1.2", "v1.2.5")


def test_update_with_a_tag_asks_for_that_tag_from_then_on(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    site.run(BEFORE, "lock", "--update", f"{ACME}:v1.2.0")
    assert (site.entry()["requested"], site.entry()["version"]) == ("v1.2.0", "v1.2.0")
    site.run(BEFORE, "lock", "--update", f"{ACME}:latest")
    assert (site.entry()["requested"], site.entry()["version"]) == (None, "v1.3.0")


def test_update_adds_what_the_lock_does_not_have(site: Site) -> None:
    site.run(BEFORE, "lock", f"{CORE}:v1.10.9")
    before = site.entry(CORE)
    site.run(BEFORE, "lock", "--update", ACME)
    assert [each["provider"] for each in site.lock["providers"]] == [CORE, ACME]
    assert site.entry(CORE) == before


def test_update_without_a_lock_is_one_error(site: Site) -> None:
    played = site.run(BEFORE, "lock", "--update", ACME)
    assert (played.status, played.codes()) == (1, {"CAPY1101"})
    assert not site.path.exists()


# cert-manager by a reference.


@pytest.mark.parametrize("words", [("lock", ACME), ("lock",), ("lock", "--update")])
def test_a_reference_to_cert_manager_takes_its_tag(site: Site, words: tuple[str, ...]) -> None:
    """v1.20.2 is published in the scenario, and is not the configured version."""
    site.run(BEFORE, "lock", ACME)
    assert site.lock["cert_manager"]["version"] != "v1.20.2"
    played = site.run(BEFORE, *words, "cert-manager:v1.20.2")
    assert (played.status, played.codes()) == (0, set())
    locked = site.lock["cert_manager"]
    assert locked["version"] == "v1.20.2"
    assert all("/v1.20.2/" in file["url"] for file in locked["files"].values())
    assert [each["provider"] for each in site.lock["providers"]] == ([] if words == ("lock",) else [ACME])
    assert site.changes(BEFORE) == (0, [])


@pytest.mark.parametrize(
    ("tag", "asks"), [("v9.9.9", True), ("1.20.2", True), ("vNONSENSE", False), ("latest", False)]
)
def test_a_cert_manager_that_is_not_there_is_one_error(site: Site, tag: str, asks: bool) -> None:
    site.run(BEFORE, "lock", ACME)
    before = site.text
    for words in (("lock", ACME), ("lock", "--update")):
        played = site.run(BEFORE, *words, f"cert-manager:{tag}")
        (error,) = played.roots
        assert (played.status, error["code"], error["subject"]["version"]) == (1, "CAPY0408", tag)
        commands = [fix["command"] for fix in error["fixes"]]
        assert not any(command and "diagnose-provider" in command for command in commands)
        assert bool(played.requests) == asks
        assert site.text == before
        assert commands
        for command in commands:
            assert site.run(BEFORE, *command.split()[1:-2]).status == 0, command
        site.path.write_text(before)


@pytest.mark.parametrize(
    "named",
    [(ACME, ACME), (ACME, "acme"), (f"{ACME}:v1.2.0", ACME), ("cert-manager", "cert-manager:v1.20.2")],
)
def test_what_is_named_twice_is_refused_before_anybody_is_asked(site: Site, named: tuple[str, ...]) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    for words in (("lock",), ("lock", "--update")):
        played = site.run(BEFORE, *words, *named)
        assert (played.status, played.codes(), played.requests) == (2, {"CAPY0100"}, ())
        assert all(name in played.roots[0]["detail"] for name in named)


# A spec file.


def spec(site: Site, *lines: str) -> None:
    (site.folder / "spec.yaml").write_text("\n".join(["format: capyctl-spec/1", "providers:", *lines]) + "\n")


def test_a_constraint_chooses_the_newest_that_meets_it(site: Site) -> None:
    spec(site, f"- {{provider: {ACME}, version: '>=1.2 <1.3'}}")
    played = site.run(BEFORE, "lock", "--from", "spec.yaml")
    assert played.status == 0
    assert (site.entry()["requested"], site.entry()["version"]) == (">=1.2 <1.3", "v1.2.0")


def test_a_release_that_the_constraint_rules_out_is_not_said_to_be_older(site: Site) -> None:
    """The host marks the pre-release as latest, and the constraint chose."""
    seen = world(acme("v1.2.0", "v1.2.5", "v1.4.0-rc.0"))
    spec(site, f"- {{provider: {ACME}, version: '1.2'}}")
    played = site.run(seen, "lock", "--from", "spec.yaml")
    assert (played.status, site.entry()["version"], played.codes()) == (0, "v1.2.5", set())


def test_a_check_holds_to_the_constraint(site: Site) -> None:
    spec(site, f"- {{provider: {ACME}, version: '>=1.2 <1.3'}}")
    site.run(BEFORE, "lock", "--from", "spec.yaml")
    assert site.changes(world(acme("v1.2.0", "v1.3.0", "v1.4.0"))) == (0, [])
    status, (row,) = site.changes(world(acme("v1.2.0", "v1.2.1", "v1.4.0")))
    assert (status, row["found"]) == (1, "v1.2.1")


def test_nothing_that_meets_it_is_one_diagnostic_with_the_nearest(site: Site) -> None:
    spec(site, f"- {{provider: {ACME}, version: '~1.2.5'}}")
    played = site.run(BEFORE, "lock", "--from", "spec.yaml")
    assert played.status == 1
    (error,) = [each for each in played.document["diagnostics"] if each["severity"] == "error"]
    assert error["code"] == "CAPY1105"
    assert all(text in error["detail"] for text in ("~1.2.5", "v1.2.0", "v1.3.0"))
    assert not site.path.exists()


def test_what_is_wrong_with_a_name_in_a_spec_has_its_place(site: Site) -> None:
    spec(site, f"- {ACME}", "- provider: acme", "- infrastructure-nobody")
    played = site.run(BEFORE, "lock", "--from", "spec.yaml")
    assert (played.status, played.requests) == (1, ())
    errors = [each for each in played.document["diagnostics"] if each["severity"] == "error"]
    places = {
        each["name"]: [
            (span["file"], span["line"], span["column"], span["end_column"]) for span in each["spans"]
        ]
        for each in errors
    }
    assert places == {
        "unknown-provider": [("spec.yaml", 5, 3, 24)],
        "spec-unreadable": [("spec.yaml", 4, 13, 17)],
    }


def test_a_contract_of_the_spec_is_the_only_one(site: Site) -> None:
    newer = replace(acme("v1.2.0"), releases=(release("v1.2.0"), release("v1.3.0", "v1beta2")))
    spec(site, f"- {{provider: {ACME}, contract: v1beta1}}")
    site.run(world(newer), "lock", "--from", "spec.yaml")
    assert (site.entry()["requested"], site.entry()["version"]) == ("contract=v1beta1", "v1.2.0")
    assert site.changes(world(newer)) == (0, [])


def test_pre_releases_are_taken_when_asked_for(site: Site) -> None:
    seen = world(acme("v1.3.0", "v1.4.0-rc.0"))
    spec(site, f"- {{provider: {ACME}, version: '>=1.3.1', allow-prerelease: true}}")
    assert site.run(seen, "lock", "--from", "spec.yaml").status == 0
    assert site.entry()["version"] == "v1.4.0-rc.0"
    spec(site, f"- {{provider: {ACME}, version: '>=1.3.1'}}")
    played = site.run(seen, "lock", "--from", "spec.yaml")
    assert (played.status, played.codes() & {"CAPY1105"}) == (1, {"CAPY1105"})
    assert "v1.4.0-rc.0" in played.roots[0]["detail"]


def test_a_contract_beside_a_spec_holds_for_each_entry_without_its_own(site: Site) -> None:
    newer = world(replace(acme("v1.2.0"), releases=(release("v1.2.0"), release("v1.3.0", "v1beta2"))))
    spec(site, f"- {ACME}")
    played = site.run(newer, "lock", "--from", "spec.yaml", "--contract", "v1beta1")
    assert (played.status, site.entry()["version"], site.entry()["requested"]) == (
        0,
        "v1.2.0",
        "contract=v1beta1",
    )
    spec(site, f"- {{provider: {ACME}, contract: v1beta1}}")
    before = site.text
    played = site.run(newer, "lock", "--from", "spec.yaml", "--contract", "v1beta2")
    (error,) = played.document["diagnostics"]
    assert (played.status, error["code"], played.requests) == (1, "CAPY1104", ())
    assert all(text in error["detail"] for text in (ACME, "v1beta1", "v1beta2", "spec.yaml"))
    assert site.text == before
    (fix,) = error["fixes"]
    assert site.run(newer, *fix["command"].split()[1:-2]).status == 0


def test_pre_releases_beside_a_spec_are_taken_where_it_does_not_refuse_them(site: Site) -> None:
    seen = world(acme("v1.3.0", "v1.4.0-rc.0"))
    spec(site, f"- {{provider: {ACME}, version: '1.4'}}")
    assert site.run(seen, "lock", "--from", "spec.yaml").status == 1
    assert site.run(seen, "lock", "--from", "spec.yaml", "--allow-prerelease").status == 0
    assert (site.entry()["version"], site.entry()["requested"]) == ("v1.4.0-rc.0", "1.4 prereleases")
    spec(site, f"- {{provider: {ACME}, version: '1.4', allow-prerelease: false}}")
    played = site.run(seen, "lock", "--from", "spec.yaml", "--allow-prerelease")
    assert (played.status, played.codes()) == (1, {"CAPY1105"})


def test_a_spec_that_names_nothing_is_one_error(site: Site) -> None:
    (site.folder / "spec.yaml").write_text("format: capyctl-spec/1\n")
    played = site.run(BEFORE, "lock", "--from", "spec.yaml")
    (error,) = played.document["diagnostics"]
    assert (played.status, error["code"], played.requests) == (1, "CAPY1104", ())
    assert not site.path.exists()


def test_one_provider_under_two_names_is_a_fault_of_the_spec(site: Site) -> None:
    spec(site, f"- {ACME}", "- acme")
    played = site.run(BEFORE, "lock", "--from", "spec.yaml")
    assert (played.status, played.codes(), played.requests) == (1, {"CAPY1104"}, ())


def test_a_spec_names_cert_manager_and_markers_too(site: Site) -> None:
    (site.folder / "spec.yaml").write_text(
        f"format: capyctl-spec/1\nproviders: [{ACME}]\nkubernetes: [v1.33.0]\ncert-manager: {{version: v1.20.2}}\n"
    )
    site.run(BEFORE, "lock", "--from", "spec.yaml")
    assert site.lock["cert_manager"]["version"] == "v1.20.2"
    assert [each["image"] for each in site.lock["kubernetes"]] == ["kindest/node:v1.33.0"]


def test_a_fault_of_the_spec_has_its_place(site: Site) -> None:
    spec(site, f"- {{provider: {ACME}, version: '>=1.2 <x'}}", "- 'A B'")
    played = site.run(BEFORE, "lock", "--from", "spec.yaml")
    assert played.status == 1
    found = played.document["diagnostics"]
    assert [each["code"] for each in found] == ["CAPY1104", "CAPY1104"]
    assert [(each["spans"][0]["line"], each["spans"][0]["column"]) for each in found] == [(3, 52), (4, 3)]


# Kubernetes and images.

MARKED = {"stable-1.33": (Content(data=b"v1.33.2\n"),)}
MOVED = {"stable-1.33": (Content(data=b"v1.33.3\n"),)}


def registry(revision: int = 1) -> tuple[ImageRegistry, ...]:
    held = {"v1.33.2": (StoredImage(revision=revision),), "v1.33.3": (StoredImage(),)}
    return (
        ImageRegistry(
            host=HUB, tokens="auth.docker.io", blobs="blobs.example.org", repositories={"kindest/node": held}
        ),
    )


def test_a_marker_is_asked_once_and_its_image_has_a_digest(site: Site) -> None:
    played = site.run(
        replace(BEFORE, markers=MARKED, registries=registry()), "lock", "--kubernetes-version", "stable-1.33"
    )
    assert played.status == 0
    (entry,) = site.lock["kubernetes"]
    assert (entry["marker"], entry["version"]) == ("stable-1.33", "v1.33.2")
    assert entry["url"] == "https://dl.k8s.io/release/stable-1.33.txt"
    assert entry["image"] == "kindest/node:v1.33.2"
    assert entry["digest"].startswith("sha256:")
    assert played.asked("dl.k8s.io") == ["/release/stable-1.33.txt"]
    assert site.lock["providers"] == []


def test_a_marker_that_moved_is_a_change(site: Site) -> None:
    site.run(
        replace(BEFORE, markers=MARKED, registries=registry()), "lock", "--kubernetes-version", "stable-1.33"
    )
    status, (row,) = site.changes(replace(BEFORE, markers=MOVED, registries=registry()))
    assert status == 1
    assert (row["what"], row["marker"]) == ("kubernetes-version", "stable-1.33")
    assert (row["locked"], row["found"]) == ("v1.33.2", "v1.33.3")


def test_a_marker_that_is_gone_is_a_change(site: Site) -> None:
    site.run(replace(BEFORE, markers=MARKED), "lock", "--kubernetes-version", "stable-1.33")
    played = site.run(replace(BEFORE, markers={"stable": MARKED["stable-1.33"]}), "lock", "--check")
    assert (played.status, played.codes()) == (1, {"CAPY1030"})
    (change,) = played.document["result"]["changes"]
    assert (change["what"], change["marker"]) == ("kubernetes-version", "stable-1.33")
    assert (change["locked"], change["found"]) == ("v1.33.2", None)
    assert "v1.33.2" in played.roots[0]["detail"]


@pytest.mark.parametrize("answer", [b"<html>sign in</html>", b"one\ntwo\n", b""])
def test_a_marker_without_a_version_has_not_been_asked(site: Site, answer: bytes) -> None:
    site.run(replace(BEFORE, markers=MARKED), "lock", "--kubernetes-version", "stable-1.33")
    seen = replace(BEFORE, markers={"stable-1.33": (Content(data=answer),)})
    assert site.changes(seen) == (3, [])


def test_an_image_that_was_replaced_is_a_change(site: Site) -> None:
    site.run(
        replace(BEFORE, markers=MARKED, registries=registry()), "lock", "--kubernetes-version", "stable-1.33"
    )
    status, (row,) = site.changes(replace(BEFORE, markers=MARKED, registries=registry(revision=2)))
    assert status == 1
    assert (row["what"], row["marker"]) == ("image", "stable-1.33")
    assert row["locked"] == site.lock["kubernetes"][0]["digest"]
    assert row["found"] not in (None, row["locked"])


def other_worlds() -> dict[str, tuple[World, str, str, str]]:
    """A difference, with the code of its error, and the question that shows it: what was asked, and where."""
    here = replace(BEFORE, markers=MARKED, registries=registry())
    other = {**release("v1.3.0").files, COMPONENTS: Content(data=components("v6.6.6"))}
    bare = {"metadata.yaml": release("v1.3.0").files["metadata.yaml"]}

    def seen(repository: Repository) -> World:
        return replace(world(repository), markers=MARKED, registries=registry())

    renamed = acme("v1.2.0", "v1.3.0", name="acme-labs/cap-acme", formerly=(REPOSITORY,))
    file, number = f"/v1.3.0/{COMPONENTS}", f"api.github.com/repos/{REPOSITORY}"
    return {
        "newer": (seen(acme("v1.2.0", "v1.3.0", "v1.4.0")), "CAPY1106", "versions", ""),
        "other bytes": (seen(replaced("v1.3.0", other)), "CAPY1107", "file", file),
        "file gone": (seen(replaced("v1.3.0", bare)), "CAPY1107", "file", file),
        "another number": (seen(acme("v1.2.0", "v1.3.0", id=99001)), "CAPY1108", "repository", number),
        "renamed": (seen(renamed), "CAPY1108", "repository", number),
        "marker": (replace(here, markers=MOVED), "CAPY1106", "marker", "/stable-1.33.txt"),
        "image": (
            replace(here, registries=registry(revision=2)),
            "CAPY1107",
            "image",
            "/kindest/node/manifests/v1.33.2",
        ),
    }


@pytest.mark.parametrize(
    "case", ["newer", "other bytes", "file gone", "another number", "renamed", "marker", "image"]
)
def test_a_difference_names_the_question_that_shows_it(site: Site, case: str) -> None:
    seen, code, question, end = other_worlds()[case]
    site.run(
        replace(BEFORE, markers=MARKED, registries=registry()),
        "lock",
        ACME,
        "--kubernetes-version",
        "stable-1.33",
    )
    played = site.run(seen, "lock", "--check")
    (error,) = (each for each in played.document["diagnostics"] if each["code"] == code)
    known = {each["id"]: each for each in played.document["evidence"]}
    cited = [known[each] for each in error["evidence"]]
    assert (cited[0]["question"], cited[0]["url"].endswith(end)) == (question, True)
    assert cited[0]["outcome"] == ("absent" if case == "file gone" else "found")
    assert not [each for each in cited if each["url"].endswith("metadata.yaml")]


def test_the_images_of_a_provider_have_digests_when_they_are_asked_for(site: Site) -> None:
    def seen(revision: int) -> World:
        held = {"acme/manager": {"v1.3.0": (StoredImage(revision=revision),)}}
        host = "registry.example.org"
        return replace(
            BEFORE,
            registries=(
                ImageRegistry(
                    host=host, tokens="auth.example.org", blobs="blobs.example.org", repositories=held
                ),
            ),
        )

    site.run(seen(1), "lock", ACME, "--image-digests")
    (image,) = site.entry()["images"]
    assert image["digest"].startswith("sha256:")
    assert site.changes(seen(1)) == (0, [])
    status, (row,) = site.changes(seen(2))
    assert (status, row["what"], row["provider"], row["file"]) == (1, "image", ACME, f"{MANAGER}:v1.3.0")
    (error,) = site.run(seen(2), "lock", "--check").roots
    assert error["evidence"]
    assert row["locked"] == image["digest"]


def test_a_later_run_knows_what_the_lock_got(site: Site) -> None:
    site.run(replace(BEFORE, markers=MARKED), "lock", "--kubernetes-version", "stable-1.33")
    site.path.unlink()
    played = site.run(replace(BEFORE, markers=MOVED), "kubernetes-version", "resolve", "stable-1.33")
    assert "CAPY1032" in played.codes()


def test_an_image_that_nobody_told_about_is_null_with_a_note(site: Site) -> None:
    alone = replace(BEFORE, markers=MARKED, registries=())
    played = site.run(alone, "lock", "--kubernetes-version", "stable-1.33")
    assert (played.status, site.lock["kubernetes"][0]["digest"]) == (0, None)
    assert [each["severity"] for each in played.roots if each["code"] == "CAPY1109"] == ["note"]


@pytest.mark.parametrize("words", [["--update"], []])
def test_an_image_that_is_gone_does_not_lose_its_digest_in_silence(site: Site, words: list[str]) -> None:
    """F70: as ``kubernetes-version image`` says of the same image."""
    asked = ("lock", *words, "--kubernetes-version", "stable-1.33")
    site.run(
        replace(BEFORE, markers=MARKED, registries=registry()), "lock", "--kubernetes-version", "stable-1.33"
    )
    (before,) = site.lock["kubernetes"]
    (held,) = registry()
    gone = replace(held, repositories={"kindest/node": {"v1.33.3": (StoredImage(),)}})
    played = site.run(replace(BEFORE, markers=MARKED, registries=(gone,)), *asked)
    (item,) = (each for each in played.document["diagnostics"] if each["code"] == "CAPY1038")
    assert (played.status, item["severity"]) == (0, "warning")
    for part in ("kindest/node:v1.33.2", before["digest"], before["resolved_at"]):
        assert part in item["detail"]
    pieces = {each["id"]: each for each in played.document["evidence"]}
    assert {pieces[each]["outcome"] for each in item["evidence"]} == {"absent"}
    assert site.lock["kubernetes"][0]["digest"] is None
    again = site.run(replace(BEFORE, markers=MARKED, registries=(gone,)), *asked)
    assert "CAPY1038" not in again.codes()


def test_an_image_that_nobody_was_asked_about_is_not_gone(site: Site) -> None:
    asked = ("lock", "--update", "--kubernetes-version", "stable-1.33")
    seen = replace(BEFORE, markers=MARKED, registries=registry())
    site.run(seen, "lock", "--kubernetes-version", "stable-1.33")
    digest = site.lock["kubernetes"][0]["digest"]
    played = site.run(replace(seen, faults=(Fault(kind=FaultKind.STATUS, host=HUB),)), *asked)
    assert "CAPY1038" not in played.codes()
    assert site.lock["kubernetes"][0]["digest"] == digest


@pytest.mark.parametrize("words", [["--kubernetes-version", "stable-1.33"], [ACME, "--image-digests"]])
def test_no_page_of_the_network_gets_a_digest_into_the_lock(site: Site, words: list[str]) -> None:
    host = "registry.example.org"
    held = {"acme/manager": {"v1.3.0": (StoredImage(),)}}
    other = ImageRegistry(host=host, tokens="auth.example.org", blobs="files.example.org", repositories=held)
    portal = tuple(Fault(kind=FaultKind.PORTAL, host=each) for each in (HUB, host))
    seen = replace(BEFORE, markers=MARKED, registries=(*registry(), other), faults=portal)
    played = site.run(seen, "lock", *words)
    assert [each["severity"] for each in played.roots if each["code"] == "CAPY1109"] == ["note"]
    images = [each for held in site.lock["providers"] for each in held["images"]]
    assert {each["digest"] for each in (*site.lock["kubernetes"], *images)} == {None}


def test_a_marker_without_a_version_locks_nothing(site: Site) -> None:
    bad = {"stable-1.33": (Content(data=b"<html>captive portal</html>"),)}
    played = site.run(replace(BEFORE, markers=bad), "lock", ACME, "--kubernetes-version", "stable-1.33")
    assert played.status in (1, 3)
    assert not site.path.exists()


def test_a_marker_of_another_series_has_the_same_diagnosis_when_it_is_resolved_and_locked(site: Site) -> None:
    """Near miss: the markers of its own series are locked."""
    seen = replace(BEFORE, markers={"stable-1.33": (Content(data=b"v1.32.9\n"),)})
    (warning,) = site.run(seen, "kubernetes-version", "resolve", "stable-1.33").roots
    played = site.run(seen, "lock", ACME, "--kubernetes-version", "stable-1.33")
    (error,) = played.roots
    assert (played.status, site.path.exists()) == (1, False)
    assert (warning["code"], warning["severity"]) == ("CAPY1033", "warning")
    assert (error["code"], error["severity"], error["detail"]) == ("CAPY1033", "error", warning["detail"])
    assert all("marker" in each["title"] or "stable-1.33" in each["title"] for each in error["fixes"])
    assert warning["evidence"]
    assert error["evidence"]
    before = replace(BEFORE, markers=MARKED)
    assert site.run(before, "lock", ACME, "--kubernetes-version", "stable-1.33").status == 0
    assert site.changes(replace(seen, registries=registry()))[0] == 1


# Without a network.


def test_a_warm_cache_gives_the_same_lock_without_a_socket(site: Site) -> None:
    seen = site.open_lab(BEFORE)
    site.run(seen, "lock", f"{ACME}:v1.3.0")
    first = site.lock
    site.path.unlink()
    played = site.run(seen, "lock", f"{ACME}:v1.3.0", "--offline")
    assert (played.status, played.requests) == (0, ())
    assert site.entry()["files"] == first["providers"][0]["files"]
    assert site.lock["cert_manager"]["files"] == first["cert_manager"]["files"]


def test_a_check_without_a_network_has_no_verdict(site: Site) -> None:
    seen = site.open_lab(BEFORE)
    site.run(seen, "lock", ACME, "--kubernetes-version", "v1.33.0")
    played = site.run(seen, "lock", "--check", "--offline")
    assert (played.status, played.requests, played.document["result"]["changes"]) == (3, (), [])
    (error,) = [each for each in played.roots if each["severity"] == "error"]
    assert all(name in error["detail"] for name in (ACME, "cert-manager", "v1.33.0"))
    assert error["fixes"][0]["command"] == "capyctl lock --check -o json"


def test_without_a_network_a_contradiction_is_told_with_its_line_in_the_whole_lock(site: Site) -> None:
    """Only the folder is within reach, whose entry is not the first of the lock."""
    label = "infrastructure-shelf"
    shelf = site.folder / label / "v1.0.0"
    shelf.mkdir(parents=True)
    (shelf / "metadata.yaml").write_bytes(metadata_yaml([("1.0", "v1beta1")]))
    (shelf / COMPONENTS).write_bytes(components("v1.0.0").replace(ACME.encode(), label.encode()))
    configuration = site.folder / ".config" / "cluster-api" / "clusterctl.yaml"
    with configuration.open("a", encoding="utf-8") as file:
        file.write(f"- name: shelf\n  type: InfrastructureProvider\n  url: {shelf / COMPONENTS}\n")
    assert site.run(BEFORE, "lock", ACME, label).status == 0
    assert [each["provider"] for each in site.lock["providers"]] == [ACME, label]
    lines = site.text.splitlines()
    (*_, at) = [number for number, line in enumerate(lines, 1) if '"contract": "v1beta1"' in line]
    lines[at - 1] = lines[at - 1].replace("v1beta1", "v1beta2")
    site.path.write_text("\n".join(lines))
    played = site.run(BEFORE, "lock", "--check", "--offline")
    (error,) = [each for each in played.document["diagnostics"] if each["severity"] == "error"]
    assert error["name"] == "lock-unreadable"
    assert "providers[1].contract" in error["detail"]
    assert [each["line"] for each in error["spans"]] == [at]


def test_a_cold_cache_locks_nothing(site: Site) -> None:
    played = site.run(BEFORE, "lock", f"{ACME}:v1.3.0", "--offline")
    assert (played.status, played.requests) == (3, ())
    assert not site.path.exists()


def test_each_file_that_cannot_be_had_is_one_error_with_its_version_and_evidence(site: Site) -> None:
    """The embedded snapshot has the metadata.yaml of these, and no components."""
    played = site.run(BEFORE, "lock", CORE, "infrastructure-aws:v2.9.3", "--offline")
    told = [each for each in played.document["diagnostics"] if each["code"] == "CAPY0226"]
    assert played.status == 3
    assert {
        (each["severity"], each["subject"]["provider"], each["subject"]["file"]): bool(
            each["subject"]["version"] and each["evidence"] and each["fixes"]
        )
        for each in told
    } == {
        ("error", CORE, "core-components.yaml"): True,
        ("error", "infrastructure-aws", COMPONENTS): True,
        ("error", "cert-manager", "cert-manager.yaml"): True,
    }
    assert len(told) == 3
    assert not site.path.exists()


# What is refused.


def test_an_unsound_provider_locks_nothing(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    before = site.text
    files = {COMPONENTS: Content(data=components("v1.3.0"))}
    played = site.run(world(replaced("v1.3.0", files)), "lock", f"{ACME}:v1.3.0", "--no-cache")
    assert played.status == 1
    assert played.document["result"] is None
    assert "CAPY0301" in played.codes()
    assert site.text == before


def test_an_undetermined_provider_locks_nothing(site: Site) -> None:
    played = site.run(BEFORE, "lock", ACME, **UNREACHABLE)
    assert played.status == 3
    assert not site.path.exists()


def test_an_unknown_provider_asks_nobody(site: Site) -> None:
    played = site.run(BEFORE, "lock", "infrastructure-nobody", ACME)
    assert (played.status, played.requests) == (1, ())
    assert not site.path.exists()


def a_folder(path: Path) -> None:
    path.mkdir()


def a_link(path: Path) -> None:
    (path.parent / "elsewhere").write_text("mine")
    path.symlink_to("elsewhere")


def a_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "code"),
    [(a_folder, "CAPY1103"), (a_link, "CAPY1101"), (a_dangling_link, "CAPY1103"), (a_pipe, "CAPY1103")],
)
def test_only_a_lock_is_replaced(site: Site, make: Callable[[Path], None], code: str) -> None:
    make(site.path)
    kind = site.path.lstat().st_mode
    played = site.run(BEFORE, "lock", ACME)
    assert (played.status, played.codes(), played.requests) == (1, {code}, ())
    assert site.path.lstat().st_mode == kind
    assert not (site.folder / "elsewhere").exists() or (site.folder / "elsewhere").read_text() == "mine"


@pytest.mark.parametrize("words", [("lock", "--check"), ("resolve", "--locked", "capyctl.lock")])
def test_a_link_to_itself_is_no_lock(site: Site, words: tuple[str, ...]) -> None:
    site.path.symlink_to("capyctl.lock")
    played = site.run(BEFORE, *words)
    assert (played.status, played.codes(), played.requests) == (1, {"CAPY1101"}, ())


def test_a_link_leads_to_the_lock_that_is_replaced(site: Site) -> None:
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    site.path.rename(site.folder / "shared.lock")
    site.path.symlink_to("shared.lock")
    assert site.run(BEFORE, "lock", f"{ACME}:v1.3.0").status == 0
    assert site.path.is_symlink()
    assert site.entry()["version"] == "v1.3.0"


@pytest.mark.parametrize(
    "text", ["", "{}", "<<<<<<< HEAD\n", '{"format": "capyctl-lock/2"}', '{"format": "capyctl-lock/1"}']
)
def test_a_file_that_is_no_lock_is_not_replaced(site: Site, text: str) -> None:
    site.path.write_text(text)
    for words in (("lock", ACME), ("lock", "--check"), ("lock", "--update", ACME)):
        played = site.run(BEFORE, *words)
        assert (played.status, played.codes()) == (1, {"CAPY1101"}), words
        assert any("remove capyctl.lock" in fix["title"] for fix in played.roots[0]["fixes"]), words
    assert site.text == text
    site.path.unlink()
    assert site.run(BEFORE, "lock", ACME).status == 0


def test_an_edited_requirement_is_named(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    site.path.write_text(site.text.replace('"requested": null', '"requested": ">=x"'))
    for words in (("lock", "--check"), ("lock", "--update", ACME)):
        played = site.run(BEFORE, *words)
        assert (played.status, played.codes()) == (1, {"CAPY1101"})
        assert "providers[0].requested" in played.roots[0]["detail"]


@pytest.mark.parametrize(
    "place",
    [
        ("providers", 0, "files", "metadata.yaml", "url"),
        ("providers", 0, "repository", "url"),
        ("cert_manager", "files", "cert-manager.yaml", "url"),
        ("cert_manager", "repository", "url"),
        ("kubernetes", 0, "url"),
    ],
    ids=lambda place: ".".join(map(str, place)),
)
def test_an_address_that_cannot_be_one_is_a_fault_of_the_lock(
    site: Site, place: tuple[str | int, ...]
) -> None:
    site.run(BEFORE, "lock", ACME, "--kubernetes-version", "stable")
    found: Any = site.lock
    edited = found
    for step in place[:-1]:
        edited = edited[step]
    edited[place[-1]] = "https://[::1"
    site.path.write_text(json.dumps(found, indent=2))
    locked = ("--locked", "capyctl.lock")
    for words in (
        ("lock", "--check"),
        ("lock", "--update", ACME),
        ("lock", ACME),
        ("resolve", *locked),
        ("init", "list-images", *locked),
        ("bundle", "create", "site.tar", *locked),
        ("kubernetes-version", "resolve", *locked),
    ):
        played = site.run(BEFORE, *words)
        assert (played.status, played.codes(), played.requests) == (1, {"CAPY1101"}, ()), words
        (root,) = played.roots
        assert root["spans"][0]["line"] > 1
        assert "https://[::1" in root["detail"]
    beside = site.run(BEFORE, "kubernetes-version", "image", "v1.33.0")
    site.path.unlink()
    alone = site.run(BEFORE, "kubernetes-version", "image", "v1.33.0")
    assert (beside.status, beside.codes()) == (alone.status, alone.codes() | {"CAPY1101"})


def test_a_lock_from_the_future_is_a_warning(site: Site) -> None:
    site.run(BEFORE, "lock", ACME)
    made = site.lock["created_at"]
    site.path.write_text(site.text.replace(made, "2099-01-01T00:00:00Z"))
    played = site.run(BEFORE, "lock", "--check")
    assert (played.status, played.codes()) == (0, {"CAPY1102"})


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder that even root cannot write")
def test_a_folder_that_cannot_be_written_is_one_error(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/proc")
    played = site.run(BEFORE, "lock", ACME)
    assert (played.status, played.codes()) == (1, {"CAPY1103"})


def test_a_full_disk_keeps_the_older_lock(site: Site) -> None:
    """The limit of a file's size stands in for the end of the disk: the write fails halfway."""
    site.run(BEFORE, "lock", f"{ACME}:v1.2.0")
    before = site.text
    environ = {
        "HOME": str(site.folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PACKAGE),
        "PYTHONDONTWRITEBYTECODE": "1",  # else the limit would cut what Python keeps of every module
    }
    words = [sys.executable, "-m", "capyctl", "lock", ACME, "--no-cache", "-o", "json"]
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 1; exec "$0" "$@"', *words],
        env={**environ, **site.open_lab(BEFORE).environment},
        cwd=site.folder,
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    document = json.loads(done.stdout)
    assert (done.returncode, document["result"]) == (1, None)
    assert [each["code"] for each in document["diagnostics"] if each["severity"] == "error"] == ["CAPY1103"]
    assert site.text == before
    assert [path.name for path in site.folder.iterdir() if path.is_file()] == ["capyctl.lock"]


@pytest.mark.parametrize(
    "words",
    [
        ["lock"],
        ["lock", "--update"],
        ["lock", "--check", ACME],
        ["lock", "--check", "--update"],
        ["lock", "--from", "spec.yaml", ACME],
        ["lock", "--kubernetes-version", "newest"],
        ["lock", ACME, ":v1"],
    ],
)
def test_usage(site: Site, words: list[str]) -> None:
    assert run_words([*words, "-o", "json"], {"HOME": str(site.folder)}).status == 2


def test_a_token_serves_where_strangers_have_no_quota(site: Site) -> None:
    poor = replace(BEFORE, quota=Quota(remaining=0), tokens=(Token(value="t0ken"),))
    variables = {"GITHUB_TOKEN": "t0ken"}
    played = site.run(poor, "lock", ACME, **variables)
    assert (played.status, site.entry()["repository"]["id"]) == (0, 71002)
    assert "t0ken" not in site.text + played.stdout
