"""Runs that are bound to a lock: what they take, what they refuse, and whom they ask (cli.md 7.2; issue 6, item 2)."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

import capyctl
from capyctl.core.lock import Lock
from capyctl.core.lock_text import lock_text
from capyctl.lab.run import furnish
from capyctl.lab.world import Fault, FaultKind, Token, World
from tests.plugins.locked_world import (
    AWS,
    BOOTSTRAP,
    CERT_MANAGER_VERSION,
    CONTROL_PLANE,
    CORE,
    CREATED_AT,
    HELM,
    VERSIONS,
    content_of,
    locked_world,
    with_other_bytes,
    with_repository,
    without_file,
    write_lock,
)
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import Played, play_in

_AWS = "kubernetes-sigs/cluster-api-provider-aws"
_COMPONENTS = "infrastructure-components.yaml"
_SOUND = packaged_scenario("sound")
_PACKAGE = Path(capyctl.__file__).parents[1]


class Site(Struct, frozen=True, kw_only=True):
    """A home folder with a lock and a cache of its own, in a world of the lab."""

    home: Path
    lock: Path

    def run(self, *words: str, world: World | None = None, **changes: str | None) -> Played:
        """A command bound to the lock."""
        return self.unbound(*words, "--locked", str(self.lock), world=world, **changes)

    def unbound(self, *words: str, world: World | None = None, **changes: str | None) -> Played:
        """A command as it stands."""
        scenario = replace(_SOUND, world=world or _SOUND.world)
        variables = {"XDG_CACHE_HOME": str(self.home / "cache"), "AWS_B64ENCODED_CREDENTIALS": "x", **changes}
        return play_in(scenario, [*words, "-o", "json"], self.home, variables)

    def written(self, lock: Lock) -> Site:
        """The same site with another lock."""
        write_lock(self.lock, lock)
        return self


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site whose cache is empty."""
    furnish(tmp_path, _SOUND)
    return Site(home=tmp_path, lock=write_lock(tmp_path / "capyctl.lock", locked_world(_SOUND.world)))


def errors(played: Played) -> list[dict[str, Any]]:
    """The root causes that are errors."""
    return [each for each in played.roots if each["severity"] == "error"]


def names(played: Played) -> set[str]:
    """The names of the errors."""
    return {each["name"] for each in errors(played)}


def digest(data: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(data).hexdigest()


# What is taken.

_EVERYTHING: Mapping[str, Sequence[str]] = {
    "resolve": ("resolve",),
    "init": ("init", "--dry-run"),
}


@pytest.mark.parametrize("words", _EVERYTHING.values(), ids=_EVERYTHING)
def test_without_a_reference_it_is_all_that_the_lock_has(
    site: Site, words: Sequence[str], valid: Callable[[dict[str, Any]], None]
) -> None:
    """Newer releases exist of each of them, and no list is asked for."""
    played = site.run(*words)
    assert (played.status, played.versions) == (0, VERSIONS)
    assert not [each for each in played.requests if "latest" in each["path"] or "/@v/" in each["path"]]
    assert {each["question"] for each in played.document["evidence"]} <= {"file", "repository"}
    valid(played.document)


def test_init_takes_the_locked_cert_manager_and_no_default_beside_the_lock(site: Site) -> None:
    site.written(locked_world(_SOUND.world, [AWS]))
    played = site.run("init", "--dry-run")
    assert (played.status, played.versions) == (0, {AWS: VERSIONS[AWS]})
    assert played.document["result"]["plan"]["cert_manager"]["version"] == CERT_MANAGER_VERSION


def test_defaults_that_join_references_have_to_be_in_the_lock(site: Site) -> None:
    """Near miss: with all of them in the lock the same words are a plan."""
    site.written(locked_world(_SOUND.world, [AWS, BOOTSTRAP]))
    played = site.run("init", "--dry-run", "-i", "aws")
    assert (played.status, names(played)) == (1, {"not-in-lock"})
    assert {each["subject"]["provider"] for each in errors(played)} == {CORE, CONTROL_PLANE}
    assert played.document["result"]["plan"]["providers"] == []
    near = site.written(locked_world(_SOUND.world)).run("init", "--dry-run", "-i", "aws")
    assert near.status == 0
    assert near.versions == {label: VERSIONS[label] for label in (CORE, BOOTSTRAP, CONTROL_PLANE, AWS)}


def test_generate_gives_the_locked_components(site: Site) -> None:
    played = site.run("generate", "provider", "-i", "aws")
    assert (played.status, played.versions) == (0, {AWS: VERSIONS[AWS]})
    assert played.document["result"]["components"]
    assert site.run("generate", "provider").status == 2
    assert (
        site.written(locked_world(_SOUND.world, [HELM])).run("generate", "provider").versions[HELM]
        == "v0.6.3"
    )


def test_what_was_asked_for_is_said_as_it_was_asked(site: Site) -> None:
    """The lock pins the version; ``requested`` stays what was typed."""
    for typed, said in (
        ("aws", None),
        ("aws:latest", None),
        ("aws:v2.8.1", "v2.8.1"),
        ("aws:2.8.1", "v2.8.1"),
    ):
        (row,) = site.run("resolve", "-i", typed).document["result"]["providers"]
        assert (row["requested"], row["version"], row["rejected"]) == (said, "v2.8.1", [])


def test_a_bare_name_of_several_types_is_those_that_the_lock_has(site: Site) -> None:
    site.written(locked_world(_SOUND.world, [BOOTSTRAP]))
    assert site.run("resolve", "kubeadm").versions == {BOOTSTRAP: VERSIONS[BOOTSTRAP]}


def test_the_lock_is_evidence(site: Site) -> None:
    (piece,) = [each for each in site.run("resolve").document["evidence"] if each["route"] == "lock"]
    data = site.lock.read_bytes()
    assert (piece["url"], piece["sha256"], piece["size"]) == (site.lock.as_uri(), digest(data), len(data))
    assert piece["as_of"] == CREATED_AT


# What is refused before anything is asked.


def test_a_reference_that_is_not_in_the_lock(site: Site) -> None:
    played = site.run("resolve", "-i", "openstack")
    assert (played.status, names(played), played.requests) == (1, {"not-in-lock"}, ())
    assert "infrastructure-openstack" in errors(played)[0]["detail"]
    assert CREATED_AT in errors(played)[0]["detail"]


@pytest.mark.parametrize(
    "words",
    [
        ("resolve", "-i", "aws:v2.9.3"),
        ("generate", "provider", "-i", "aws:v2.9.3"),
        ("init", "--dry-run", "-i", "aws:v2.9.3"),
        ("init", "list-images", "-i", "aws:v2.9.3"),
    ],
    ids=" ".join,
)
def test_a_version_that_is_not_the_locks(site: Site, words: Sequence[str]) -> None:
    """Near miss: the lock's own version."""
    played = site.run(*words)
    assert (played.status, names(played)) == (1, {"lock-version-differs"})
    detail = errors(played)[0]["detail"]
    assert all(each in detail for each in ("v2.9.3", "v2.8.1", CREATED_AT)), detail
    result = played.document["result"]
    given = json.dumps(result or {})
    assert "v2.9.3/" not in given
    assert not (result or {}).get("components")
    assert not (result or {}).get("images")
    near = site.run(*words[:-1], "aws:v2.8.1")
    assert near.status == 0, near.stdout


def test_a_version_that_the_configuration_pins(site: Site) -> None:
    """Near miss: the configuration pins the lock's version."""
    configuration = site.home / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.parent.mkdir(parents=True)
    address = f"https://github.com/{_AWS}/releases/{{}}/{_COMPONENTS}"
    for tag, status in (("v2.9.3", 1), ("v2.8.1", 0), ("latest", 0)):
        entry = {"name": "aws", "type": "InfrastructureProvider", "url": address.format(tag)}
        configuration.write_text(json.dumps({"providers": [entry]}))
        played = site.run("resolve", "-i", "aws")
        assert (played.status, names(played)) == (status, {"lock-version-differs"} if status else set())


def test_cert_managers_configured_version(site: Site) -> None:
    """The built-in default is another one too, and is no difference."""
    configuration = site.home / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.parent.mkdir(parents=True)
    for version, status in (("v1.21.1", 1), (CERT_MANAGER_VERSION, 0)):
        configuration.write_text(json.dumps({"cert-manager": {"version": version}}))
        played = site.run("init", "--dry-run")
        assert (played.status, names(played)) == (status, {"lock-version-differs"} if status else set())
        assert site.run("resolve").status == 0
    site.written(replace(locked_world(_SOUND.world), cert_manager=None))
    assert names(site.run("init", "--dry-run")) == {"not-in-lock"}
    assert site.run("resolve").status == 0


def test_another_contract(site: Site) -> None:
    """Near miss: the lock's contract."""
    played = site.run("resolve", "-i", "aws", "--contract", "v1beta2")
    assert (played.status, names(played), played.requests) == (1, {"lock-contract-differs"}, ())
    assert all(each in errors(played)[0]["detail"] for each in ("v1beta2", "v1beta1", CREATED_AT))
    assert site.run("resolve", "-i", "aws", "--contract", "v1beta1").status == 0


def test_every_problem_is_gathered(site: Site) -> None:
    """One reference differs, one is not there, and a file of a third has other bytes."""
    world = with_other_bytes(
        _SOUND.world, "kubernetes-sigs/cluster-api-addon-provider-helm", "v0.6.3", "metadata.yaml", b"x: 1\n"
    )
    played = site.run(
        "resolve", "infrastructure-aws:v2.9.3", "infrastructure-openstack", "addon-helm", world=world
    )
    assert played.status == 1
    assert names(played) == {"lock-version-differs", "not-in-lock", "locked-file-differs"}
    assert set(played.versions.values()) == {None}


def test_the_fixes_are_commands(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder of the lock, each adds or renews the entry in question."""
    monkeypatch.chdir(site.home)
    for reference, added in (("openstack", "infrastructure-openstack"), ("aws:v2.9.3", f"{AWS}:v2.9.3")):
        (error,) = errors(site.run("resolve", "-i", reference))
        commands = [shlex.split(each["command"]) for each in error["fixes"] if each["command"]]
        assert ["capyctl", "lock", "--update", added] in [each[:4] for each in commands]


# Bytes.


def _changed(label: str, name: str) -> tuple[World, bytes, bytes]:
    """The world after a file was replaced, the bytes before and after."""
    before = content_of(_SOUND.world, label, VERSIONS[label], name)
    after = before + b"# replaced\n"
    return with_other_bytes(_SOUND.world, _AWS, VERSIONS[label], name, after), before, after


@pytest.mark.parametrize(
    "words",
    [("resolve",), ("generate", "provider", "-i", "aws"), ("init", "--dry-run"), ("init", "list-images")],
    ids=" ".join,
)
def test_other_bytes_are_one_error_a_file_with_both_digests(site: Site, words: Sequence[str]) -> None:
    world, before, after = _changed(AWS, _COMPONENTS)
    played = site.run(*words, world=world)
    (error,) = errors(played)
    assert (played.status, error["name"]) == (1, "locked-file-differs")
    assert error["subject"] == {"provider": AWS, "version": "v2.8.1", "file": _COMPONENTS}
    assert all(each in error["detail"] for each in (digest(before), digest(after), CREATED_AT))
    result = played.document["result"] or {}
    assert played.versions.get(AWS) is None
    assert not result.get("components")
    assert not result.get("images")


def test_each_file_is_told(site: Site) -> None:
    world, _, _ = _changed(AWS, _COMPONENTS)
    world = with_other_bytes(world, _AWS, "v2.8.1", "metadata.yaml", b"kind: Metadata\n")
    played = site.run("init", "--dry-run", world=world)
    assert sorted(each["subject"]["file"] for each in errors(played)) == [_COMPONENTS, "metadata.yaml"]


def test_what_this_machine_saw_first_is_told(site: Site) -> None:
    """It resolved the locked bytes once without keeping them; then they were replaced."""
    world, before, after = _changed(AWS, _COMPONENTS)
    assert site.run("resolve", "-i", "aws").status == 0
    for kept in (site.home / "cache").rglob(digest(before)):
        kept.unlink()
    (error,) = errors(site.run("resolve", "-i", "aws", world=world))
    assert digest(after) in error["detail"]
    assert f"This machine saw sha256:{digest(before)}" in error["detail"]


def test_bytes_that_are_kept_are_taken_whatever_the_world_has_now(site: Site) -> None:
    assert site.run("resolve").status == 0
    world, _, _ = _changed(AWS, _COMPONENTS)
    played = site.run("resolve", world=world)
    assert (played.status, played.versions, played.requests) == (0, VERSIONS, ())


def test_an_override_has_to_have_the_locked_bytes(site: Site) -> None:
    """Near miss: the same bytes as an override are taken, and nobody is asked for them."""
    override = site.home / ".config" / "cluster-api" / "overrides" / AWS / "v2.8.1" / _COMPONENTS
    override.parent.mkdir(parents=True)
    before = content_of(_SOUND.world, AWS, "v2.8.1", _COMPONENTS)
    override.write_bytes(before + b"# mine\n")
    (error,) = errors(site.run("resolve", "-i", "aws"))
    assert error["name"] == "locked-file-differs"
    assert all(
        each in error["detail"] for each in (str(override), digest(before), digest(override.read_bytes()))
    )
    override.write_bytes(before)
    near = site.run("resolve", "-i", "aws", XDG_CACHE_HOME=str(site.home / "empty"))
    assert near.status == 0
    assert not [each for each in near.requests if each["path"].endswith(_COMPONENTS)]


def test_a_file_that_is_gone(site: Site) -> None:
    """Near miss: a file that could not be had is no file that is gone, and the run is undetermined."""
    world = without_file(_SOUND.world, _AWS, "v2.8.1", _COMPONENTS)
    played = site.run("resolve", "-i", "aws", world=world)
    assert (played.status, names(played)) == (1, {"locked-file-gone"})
    locked = digest(content_of(_SOUND.world, AWS, "v2.8.1", _COMPONENTS))
    assert locked in errors(played)[0]["detail"]
    failing = replace(_SOUND.world, faults=(Fault(kind=FaultKind.STATUS, file=_COMPONENTS, status=503),))
    near = site.run("resolve", "-i", "aws", world=failing)
    assert near.status == 3
    assert "locked-file-gone" not in near.codes()


# What this machine keeps is kept of a file of a release, not of a digest (issue 6, 1.1).


def _numbered(lock: Lock) -> Lock:
    """The lock of one whose files came by the API: their addresses say nothing of a version."""
    base = f"https://api.github.com/repos/{_AWS}/releases/assets"
    providers = []
    for entry in lock.providers:
        files = {name: replace(each, url=f"{base}/1") for name, each in entry.files.items()}
        providers.append(replace(entry, files=files))
    return replace(lock, providers=tuple(providers))


def test_the_bytes_of_another_version_are_never_taken_from_the_cache(site: Site) -> None:
    """The version of a lock was edited: the verdict is the same with any cache."""
    lock = _numbered(locked_world(_SOUND.world, [AWS]))
    assert site.written(lock).run("generate", "provider").status == 0
    edited = replace(lock.providers[0], version="v2.9.3")
    site.written(replace(lock, providers=(edited,)))
    told = []
    for cache in ("cache", "empty"):
        played = site.run("generate", "provider", XDG_CACHE_HOME=str(site.home / cache))
        assert (played.status, names(played)) == (1, {"locked-file-differs"})
        assert not (played.document["result"] or {}).get("components")
        told.append([(each["code"], each["detail"], each["subject"]) for each in errors(played)])
    assert told[0] == told[1]


def test_what_came_with_a_credential_is_there_for_a_run_that_has_it(site: Site) -> None:
    """Near miss: with the credential nobody is asked."""
    site.written(locked_world(_SOUND.world, [AWS]))
    world = replace(
        with_repository(_SOUND.world, _AWS, private=True), tokens=(Token(value="a"), Token(value="b"))
    )
    mine, other = (each.value for each in world.tokens)
    assert site.run("resolve", world=world, GITHUB_TOKEN=mine).status == 0
    for token in (None, other):
        played = site.run("resolve", "--offline", world=world, GITHUB_TOKEN=token)
        assert (played.status, names(played)) == (3, {"locked-file-not-kept"})
    played = site.run("resolve", world=world, GITHUB_TOKEN=None)
    cold = site.run("resolve", world=world, GITHUB_TOKEN=None, XDG_CACHE_HOME=str(site.home / "empty"))
    assert (played.status, names(played)) == (cold.status, names(cold)) == (1, {"locked-file-gone"})
    for error in errors(played):
        assert any("GITHUB_TOKEN" in fix["title"] for fix in error["fixes"])
    for words in (("resolve",), ("resolve", "--offline")):
        near = site.run(*words, world=world, GITHUB_TOKEN=mine)
        assert (near.status, near.versions, near.requests) == (0, {AWS: VERSIONS[AWS]}, ())


def test_a_file_that_changed_is_told_in_every_command_that_reads_it(site: Site) -> None:
    """The lock has the new bytes, and this machine saw others first. Near miss: a machine that never saw those."""
    assert site.run("resolve", "-i", "aws").status == 0
    world, before, after = _changed(AWS, _COMPONENTS)
    site.written(locked_world(world))
    assert site.run("init", "--dry-run", world=world).status == 0
    bundle = str(site.home / "b.tar")
    for words in (
        ("resolve",),
        ("generate", "provider", "-i", "aws"),
        ("init", "--dry-run"),
        ("init", "list-images"),
        ("bundle", "create", bundle),
    ):
        for more in ((), ("--offline",)):
            played = site.run(*words, *more, world=world)
            (warning,) = [each for each in played.roots if each["name"] == "release-file-changed"]
            assert (played.status, played.requests, warning["severity"]) == (0, (), "warning"), words
            assert warning["subject"] == {"provider": AWS, "version": "v2.8.1", "file": _COMPONENTS}
            assert all(each in warning["detail"] for each in (digest(before), digest(after)))
        near = site.run(*words, world=world, XDG_CACHE_HOME=str(site.home / "empty"))
        assert (near.status, "release-file-changed" in {each["name"] for each in near.roots}) == (0, False)


def test_a_lock_of_the_bytes_of_before_refuses_those_of_now(site: Site) -> None:
    """Also where this machine still has the old ones: what its cache holds of the file decides nothing."""
    assert site.run("resolve", "-i", "aws").status == 0
    world, before, after = _changed(AWS, _COMPONENTS)
    assert site.run("resolve", "-i", "aws", "--no-cache", world=world).status == 1
    assert site.unbound("resolve", f"{AWS}:v2.8.1", world=world).status == 0
    for words in (("resolve", "-i", "aws"), ("bundle", "create", str(site.home / "b.tar"))):
        for more in ((), ("--offline",)):
            played = site.run(*words, *more, world=world)
            (error,) = [each for each in errors(played) if each["subject"]["provider"] == AWS]
            assert error["name"] == "locked-file-differs"
            assert all(each in error["detail"] for each in (digest(before), digest(after), CREATED_AT))


# The repository behind the bytes.


def test_a_renamed_repository_goes_on_with_a_warning(site: Site) -> None:
    """Near miss: nothing is said where it has the name of the lock, and nobody is asked without need."""
    world = with_repository(_SOUND.world, _AWS, name="elsewhere/capa", formerly=(_AWS,))
    played = site.run("resolve", "-i", "aws", world=world)
    (warning,) = [each for each in played.roots if each["name"] == "locked-repository-renamed"]
    assert (played.status, warning["severity"]) == (0, "warning")
    assert all(each in warning["detail"] for each in ("157190", _AWS, "elsewhere/capa", CREATED_AT))
    asked = [each for each in played.requests if each["host"] == "api.github.com" and each["method"] == "GET"]
    assert len([each for each in asked if each["follows"] is None]) == 1
    assert site.run("resolve", "-i", "aws", world=world).requests == ()
    near = site.run("resolve", "-i", "aws", XDG_CACHE_HOME=str(site.home / "other"))
    assert "locked-repository-renamed" not in {each["name"] for each in near.document["diagnostics"]}


def test_a_repository_that_was_created_anew_goes_on_with_the_same_bytes_alone(site: Site) -> None:
    world = with_repository(_SOUND.world, _AWS, id=999001)
    played = site.run("resolve", "-i", "aws", world=world)
    (warning,) = [each for each in played.roots if each["name"] == "locked-repository-replaced"]
    assert (played.status, warning["severity"]) == (0, "warning")
    assert all(each in warning["detail"] for each in ("157190", "999001", _AWS, CREATED_AT))
    changed, _, _ = _changed(AWS, _COMPONENTS)
    other = with_repository(changed, _AWS, id=999001)
    refused = site.run("resolve", "-i", "aws", world=other, XDG_CACHE_HOME=str(site.home / "other"))
    assert refused.status == 1
    assert {"locked-file-differs", "locked-repository-replaced"} <= {each["name"] for each in refused.roots}


def test_an_address_that_was_changed_is_why(site: Site) -> None:
    """It names another repository than the lock: with any cache the same is told, and nobody else is blamed."""
    lock = locked_world(_SOUND.world, [AWS])
    (entry,) = lock.providers
    there = f"https://github.com/{_AWS}/releases/latest/{_COMPONENTS}"
    site.written(replace(lock, providers=(replace(entry, repository=replace(entry.repository, url=there)),)))
    assert site.run("resolve").status == 0
    elsewhere = next(each for each in _SOUND.world.repositories if each.name == _AWS)
    elsewhere = replace(elsewhere, name="fork/capa", id=4711, formerly=())
    world = replace(_SOUND.world, repositories=(*_SOUND.world.repositories, elsewhere))
    configuration = site.home / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.parent.mkdir(parents=True)
    url = f"https://github.com/fork/capa/releases/latest/{_COMPONENTS}"
    configuration.write_text(
        json.dumps({"providers": [{"name": "aws", "type": "InfrastructureProvider", "url": url}]})
    )
    for cache in ("cache", "empty"):
        played = site.run("resolve", world=world, XDG_CACHE_HOME=str(site.home / cache))
        (warning,) = [each for each in played.roots if each["name"] == "locked-repository-replaced"]
        assert played.status == 0
        assert all(each in warning["detail"] for each in ("157190", "4711", url, str(configuration), there))
        assert "deleted" not in warning["detail"]
    for words in (("resolve",), ("resolve", "--offline")):
        again = site.run(*words, world=world)
        (once_more,) = [each for each in again.roots if each["name"] == "locked-repository-replaced"]
        assert (again.status, again.requests) == (0, ())
        assert all(each in once_more["detail"] for each in ("157190", "4711", url, str(configuration), there))
    changed = with_other_bytes(world, "fork/capa", "v2.8.1", _COMPONENTS, b"kind: Other\n")
    for world_now, words, name in (
        (changed, ("resolve",), "locked-file-differs"),
        (without_file(world, "fork/capa", "v2.8.1", _COMPONENTS), ("resolve",), "locked-file-gone"),
        (world, ("resolve", "--offline"), "locked-file-not-kept"),
    ):
        shutil.rmtree(site.home / "cache")
        played = site.run(*words, world=world_now)
        told = [each for each in errors(played) if each["name"] == name]
        assert told
        for error in told:
            assert all(each in error["detail"] for each in (url, str(configuration), there))
            assert "upstream" not in {fix["applicability"] for fix in error["fixes"]}


@pytest.mark.parametrize("has_number", [True, False])
def test_an_address_that_was_changed_is_told_where_nobody_says_whose_it_is(
    site: Site, *, has_number: bool
) -> None:
    """The names differ; the forge's API is down, or the lock has no number. The bytes are the lock's."""
    lock = locked_world(_SOUND.world, [AWS])
    (entry,) = lock.providers
    there = f"https://github.com/{_AWS}/releases/latest/{_COMPONENTS}"
    then = replace(entry.repository, url=there, id=entry.repository.id if has_number else None)
    site.written(replace(lock, providers=(replace(entry, repository=then),)))
    fork = next(each for each in _SOUND.world.repositories if each.name == _AWS)
    fork = replace(fork, name="fork/capa", id=4711, formerly=())
    faults = (Fault(kind=FaultKind.STATUS, host="api.github.com", status=503),)
    world = replace(_SOUND.world, repositories=(*_SOUND.world.repositories, fork), faults=faults)
    url = f"https://github.com/fork/capa/releases/latest/{_COMPONENTS}"
    configuration = configure(site, url)
    for words in (("resolve",), ("resolve",), ("resolve", "--offline")):
        played = site.run(*words, world=world)
        (warning,) = [each for each in played.roots if each["severity"] == "warning"]
        assert (played.status, warning["name"]) == (0, "locked-repository-replaced")
        assert (warning["confidence"], "4711" in warning["detail"]) == ("likely", False)
        assert all(each in warning["detail"] for each in (url, configuration, there, CREATED_AT))


@pytest.mark.parametrize(
    ("locked_url", "locked_name", "configured"),
    [
        ("old/capa", "new/capa", "new/capa"),
        ("k0smotron/k0smotron", "k0sproject/k0smotron", "k0sproject/k0smotron"),
        ("k0sproject/k0smotron", "k0sproject/k0smotron", "k0smotron/k0smotron"),
        ("k0smotron/k0smotron", "k0smotron/k0smotron", "k0sproject/k0smotron"),
    ],
    ids=["the lock says so", "the lock and the table", "a former name now", "a former name then"],
)
def test_a_name_that_is_known_to_be_of_the_same_repository_is_no_other_one(
    site: Site, locked_url: str, locked_name: str, configured: str
) -> None:
    """providers.yaml has k0smotron/k0smotron as a former name of k0sproject/k0smotron."""
    lock = locked_world(_SOUND.world, [AWS])
    (entry,) = lock.providers
    address = "https://github.com/{}/releases/latest/" + _COMPONENTS
    then = replace(entry.repository, url=address.format(locked_url), name=locked_name, id=None)
    files = {
        name: replace(file, url=file.url.replace(_AWS, locked_url)) for name, file in entry.files.items()
    }
    site.written(replace(lock, providers=(replace(entry, repository=then, files=files),)))
    other = next(each for each in _SOUND.world.repositories if each.name == _AWS)
    other = replace(other, name=configured, id=4711, formerly=())
    configure(site, address.format(configured))
    others = (each for each in _SOUND.world.repositories if each.name != configured)
    world = replace(_SOUND.world, repositories=(*others, other))
    for _ in range(2):
        played = site.run("resolve", world=world)
        assert played.status == 0, [each["detail"] for each in played.roots]
        assert "CAPY1116" not in played.codes()


def configure(site: Site, url: str) -> str:
    """Another address of the provider aws; the file it stands in."""
    path = site.home / ".config" / "cluster-api" / "clusterctl.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"name": "aws", "type": "InfrastructureProvider", "url": url}
    path.write_text(json.dumps({"providers": [row]}))
    return str(path)


def test_no_answer_about_the_repository_claims_nothing(site: Site) -> None:
    """The forge's API is down, or the lock has no number."""
    world = replace(_SOUND.world, faults=(Fault(kind=FaultKind.STATUS, host="api.github.com", status=503),))
    played = site.run("resolve", "-i", "aws", world=world)
    assert (played.status, played.document["diagnostics"]) == (0, [])
    lock = locked_world(_SOUND.world)
    nameless = [replace(each, repository=replace(each.repository, id=None)) for each in lock.providers]
    site.written(replace(lock, providers=tuple(nameless)))
    near = site.run("resolve", "-i", "aws", XDG_CACHE_HOME=str(site.home / "other"))
    assert (near.status, near.asked("api.github.com")) == (0, [])


# Without network.

_GUARD = """
import os, sys
def guard(event, arguments):
    if event.startswith("socket."):
        os.write(2, ("tripped by " + event).encode())
        os._exit(99)
sys.addaudithook(guard)
from capyctl.cli.main import main
main()
"""
_COMMANDS = (
    "resolve",
    "generate provider -i aws",
    "init --dry-run",
    "init list-images",
    "init --dry-run -i aws --offline",
)


def _environ(site: Site) -> dict[str, str]:
    found = {
        "HOME": str(site.home),
        "PATH": os.environ["PATH"],
        "XDG_CACHE_HOME": str(site.home / "cache"),
        "AWS_B64ENCODED_CREDENTIALS": "x",
    }
    for name in ("COVERAGE_PROCESS_START", "PYTHONPATH"):
        if name in os.environ:
            found[name] = os.environ[name]
    return found


def _process(
    site: Site, words: Sequence[str], before: Sequence[str] = ()
) -> subprocess.CompletedProcess[bytes]:
    line = [
        *before,
        sys.executable,
        "-c",
        _GUARD if not before else "from capyctl.cli.main import main; main()",
    ]
    return subprocess.run(
        [*line, *words, "--locked", str(site.lock), "-o", "json"],
        cwd=_PACKAGE,
        env=_environ(site),
        capture_output=True,
        check=False,
        timeout=300,
    )


def test_with_a_full_cache_no_socket_is_opened(site: Site) -> None:
    """The same commands with an empty cache would open one."""
    assert site.run("init", "--dry-run").status == 0
    for words in _COMMANDS:
        ended = _process(site, words.split())
        assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
    shutil.rmtree(site.home / "cache")
    assert _process(site, ["resolve"]).returncode == 99


def test_with_a_full_cache_a_run_needs_no_network_at_all(site: Site) -> None:
    """In a namespace of its own, which has no network."""
    inside = ["unshare", "-rn"]
    program = shutil.which("unshare")
    allowed = program and subprocess.run([*inside, "true"], capture_output=True, check=False).returncode == 0
    if not allowed:
        if os.environ.get("CI"):
            pytest.fail("an empty network namespace cannot be made here (unshare -rn)")
        pytest.skip("an empty network namespace cannot be made here (unshare -rn)")
    assert site.run("init", "--dry-run").status == 0
    for words in _COMMANDS:
        ended = _process(site, words.split(), inside)
        assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
        document = json.loads(ended.stdout)
        dated = ["cache-dated"] if "--offline" in words else []
        assert (document["status"], [each["name"] for each in document["diagnostics"]]) == ("done", dated)
        assert {each["question"] for each in document["evidence"]} == {"file"}
        assert all(each["as_of"] for each in document["evidence"])


def test_a_file_that_is_not_kept_is_undetermined_offline(site: Site) -> None:
    """Near miss: once it was read with a network, it is there."""
    played = site.run("resolve", "-i", "aws", "--offline")
    assert (played.status, names(played)) == (3, {"locked-file-not-kept"})
    locked = digest(content_of(_SOUND.world, AWS, "v2.8.1", _COMPONENTS))
    (error,) = [each for each in errors(played) if each["subject"]["file"] == _COMPONENTS]
    assert locked in error["detail"]
    (command,) = [each["command"] for each in error["fixes"] if each["command"]]
    assert "--offline" not in shlex.split(command)
    mended = site.run(*shlex.split(command)[1:-4])
    assert mended.status == 0
    assert site.run("resolve", "-i", "aws", "--offline").status == 0


def test_other_bytes_that_are_kept_of_the_release_are_a_difference_offline(site: Site) -> None:
    """This machine never had the locked bytes, and read others at the release."""
    world, before, after = _changed(AWS, _COMPONENTS)
    assert names(site.run("resolve", "-i", "aws", world=world)) == {"locked-file-differs"}
    played = site.run("resolve", "-i", "aws", "--offline")
    (error,) = errors(played)
    assert (played.status, error["name"]) == (1, "locked-file-differs")
    assert all(each in error["detail"] for each in (digest(before), digest(after), CREATED_AT))


def test_no_cache_reads_none(site: Site) -> None:
    assert site.run("resolve", "-i", "aws").status == 0
    assert site.run("resolve", "-i", "aws", "--no-cache").requests != ()


# The lock itself.


def test_a_lock_that_cannot_be_used_is_one_diagnosis(site: Site) -> None:
    """Edited by hand, of a later format, half of one, or none; near miss: the lock as it was written."""
    text = lock_text(locked_world(_SOUND.world))
    faults = {
        "a digest cut short": text.replace('"sha256": "', '"sha256": "0', 1),
        "a later format": text.replace("capyctl-lock/1", "capyctl-lock/9"),
        "half of one": text[: len(text) // 2],
        "no lock at all": "[]",
    }
    for said, broken in faults.items():
        site.lock.write_text(broken)
        played = site.run("resolve")
        assert (played.status, names(played)) == (1, {"lock-unreadable"}), said
        assert (played.document["result"], played.requests) == (None, ())
    site.lock.unlink()
    assert names(site.run("init", "--dry-run")) == {"lock-unreadable"}
    site.lock.write_text(text)
    assert site.run("resolve").status == 0


def test_a_lock_from_the_future_is_a_warning(site: Site) -> None:
    """Near miss: one that is as old as it should be."""
    site.written(replace(locked_world(_SOUND.world), created_at="2126-01-01T00:00:00Z"))
    played = site.run("resolve")
    (warning,) = [each for each in played.roots if each["name"] == "lock-from-the-future"]
    assert (played.status, warning["severity"]) == (0, "warning")
    site.written(locked_world(_SOUND.world))
    assert "lock-from-the-future" not in {each["name"] for each in site.run("resolve").roots}


def test_a_file_that_the_lock_does_not_name(site: Site) -> None:
    """The address in the table names components that were not locked."""
    lock = locked_world(_SOUND.world, [HELM])
    (entry,) = lock.providers
    file = entry.files["addon-components.yaml"]
    other = replace(file, url=file.url.replace("addon-components", "other"))
    files = {"metadata.yaml": entry.files["metadata.yaml"], "other.yaml": other}
    site.written(replace(lock, providers=(replace(entry, files=files),)))
    played = site.run("resolve")
    assert (played.status, names(played)) == (1, {"not-in-lock"})
    assert errors(played)[0]["subject"]["file"] == "addon-components.yaml"


def test_a_lock_that_contradicts_itself_is_one_diagnosis_in_every_command(site: Site) -> None:
    """Whatever the cache holds; near miss: the lock as it was written."""
    assert site.run("resolve").status == 0
    text = site.lock.read_text()
    path = str(site.lock)
    data = json.loads(text)
    aws = next(each for each in data["providers"] if each["provider"] == AWS)
    aws["version"] = "v2.9.3"
    place = f'providers[{data["providers"].index(aws)}].files["{_COMPONENTS}"].url'
    site.lock.write_text(json.dumps(data, indent=2, sort_keys=True))
    line = next(
        at for at, each in enumerate(site.lock.read_text().split("\n"), 1) if f"v2.8.1/{_COMPONENTS}" in each
    )
    for words in (
        ("resolve", "--locked", path),
        ("generate", "provider", "-i", "aws", "--locked", path),
        ("init", "--dry-run", "--locked", path),
        ("init", "list-images", "--locked", path),
        ("bundle", "create", str(site.home / "b.tar"), "--locked", path),
    ):
        played = site.unbound(*words)
        (error,) = errors(played)
        assert (played.status, error["name"], played.requests) == (1, "lock-unreadable", ())
        assert place in error["detail"]
        assert [span["line"] for span in error["spans"]] == [line]
    site.lock.write_text(text)
    assert site.run("resolve").status == 0


@pytest.mark.parametrize(
    ("edit", "place", "said"),
    [
        (
            lambda entry: entry["files"]["metadata.yaml"].update(size=5),
            'files["metadata.yaml"].size',
            "it is 5, and the bytes with its sha256 are {size}",
        ),
        (
            lambda entry: entry.update(contract="v1beta2"),
            "contract",
            "it is v1beta2, and metadata.yaml with its sha256 states v1beta1 for v2.8.1",
        ),
        (
            lambda entry: entry.update(contract="v1alpha3"),
            "contract",
            "it is v1alpha3, and metadata.yaml with its sha256 states v1beta1 for v2.8.1",
        ),
        (
            lambda entry: entry.update(contract=None),
            "contract",
            "it is null, and metadata.yaml with its sha256 states v1beta1 for v2.8.1",
        ),
    ],
    ids=["size", "a newer contract", "an older contract", "no contract"],
)
def test_a_lock_that_its_own_files_contradict(
    site: Site, edit: Callable[[dict[str, Any]], object], place: str, said: str
) -> None:
    """With the files in the cache or without, and whatever contract is asked for that the lock has."""
    data = json.loads(lock_text(locked_world(_SOUND.world, [AWS])))
    (entry,) = data["providers"]
    size = entry["files"]["metadata.yaml"]["size"]
    edit(entry)
    site.lock.write_text(json.dumps(data, indent=2, sort_keys=True))
    lines = site.lock.read_text().split("\n")
    key = '"size": 5' if "size" in place else '"contract": '
    (line,) = [at for at, each in enumerate(lines, 1) if key in each]
    for words in (
        ("resolve",),
        ("resolve", "--contract", entry["contract"] or "v1beta1"),
        ("generate", "provider"),
        ("init", "list-images"),
        ("bundle", "create", str(site.home / "b.tar")),
    ):
        played = site.run(*words)
        (error,) = errors(played)
        assert (played.status, error["name"]) == (1, "lock-unreadable"), words
        assert f"providers[0].{place}: {said.format(size=size)}." in error["detail"]
        assert [span["line"] for span in error["spans"]] == [line]
        assert not (played.document["result"] or {}).get("components")
        assert played.versions.get(AWS) is None
