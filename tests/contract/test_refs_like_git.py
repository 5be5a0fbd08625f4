"""The tags of a repository beside real git: what it offers is read alike, and the lab is a host to it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from capyctl.adapters.github_refs import GitHubRefs
from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpSettings, Trust
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.git_refs import ADVERTISEMENT, advertised_tags
from capyctl.core.location import GitHubReleases
from capyctl.fetching.transcript import Transcript
from capyctl.lab.lab import Lab
from capyctl.lab.world import Release, Repository, Token, World
from capyctl.ports.fetch_errors import UnauthorizedError
from capyctl.report.progress import NoProgress
from tests.plugins.lab_fixture import OpenLab, lab

__all__ = ["lab"]

_TAGS = ("v0.9.0", "v1.0.0", "v1.0.0-rc.1", "v1.1.0", "v10.0.0", "api/v1.2.0", "nightly")


@pytest.fixture
def git() -> str:
    """Real git; skips the test, or fails it under CI, where there is none."""
    found = shutil.which("git")
    if found is None and os.environ.get("CI"):
        pytest.fail("git is not installed", pytrace=False)
    if found is None:
        pytest.skip("git is not installed")
    return found


def _run(git: str, *words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Git with nothing of this machine's settings, and without questions to a person."""
    own = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    identity = {
        f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return subprocess.run(
        [git, *words], env=own | identity | dict(environment), capture_output=True, timeout=60, check=False
    )


def _ls_remote(git: str, opened: Lab, address: str, home: Path) -> subprocess.CompletedProcess[bytes]:
    settings = ("-c", f"http.proxy={opened.proxy}", "-c", f"http.sslCAInfo={opened.ca_file}")
    return _run(git, *settings, "ls-remote", "--tags", "--refs", address, environment={"HOME": str(home)})


def _names(listed: bytes) -> list[str]:
    return [line.partition("\trefs/tags/")[2] for line in listed.decode().splitlines()]


def _world() -> World:
    released = tuple(Release(tag=tag, files={}) for tag in _TAGS[:5])
    repositories = (
        Repository(name="acme/widgets", formerly=("old/widgets",), releases=released, tags=_TAGS[5:]),
        Repository(name="acme/private", private=True, tags=("v1.0.0",)),
        Repository(name="acme/empty"),
        Repository(name="acme/inside", host="github.acme.example", tags=("v3.0.0",)),
    )
    return World(repositories=repositories, tokens=(Token(value="good"),))


@pytest.fixture
def opened(lab: OpenLab) -> Lab:
    return lab(_world())


@pytest.fixture
def refs(opened: Lab) -> Iterator[GitHubRefs]:
    settings = HttpSettings(trust=Trust(ca_file=str(opened.ca_file)), proxy_for=lambda _: opened.proxy)
    client = HttpxClient(settings, SystemClock(), Transcript(), NoProgress())
    yield GitHubRefs(client)
    client.close()


def _at(name: str, host: str = "github.com") -> GitHubReleases:
    owner, _, repository = name.partition("/")
    return GitHubReleases(
        host=host,
        api_base="https://unused.example",
        owner=owner,
        name=repository,
        channel="latest",
        components_file="c",
    )


def test_real_bytes_of_git_are_read_as_git_reads_them(git: str, tmp_path: Path) -> None:
    """What git's own server says over HTTP about a repository with tags of both kinds."""
    bare, home = tmp_path / "widgets.git", {"HOME": str(tmp_path)}
    _run(git, "init", "--bare", str(bare), environment=home)
    tree = _run(git, "-C", str(bare), "mktree", environment=home).stdout.decode().strip()
    commit = (
        _run(git, "-C", str(bare), "commit-tree", "-m", "x", tree, environment=home).stdout.decode().strip()
    )
    for number, tag in enumerate(_TAGS):
        kind = ("-a", "-m", "x") if number % 2 else ()
        assert _run(git, "-C", str(bare), "tag", *kind, tag, commit, environment=home).returncode == 0
    _run(git, "-C", str(bare), "update-ref", "refs/pull/7/head", commit, environment=home)
    cgi = {
        "GIT_PROJECT_ROOT": str(tmp_path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/widgets.git/info/refs",
        "QUERY_STRING": "service=git-upload-pack",
    }
    head, _, body = _run(git, "http-backend", environment=home | cgi).stdout.partition(b"\r\n\r\n")
    assert ADVERTISEMENT.encode() in head
    assert b"^{}" in body
    listed = _names(_run(git, "ls-remote", "--tags", "--refs", str(bare), environment=home).stdout)
    assert sorted(listed) == sorted(_TAGS)
    assert list(advertised_tags(body)) == listed


@pytest.mark.parametrize(
    ("name", "host", "tags"),
    [
        ("acme/widgets", "github.com", _TAGS),
        ("old/widgets", "github.com", _TAGS),
        ("ACME/Widgets", "github.com", _TAGS),
        ("acme/empty", "github.com", ()),
        ("acme/inside", "github.acme.example", ("v3.0.0",)),
    ],
)
def test_git_and_capyctl_see_the_same_tags_in_the_lab(
    git: str, opened: Lab, refs: GitHubRefs, tmp_path: Path, name: str, host: str, tags: tuple[str, ...]
) -> None:
    said = _ls_remote(git, opened, f"https://{host}/{name}.git", tmp_path)
    assert said.returncode == 0, said.stderr
    assert sorted(_names(said.stdout)) == sorted(tags)
    answer = refs.versions(_at(name, host))
    assert [item.tag for item in answer.value] == _names(said.stdout)
    assert len(answer.evidence[-1].hops) == (1 if name.startswith("old/") else 0)


def test_peeled_lines_are_there_for_git_and_no_tags(git: str, opened: Lab, tmp_path: Path) -> None:
    settings = ("-c", f"http.proxy={opened.proxy}", "-c", f"http.sslCAInfo={opened.ca_file}")
    whole = _run(
        git, *settings, "ls-remote", "https://github.com/acme/widgets", environment={"HOME": str(tmp_path)}
    )
    names = [line.partition("\t")[2] for line in whole.stdout.decode().splitlines()]
    assert {"HEAD", "refs/heads/main", "refs/pull/1/head"} <= set(names)
    assert any(name.endswith("^{}") for name in names)


@pytest.mark.parametrize("name", ["acme/private", "acme/nowhere"])
def test_a_stranger_cannot_tell_a_private_repository_from_none(
    git: str, opened: Lab, refs: GitHubRefs, tmp_path: Path, name: str
) -> None:
    said = _ls_remote(git, opened, f"https://github.com/{name}", tmp_path)
    assert said.returncode != 0
    assert b"could not read Username" in said.stderr
    with pytest.raises(UnauthorizedError):
        refs.versions(_at(name))


def test_who_has_a_credential_sees_what_is_private(git: str, opened: Lab, tmp_path: Path) -> None:
    said = _ls_remote(git, opened, "https://x:good@github.com/acme/private", tmp_path)
    assert _names(said.stdout) == ["v1.0.0"]
    missing = _ls_remote(git, opened, "https://x:good@github.com/acme/nowhere", tmp_path)
    assert b"not found" in missing.stderr
