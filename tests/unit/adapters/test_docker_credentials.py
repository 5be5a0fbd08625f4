"""Logins from a docker configuration in a folder, and from helpers that are real programs."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from capyctl.adapters.docker_credentials import DockerCredentials, LoginTroubleError
from capyctl.core.docker_config import RegistryLogin

HOST = "registry.example.com"
BASIC = base64.b64encode(b"anna:geheim-wort").decode()
INLINE = {"auths": {HOST: {"auth": BASIC}}}
PRINTED = '{"Username": "anna", "Secret": "geheim-wort"}'


def credentials(
    folder: Path, config: Mapping[str, object] | str, patience: float = 60.0
) -> DockerCredentials:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    search = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return DockerCredentials(path=path, environment={"PATH": search}, patience=patience)


def helper(folder: Path, script: str) -> None:
    program = folder / "docker-credential-tests"
    program.write_text(f"#!/bin/sh\ncat > {folder}/asked\necho once >> {folder}/runs\n{script}\n")
    program.chmod(0o755)


def test_the_file_itself(tmp_path: Path) -> None:
    expected = RegistryLogin(basic=BASIC, origin=str(tmp_path / "config.json"))
    assert credentials(tmp_path, INLINE).login(HOST) == expected
    assert credentials(tmp_path, INLINE).login("other.example.com").is_anonymous


@pytest.mark.parametrize("path", [None, "config.json", "missing/config.json"])
def test_no_file_is_no_login(tmp_path: Path, path: str | None) -> None:
    found = DockerCredentials(path=tmp_path / path if path else None, environment={})
    assert found.login(HOST).is_anonymous
    assert found.mark(HOST) is None


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    found = credentials(tmp_path, text)
    for _ in range(2):
        with pytest.raises(LoginTroubleError, match=r"config\.json cannot be used"):
            found.login(HOST)
    assert found.mark(HOST) is None


def test_an_entry_of_no_use_is_named_with_the_file(tmp_path: Path) -> None:
    found = credentials(tmp_path, {"auths": {HOST: {"auth": "%%%"}}})
    with pytest.raises(LoginTroubleError, match=r"config\.json cannot be used: .* base64"):
        found.login(HOST)
    assert found.login("other.example.com").is_anonymous


def test_a_helper_makes_good_for_an_entry_of_no_use(tmp_path: Path) -> None:
    broken = {"auths": {HOST: {"auth": "%%%"}}, "credsStore": "tests"}
    helper(tmp_path, f"echo '{PRINTED}'")
    assert credentials(tmp_path, broken).login(HOST).origin == "docker-credential-tests"
    helper(tmp_path, "echo 'credentials not found in native keychain'; exit 1")
    with pytest.raises(LoginTroubleError, match="base64"):
        credentials(tmp_path, broken).login(HOST)


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.mkdir()
    found = DockerCredentials(path=path, environment={})
    with pytest.raises(LoginTroubleError, match=r"config\.json cannot be used: it cannot be read \(Is a dir"):
        found.login(HOST)
    assert found.mark(HOST) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    found = credentials(tmp_path, INLINE)
    (tmp_path / "config.json").chmod(0)
    with pytest.raises(LoginTroubleError, match="cannot be read"):
        found.login(HOST)


def test_a_path_that_is_none_is_named() -> None:
    with pytest.raises(LoginTroubleError, match="cannot be read"):
        DockerCredentials(path=Path("a\0b"), environment={}).login(HOST)


def test_a_helper_is_run_once(tmp_path: Path) -> None:
    helper(tmp_path, f"echo '{PRINTED}'")
    found = credentials(tmp_path, {"credsStore": "tests"})
    assert [found.login(HOST).basic for _ in range(2)] == [BASIC, BASIC]
    assert (tmp_path / "asked").read_text() == HOST
    assert (tmp_path / "runs").read_text() == "once\n"


def test_a_helper_that_knows_nothing_of_the_host(tmp_path: Path) -> None:
    helper(tmp_path, "echo 'credentials not found in native keychain'; exit 1")
    assert credentials(tmp_path, {"credsStore": "tests"}).login(HOST).is_anonymous
    assert credentials(tmp_path, {"credsStore": "tests", **INLINE}).login(HOST).basic == BASIC


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo geheim-wort; exit 3", "failed with status 3"),
        ("echo geheim-wort", "printed no JSON"),
        ("exec sleep 600", "did not end within"),
    ],
)
def test_a_helper_of_no_use(tmp_path: Path, script: str, words: str) -> None:
    helper(tmp_path, script)
    patience = 0.5 if "sleep" in script else 60.0
    with pytest.raises(LoginTroubleError, match=words) as caught:
        credentials(tmp_path, {"credsStore": "tests"}, patience).login(HOST)
    assert "geheim-wort" not in str(caught.value)
    assert credentials(tmp_path, {"credsStore": "tests", **INLINE}, patience).login(HOST).basic == BASIC


def test_a_helper_that_is_not_installed_or_no_program(tmp_path: Path) -> None:
    found = credentials(tmp_path, {"credsStore": "tests"})
    with pytest.raises(LoginTroubleError, match="not installed"):
        found.login(HOST)
    (tmp_path / "docker-credential-tests").write_bytes(b"\0\1\2")
    (tmp_path / "docker-credential-tests").chmod(0o755)
    with pytest.raises(LoginTroubleError, match="cannot be started"):
        credentials(tmp_path, {"credsStore": "tests"}).login(HOST)


def test_a_mark_tells_logins_apart_and_runs_nothing(tmp_path: Path) -> None:
    helper(tmp_path, f"echo '{PRINTED}'")
    marks = {
        credentials(tmp_path, config).mark(HOST)
        for config in (
            INLINE,
            {"credsStore": "tests"},
            {"auths": {HOST: {"identitytoken": "refresh"}}},
            {"auths": {"other.example.com": {"auth": BASIC}}},
        )
    }
    assert len(marks) == 4
    assert None in marks
    assert not (tmp_path / "runs").exists()
    assert not any(secret in str(marks) for secret in (BASIC, "geheim-wort", "refresh"))


def test_no_secret_is_in_a_repr(tmp_path: Path) -> None:
    found = credentials(tmp_path, INLINE)
    found.login(HOST)
    assert BASIC not in repr(found)
