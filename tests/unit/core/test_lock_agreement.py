"""An entry of a lock that contradicts itself is a fault of the lock, told with its place (issue 6, item 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from capyctl.core.lock_text import LockError, read_lock

A, B = "a" * 64, "b" * 64
NAME = "infrastructure-components.yaml"
GITHUB = f"https://github.com/o/n/releases/latest/{NAME}"
DOWNLOAD = "https://github.com/o/n/releases/download/v1.3.0"


def lock(entry: Mapping[str, Any], repository: str = GITHUB, name: str | None = None, **files: str) -> str:
    """A lock of one provider, whose two files have these addresses unless ``files`` says otherwise."""
    urls = {"metadata": f"{DOWNLOAD}/metadata.yaml", "components": f"{DOWNLOAD}/{NAME}", **files}
    provider = {
        "provider": "infrastructure-acme",
        "requested": None,
        "version": "v1.3.0",
        "contract": "v1beta1",
        "repository": {
            "name": name if name is not None else "o/n" if repository.startswith("https") else repository,
            "id": 7,
            "url": repository,
        },
        "files": {
            "metadata.yaml": {"url": urls["metadata"], "sha256": A, "size": 1},
            NAME: {"url": urls["components"], "sha256": B, "size": 2},
        },
        "images": [],
        **entry,
    }
    text = {
        "format": "capyctl-lock/1",
        "capyctl": "0",
        "created_at": "2026-11-22T10:00:00Z",
        "providers": [provider],
    }
    return json.dumps(text, indent=2)


def told(text: str) -> LockError:
    """Why it is none."""
    with pytest.raises(LockError) as caught:
        read_lock(text.encode())
    assert caught.value.line is not None
    return caught.value


@pytest.mark.parametrize(
    ("requested", "said"),
    [
        ("v1.2.0", "'v1.2.0' does not allow the version, which is v1.3.0"),
        ("v9", "'v9' does not allow the version, which is v1.3.0"),
        (">=1.4", "'>=1.4' does not allow the version, which is v1.3.0"),
        (">=1 contract=v1beta2", "'>=1 contract=v1beta2' does not allow the contract, which is v1beta1"),
        ("contract=v1beta2", "'contract=v1beta2' does not allow the contract, which is v1beta1"),
        ("", "'' is null in a lock"),
        (" >=1 ", "' >=1 ' is '>=1' in a lock"),
        (">=1, <2", "'>=1, <2' is '>=1 <2' in a lock"),
        (">=1 prereleases prereleases", "'>=1 prereleases prereleases' is '>=1 prereleases' in a lock"),
        ("prereleases >=1", "'prereleases >=1' is '>=1 prereleases' in a lock"),
        (
            "contract=v1beta1 contract=v1beta2",
            "'contract=v1beta1 contract=v1beta2' is 'contract=v1beta1' in a lock",
        ),
        (
            "rubbish here",
            "a tag or a constraint belongs here: 'rubbish' is no version, nor the beginning of one",
        ),
    ],
)
def test_what_was_asked_for_allows_the_version(requested: str, said: str) -> None:
    error = told(lock({"requested": requested}))
    assert (error.path, error.reason) == ("providers[0].requested", f"providers[0].requested: {said}")
    assert error.line == 8


@pytest.mark.parametrize(
    "requested",
    [
        None,
        "latest",
        "latest contract=v1beta1 prereleases",
        "prereleases",
        "v1.3.0",
        "1.3.0",
        "v1.3.0+build.7",
        "1.3",
        ">=1 <2 prereleases",
        "contract=v1beta1",
    ],
)
def test_whatever_may_have_been_asked_for_is_read(requested: str | None) -> None:
    assert read_lock(lock({"requested": requested}).encode()).providers[0].requested == requested


def test_the_files_of_every_entry_are_there() -> None:
    file = {"url": f"{DOWNLOAD}/{NAME}", "sha256": A, "size": 1}
    assert told(lock({"files": {NAME: file}})).reason == "providers[0].files: metadata.yaml is missing"
    only = {"metadata.yaml": {**file, "url": f"{DOWNLOAD}/metadata.yaml"}}
    said = "providers[0].files: there is no file of components beside metadata.yaml"
    assert told(lock({"files": only})).reason == said
    manager = {
        "version": "v1.3.0",
        "repository": {"name": "o/n", "id": None, "url": "https://github.com/o/n/releases/latest/c.yaml"},
        "files": {},
        "images": [],
    }
    text = json.dumps({**json.loads(lock({})), "cert_manager": manager}, indent=2)
    assert told(text).reason == "cert_manager.files: the manifest is missing"
    manager["files"] = {"c.yaml": {"url": f"{DOWNLOAD}/c.yaml", "sha256": A, "size": 1}}
    assert read_lock(json.dumps({**json.loads(lock({})), "cert_manager": manager}).encode()).cert_manager


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "https://github.com/o/n/releases/download/v1.2.0/metadata.yaml",
            "is not of the version, which is v1.3.0",
        ),
        (f"{DOWNLOAD}/{NAME}", "is the address of another file"),
        (
            "https://github.com/o/other/releases/download/v1.3.0/metadata.yaml",
            "is not in the repository, which is o/n",
        ),
        (
            "https://evil.example/o/n/releases/download/v1.3.0/metadata.yaml",
            "is no address of the repository's host, https://github.com",
        ),
        ("http://evil/a", "is no address of the repository's host, https://github.com"),
        (DOWNLOAD.replace("https", "http"), "is no address of the repository's host, https://github.com"),
        ("https://github.com:x/a", "is no address"),
        ("https://github.com", "is not of the version, which is v1.3.0"),
        ("https://[::1", "is no address"),
        ("https://[::1]:99999/x", "is no address"),
        ("snapshot:o/n/v1.2.0/metadata.yaml", "is not of the version, which is v1.3.0"),
    ],
)
def test_a_file_is_of_its_release(url: str, said: str) -> None:
    error = told(lock({}, metadata=url))
    place = 'providers[0].files["metadata.yaml"].url'
    assert (error.path, error.reason) == (place, f"{place}: {url} {said}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "ftp://x",
        "http://h/x",
        "https://",
        "https://[::1",
        "https://[half/x",
        "https://h:99999/x",
        "oci://[x/a:1",
        "//[x",
    ],
)
def test_what_was_configured_is_an_address(url: str) -> None:
    error = told(lock({}, url))
    place = "providers[0].repository.url"
    assert (error.path, error.reason) == (place, f"{place}: {url.strip()!r} is no address of a repository")


_TREE = "https://tree.example/x/infrastructure-acme/latest/c.yaml"
_FOLDER = "/srv/mirror/infrastructure-acme/latest/c.yaml"
_NUMBERED = "https://gitlab.corp.example/api/v4/projects/42/packages/generic/capx"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (GITHUB, "a"),
        (GITHUB, ""),
        (GITHUB, "o/"),
        (GITHUB, "/n"),
        (GITHUB, "o / n"),
        (_TREE, "infrastructure-acme"),
        (f"{_NUMBERED}/latest/c.yaml", "4"),
        (f"{_NUMBERED}/latest/c.yaml", ""),
        (_FOLDER, "o/n"),
        (_FOLDER, ""),
        (f"file://{_FOLDER}", _FOLDER),
        ("C:\\mirror\\infrastructure-acme\\latest\\c.yaml", "o/n"),
    ],
)
def test_the_name_is_one_that_its_source_gives(url: str, name: str) -> None:
    error = told(lock({}, url, name, metadata="file:///m", components="file:///c"))
    assert error.path == "providers[0].repository.name"
    assert error.reason.endswith(f"or the address itself where the source has no other name, not {name!r}")


@pytest.mark.parametrize(
    ("url", "name", "folder"),
    [
        (GITHUB, "new-owner/new.name", DOWNLOAD),
        (_TREE, _TREE, "https://tree.example/x/infrastructure-acme/v1.3.0"),
        (_TREE, "moved/away", "https://tree.example/x/infrastructure-acme/v1.3.0"),
        (f"{_NUMBERED}/latest/c.yaml", "42", f"{_NUMBERED}/v1.3.0"),
        (f"{_NUMBERED.replace('42', 'a%2Fb%2Fc')}/latest/c.yaml", "a/b/c", f"{_NUMBERED}/v1.3.0"),
        (_FOLDER, _FOLDER, "file:///srv/mirror/infrastructure-acme/v1.3.0"),
        (f"file://{_FOLDER}", f"file://{_FOLDER}", "file:///srv/mirror/infrastructure-acme/v1.3.0"),
        ("mirror/infrastructure-acme/latest/c.yaml", "mirror/infrastructure-acme/latest/c.yaml", "file:///m"),
        ("/a://b/infrastructure-acme/latest/c.yaml", "/a://b/infrastructure-acme/latest/c.yaml", "file:///m"),
        ("C:\\m\\infrastructure-acme\\latest\\c.yaml", "C:\\m\\infrastructure-acme\\latest\\c.yaml", "file:///C:/m"),
    ],
)  # fmt: skip
def test_every_name_that_a_source_gives_is_read(url: str, name: str, folder: str) -> None:
    text = lock({}, url, name, metadata=f"{folder}/metadata.yaml", components=f"{folder}/{NAME}")
    assert read_lock(text.encode()).providers[0].repository.name == name


@pytest.mark.parametrize("url", ["https://user:word@github.com/o/n/releases/latest/c", f"{GITHUB}?sig=abc"])
def test_what_was_configured_has_no_secret(url: str) -> None:
    error = told(lock({}, url))
    assert error.path == "providers[0].repository.url"
    assert error.reason.endswith(" has a query or a credential, and no lock records one")
    assert not any(each in error.reason for each in ("user", "word", "sig"))


@pytest.mark.parametrize("url", ["", "ftp://x/metadata.yaml", "http://h/metadata.yaml"])
def test_a_file_of_a_folder_was_read_somewhere(url: str) -> None:
    error = told(lock({}, _FOLDER, metadata=url))
    assert error.path == 'providers[0].files["metadata.yaml"].url'
    assert error.reason.endswith(" is no address that a file is read at")


def test_no_credential_of_what_was_configured_is_repeated() -> None:
    assert told(lock({}, "https://user:word@[::1/x?sig=abc")).reason.endswith(
        ": 'https://[::1/x' is no address of a repository"
    )


@pytest.mark.parametrize(
    ("key", "value"), [("repository", "https://[::1/c.yaml"), ("files", "https://[::1")], ids=["one", "two"]
)
def test_cert_manager_has_addresses_too(key: str, value: str) -> None:
    file = {"url": value if key == "files" else f"{DOWNLOAD}/c.yaml", "sha256": A, "size": 1}
    configured = value if key == "repository" else "https://github.com/o/n/releases/latest/c.yaml"
    manager = {
        "version": "v1.3.0",
        "repository": {"name": "o/n", "id": None, "url": configured},
        "files": {"c.yaml": file},
        "images": [],
    }
    error = told(json.dumps({**json.loads(lock({})), "cert_manager": manager}, indent=2))
    assert error.path == f"cert_manager.{key}" + ('["c.yaml"].url' if key == "files" else ".url")
    assert "is no address" in error.reason


def test_a_version_that_was_edited_is_told_by_the_addresses() -> None:
    assert "is not of the version, which is v1.3.1" in told(lock({"version": "v1.3.1"})).reason


def test_no_credential_and_no_signature_of_an_address_is_repeated() -> None:
    for host, said in (
        ("evil.example", "is no address of"),
        ("github.com", "has a query or a credential, and no lock records one"),
    ):
        for url in (f"https://user:word@{host}/m", f"https://{host}/m?sig=abc"):
            reason = told(lock({}, metadata=url)).reason
            assert f"https://{host}/m {said}" in reason
            assert not any(each in reason for each in ("user", "word", "sig"))


_GITLAB = "https://gitlab.corp.example/sub/api/v4/projects/a%2Fb/packages/generic/capx"


@pytest.mark.parametrize(
    ("repository", "folder"),
    [
        (GITHUB, DOWNLOAD),
        ("https://www.GitHub.com:443/O/n/releases/v1.3.0/c.yaml", DOWNLOAD),
        (GITHUB, "file:///home/u/overrides/infrastructure-acme/v1.3.0"),
        (GITHUB, "snapshot:other/name/v1.3.0"),
        (
            "https://ghe.corp.example/o/n/releases/latest/c.yaml",
            "https://ghe.corp.example/o/n/releases/download/v1.3.0",
        ),
        (f"{_GITLAB}/latest/c.yaml", f"{_GITLAB}/v1.3.0"),
        (
            "https://tree.example:8443/x/infrastructure-acme/latest/c.yaml",
            "https://tree.example:8443/x/infrastructure-acme/v1.3.0",
        ),
        (
            "https://[::1]:8443/infrastructure-acme/latest/c.yaml",
            "https://[::1]:8443/infrastructure-acme/v1.3.0",
        ),
        ("/srv/mirror/infrastructure-acme/latest/c.yaml", "file:///srv/mirror/infrastructure-acme/v1.3.0"),
        ("${MIRROR}/releases/latest/c.yaml", "https://mirror.example/x/v1.3.0"),
        ("https://${HOST}/o/n/releases/latest/c.yaml", "https://mirror.example/o/n/releases/download/v1.3.0"),
        ("https://h:${PORT}/o/n/releases/latest/c.yaml", "https://h:8443/o/n/releases/download/v1.3.0"),
    ],
)
def test_the_addresses_of_every_kind_of_source_are_read(repository: str, folder: str) -> None:
    text = lock({}, repository, metadata=f"{folder}/metadata.yaml", components=f"{folder}/{NAME}")
    assert read_lock(text.encode()).providers[0].repository.url == repository


@pytest.mark.parametrize(
    ("repository", "asset"),
    [
        (GITHUB, "https://api.github.com/repos/o/n/releases/assets/1"),
        (
            "https://corp.ghe.com/o/n/releases/latest/c.yaml",
            "https://api.corp.ghe.com/repos/o/n/releases/assets/1",
        ),
        (
            "https://ghe.corp.example/o/n/releases/latest/c.yaml",
            "https://ghe.corp.example/api/v3/repos/o/n/releases/assets/1",
        ),
    ],
)
def test_a_number_says_nothing_of_a_version(repository: str, asset: str) -> None:
    assert read_lock(lock({}, repository, metadata=asset, components=asset).encode()).providers


@pytest.mark.parametrize(
    ("host", "api"), [("docker.io", "registry-1.docker.io"), ("r.example:5000", "r.example:5000")]
)
def test_a_blob_has_the_digest_of_the_file(host: str, api: str) -> None:
    blobs = f"https://{api}/v2/capi/capx/blobs/sha256:"
    repository = f"oci://{host}/capi/capx:v1.3.0"
    right = lock({}, repository, metadata=f"{blobs}{A}", components=f"{blobs}{B}")
    assert read_lock(right.encode()).providers
    wrong = told(lock({}, repository, metadata=f"{blobs}{A}", components=f"{blobs}{A}"))
    assert wrong.reason.endswith(" has another digest than the file")


def test_a_plus_in_a_tag_is_read_as_either_is_written() -> None:
    for tag in ("v1.3.0+k0s.1", "v1.3.0%2Bk0s.1"):
        base = f"https://github.com/o/n/releases/download/{tag}"
        text = lock(
            {"version": "v1.3.0+k0s.1"}, metadata=f"{base}/metadata.yaml", components=f"{base}/{NAME}"
        )
        assert read_lock(text.encode()).providers


CI = {
    "marker": "ci/latest-1.33",
    "version": "v1.33.0-alpha.1.199+25278540780516",
    "url": "https://dl.k8s.io/ci/latest-1.33.txt",
    "resolved_at": "2026-11-22T10:00:00Z",
    "image": "kindest/node:v1.33.0-alpha.1.199_25278540780516",
    "digest": None,
}
STABLE = {
    **CI,
    "marker": "stable",
    "version": "v1.34.2",
    "url": "https://dl.k8s.io/release/stable.txt",
    "image": "kindest/node:v1.34.2",
}
EXACT = {**STABLE, "marker": "v1.34.2", "url": ""}


def marked(entry: Mapping[str, Any]) -> str:
    """A lock of one marker."""
    found = {
        "format": "capyctl-lock/1",
        "capyctl": "0",
        "created_at": "2026-11-22T10:00:00Z",
        "kubernetes": [entry],
    }
    return json.dumps(found, indent=2)


@pytest.mark.parametrize(
    "entry",
    [
        CI,
        STABLE,
        EXACT,
        {**STABLE, "url": "https://mirror.example:8443/k8s/release/stable.txt"},
        {**STABLE, "digest": f"sha256:{A}"},
    ],
    ids=["ci", "stable", "exact", "another base", "digest"],
)
def test_takes_what_is_locked_of_a_marker(entry: Mapping[str, Any]) -> None:
    assert read_lock(marked(entry).encode()).marker(entry["marker"]) is not None


@pytest.mark.parametrize(
    ("entry", "key", "said"),
    [
        ({**STABLE, "image": "evil.example/node:v1.34.2"}, "image", "v1.34.2 is kindest/node:v1.34.2"),
        ({**STABLE, "version": "v1.34.1"}, "image", "the node image of v1.34.1 is kindest/node:v1.34.1"),
        ({**STABLE, "version": "v1.34"}, "version", "an exact version such as 'v1.33.0' belongs here"),
        (
            {**CI, "version": "v1.34.2", "image": STABLE["image"]},
            "version",
            "v1.34.2 is no version that ci/latest-1.33 can stand for",
        ),
        ({**EXACT, "marker": "v1.34.1"}, "version", "it is v1.34.2, and v1.34.1 stands for itself"),
        ({**EXACT, "url": STABLE["url"]}, "url", "nobody is asked what v1.34.2 stands for"),
        ({**STABLE, "url": "http://a/release/stable.txt"}, "url", "no https address that ends in release/stable.txt"),
        ({**STABLE, "url": "https://a/ci/stable.txt"}, "url", "no https address that ends in release/stable.txt"),
        ({**STABLE, "url": "https:///release/stable.txt"}, "url", "is no https address"),
        ({**STABLE, "url": "https://a:b/release/stable.txt"}, "url", "is no https address"),
        ({**STABLE, "url": "https://[::1/release/stable.txt"}, "url", "is no https address"),
        ({**STABLE, "url": ""}, "url", "'' is no https address"),
    ],
)  # fmt: skip
def test_a_marker_s_values_follow_from_each_other(entry: Mapping[str, Any], key: str, said: str) -> None:
    text = marked(entry)
    error = told(text)
    assert error.path == f"kubernetes[0].{key}"
    assert said in error.reason
    assert f'"{key}"' in text.split("\n")[(error.line or 0) - 1]
