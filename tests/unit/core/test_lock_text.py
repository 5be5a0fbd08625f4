"""The lock's text: canonical when written, and each fault of an edited one named with its place (cli.md 7.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from capyctl.core.lock import (
    Lock,
    LockedCertManager,
    LockedFile,
    LockedImage,
    LockedKubernetes,
    LockedProvider,
    LockedRepository,
)
from capyctl.core.lock_text import LARGEST_LOCK, LockError, lock_text, read_lock

A, B = "a" * 64, "b" * 64
EXAMPLE = """{
  "capyctl": "0.3.0",
  "cert_manager": {
    "files": {
      "cert-manager.yaml": {
        "sha256": "%(b)s",
        "size": 1,
        "url": "https://github.com/cert-manager/cert-manager/releases/download/v1.21.1/cert-manager.yaml"
      }
    },
    "images": [],
    "repository": {
      "id": null,
      "name": "cert-manager/cert-manager",
      "url": "https://github.com/cert-manager/cert-manager/releases/latest/cert-manager.yaml"
    },
    "version": "v1.21.1"
  },
  "created_at": "2026-11-22T10:00:00Z",
  "format": "capyctl-lock/1",
  "kubernetes": [
    {
      "digest": null,
      "image": "kindest/node:v1.33.0-alpha.1.199_25278540780516",
      "marker": "ci/latest-1.33",
      "resolved_at": "2026-11-22T10:00:00Z",
      "url": "https://dl.k8s.io/ci/latest-1.33.txt",
      "version": "v1.33.0-alpha.1.199+25278540780516"
    }
  ],
  "providers": [
    {
      "contract": "v1beta1",
      "files": {
        "infrastructure-components.yaml": {
          "sha256": "%(b)s",
          "size": 2048,
          "url": "https://github.com/o/n/releases/download/v2.9.1/infrastructure-components.yaml"
        },
        "metadata.yaml": {
          "sha256": "%(a)s",
          "size": 612,
          "url": "https://github.com/o/n/releases/download/v2.9.1/metadata.yaml"
        }
      },
      "images": [
        {
          "digest": "sha256:%(a)s",
          "image": "registry.k8s.io/a:v1"
        },
        {
          "digest": null,
          "image": "registry.k8s.io/b:v1"
        }
      ],
      "provider": "infrastructure-aws",
      "repository": {
        "id": 71002,
        "name": "o/n",
        "url": "https://github.com/o/n/releases/latest/infrastructure-components.yaml"
      },
      "requested": null,
      "version": "v2.9.1"
    },
    {
      "contract": null,
      "files": {
        "ipam-components.yaml": {
          "sha256": "%(b)s",
          "size": 3,
          "url": "file:///srv/mirror/ipam-in-cluster/v1.0.0/ipam-components.yaml"
        },
        "metadata.yaml": {
          "sha256": "%(a)s",
          "size": 2,
          "url": "file:///srv/mirror/ipam-in-cluster/v1.0.0/metadata.yaml"
        }
      },
      "images": [],
      "provider": "ipam-in-cluster",
      "repository": {
        "id": null,
        "name": "/srv/mirror",
        "url": "/srv/mirror"
      },
      "requested": ">=1.0 <2",
      "version": "v1.0.0"
    }
  ]
}
""".replace("%(a)s", A).replace("%(b)s", B)


def example() -> Lock:
    download = "https://github.com/o/n/releases/download/v2.9.1/"
    aws = LockedProvider(
        provider="infrastructure-aws",
        requested=None,
        version="v2.9.1",
        contract="v1beta1",
        repository=LockedRepository(
            name="o/n",
            id=71002,
            url="https://github.com/o/n/releases/latest/infrastructure-components.yaml",
        ),
        files={
            "metadata.yaml": LockedFile(url=f"{download}metadata.yaml", sha256=A, size=612),
            "infrastructure-components.yaml": LockedFile(
                url=f"{download}infrastructure-components.yaml", sha256=B, size=2048
            ),
        },
        images=(
            LockedImage(image="registry.k8s.io/b:v1"),
            LockedImage(image="registry.k8s.io/a:v1", digest=f"sha256:{A}"),
        ),
    )
    mirror = "file:///srv/mirror/ipam-in-cluster/v1.0.0"
    ipam = LockedProvider(
        provider="ipam-in-cluster",
        requested=">=1.0 <2",
        version="v1.0.0",
        contract=None,
        repository=LockedRepository(name="/srv/mirror", id=None, url="/srv/mirror"),
        files={
            "metadata.yaml": LockedFile(url=f"{mirror}/metadata.yaml", sha256=A, size=2),
            "ipam-components.yaml": LockedFile(url=f"{mirror}/ipam-components.yaml", sha256=B, size=3),
        },
        images=(),
    )
    base = "https://github.com/cert-manager/cert-manager/releases"
    return Lock(
        capyctl="0.3.0",
        created_at="2026-11-22T10:00:00Z",
        providers=(ipam, aws),
        cert_manager=LockedCertManager(
            version="v1.21.1",
            repository=LockedRepository(
                name="cert-manager/cert-manager", id=None, url=f"{base}/latest/cert-manager.yaml"
            ),
            files={
                "cert-manager.yaml": LockedFile(
                    url=f"{base}/download/v1.21.1/cert-manager.yaml", sha256=B, size=1
                )
            },
            images=(),
        ),
        kubernetes=(
            LockedKubernetes(
                marker="ci/latest-1.33",
                version="v1.33.0-alpha.1.199+25278540780516",
                url="https://dl.k8s.io/ci/latest-1.33.txt",
                resolved_at="2026-11-22T10:00:00Z",
                image="kindest/node:v1.33.0-alpha.1.199_25278540780516",
            ),
        ),
    )


def test_writes_keys_and_lists_sorted_one_value_a_line() -> None:
    assert lock_text(example()) == EXAMPLE


def test_reads_what_it_writes() -> None:
    assert lock_text(read_lock(EXAMPLE.encode())) == EXAMPLE


def test_reads_what_an_editor_of_another_system_made_of_it() -> None:
    edited = "\ufeff" + EXAMPLE.replace("\n", "\r\n")
    assert lock_text(read_lock(edited.encode())) == EXAMPLE


def test_finds_entries_by_label_and_marker() -> None:
    lock = read_lock(EXAMPLE.encode())
    aws, marker = lock.provider("infrastructure-aws"), lock.marker("ci/latest-1.33")
    assert aws is not None
    assert aws.repository.id == 71002
    assert marker is not None
    assert marker.version == "v1.33.0-alpha.1.199+25278540780516"
    assert lock.provider("aws") is None
    assert lock.marker("stable") is None


def test_a_lock_may_leave_out_what_it_does_not_lock() -> None:
    text = '{"format": "capyctl-lock/1", "capyctl": "0.3.0", "created_at": "2026-11-22T10:00:00Z"}'
    assert read_lock(text.encode()) == Lock(capyctl="0.3.0", created_at="2026-11-22T10:00:00Z")


def refused(text: str | bytes) -> LockError:
    with pytest.raises(LockError) as caught:
        read_lock(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return caught.value


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        (b"", "it is no JSON: expecting value, column 1", 1),
        (b"\xff{}", "it is not valid UTF-8", 1),
        (b'{\n"a": \xff}', "it is not valid UTF-8", 2),
        ("[]", "it names no format, and capyctl-lock/1 is read here", 1),
        ("{}", "it names no format, and capyctl-lock/1 is read here", 1),
        ("<<<<<<< HEAD\n{}", "it is no JSON: expecting value, column 1", 1),
        ('{"format": "capyctl-lock/1"', "it is no JSON: expecting ',' delimiter, column 28", 1),
        ('{\n\n"format": 3}', "format: a text belongs here, not 3", 3),
        ('{"format": "x"}', "format: its format is 'x', and capyctl-lock/1 is read here", 1),
        ('{"a": NaN}', "it is no JSON: NaN is no number", 1),
        ("[" * 100_000, "it is no JSON that can be read: a number or a nesting is beyond all bounds", None),
        (
            '{"a": ' + "1" * 5000 + "}",
            "it is no JSON that can be read: a number or a nesting is beyond all bounds",
            None,
        ),
    ],
)
def test_says_why_a_text_is_no_lock(text: str | bytes, reason: str, line: int | None) -> None:
    error = refused(text)
    assert (error.reason, error.line, error.later) == (reason, line, False)


def test_names_a_later_format() -> None:
    error = refused(EXAMPLE.replace("capyctl-lock/1", "capyctl-lock/2"))
    assert error.later
    assert error.reason == "format: its format is 'capyctl-lock/2', and capyctl-lock/1 is read here"
    assert error.line == 20


def test_reads_no_more_than_any_lock_has() -> None:
    assert "no lock is larger" in refused(b" " * (LARGEST_LOCK + 1)).reason


def test_names_the_second_of_two_equal_keys() -> None:
    doubled = EXAMPLE.replace('"size": 612,', '"size": 612,\n"size": 613,')
    error = refused(doubled)
    line = doubled.split("\n").index('"size": 613,') + 1
    assert error.path == 'providers[0].files["metadata.yaml"].size'
    assert error.line == line
    assert error.reason == f"{error.path}: a key stands twice in one object"


def test_tells_keys_apart_by_what_they_say_and_not_by_how_they_are_written() -> None:
    error = refused('{"format": "capyctl-lock/1",\n"\\u0066ormat": "capyctl-lock/1"}')
    assert (error.path, error.line) == ("format", 2)


Change = Callable[[dict[str, Any]], object]


def aws(found: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = found["providers"][0]
    return entry


def metadata(found: dict[str, Any]) -> dict[str, Any]:
    file: dict[str, Any] = aws(found)["files"]["metadata.yaml"]
    return file


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lock: lock.pop("created_at"), "the key 'created_at' is missing"),
        (lambda lock: lock.update(notes="x"), "notes: no lock has this key"),
        (
            lambda lock: lock.update(created_at="yesterday"),
            "created_at: a time such as '2026-11-22T10:00:00Z' belongs here, not 'yesterday'",
        ),
        (
            lambda lock: lock.update(created_at="2026-02-30T10:00:00Z"),
            "created_at: the calendar has no such time",
        ),
        (lambda lock: lock.update(providers={}), "providers: a list belongs here, not an object"),
        (lambda lock: lock.update(providers=[1]), "providers[0]: an object belongs here, not 1"),
        (lambda lock: lock.update(cert_manager=[]), "cert_manager: an object belongs here, not a list"),
        (lambda lock: lock.update(capyctl=True), "capyctl: a text belongs here, not true or false"),
        (
            lambda lock: lock["providers"].append(aws(lock)),
            "providers[2].provider: 'infrastructure-aws' is in this list already",
        ),
        (
            lambda lock: lock["kubernetes"].append(lock["kubernetes"][0]),
            "kubernetes[1].marker: 'ci/latest-1.33' is in this list already",
        ),
        (
            lambda lock: aws(lock)["images"].append(aws(lock)["images"][0]),
            "providers[0].images[2].image: 'registry.k8s.io/a:v1' is in this list already",
        ),
        (lambda lock: aws(lock).pop("version"), "providers[0]: the key 'version' is missing"),
        (
            lambda lock: aws(lock).update(version="../v1.0.0"),
            "providers[0].version: the tag of a version belongs here, not '../v1.0.0'",
        ),
        (
            lambda lock: aws(lock).update(version="latest"),
            "providers[0].version: the tag of a version belongs here, not 'latest'",
        ),
        (lambda lock: aws(lock).update(version=None), "providers[0].version: a text belongs here, not null"),
        (
            lambda lock: aws(lock).update(contract="beta"),
            "providers[0].contract: a contract such as 'v1beta1' belongs here, not 'beta'",
        ),
        (
            lambda lock: aws(lock).update(provider="Infra AWS"),
            "providers[0].provider: a provider's manifest label belongs here, not 'Infra AWS'",
        ),
        (
            lambda lock: aws(lock).update(provider="cert-manager"),
            "providers[0].provider: a provider's manifest label belongs here, not 'cert-manager'",
        ),
        (
            lambda lock: aws(lock)["files"].update({"../x": metadata(lock)}),
            'providers[0].files["../x"]: this is no plain file name',
        ),
        (
            lambda lock: aws(lock)["files"].update({"..": metadata(lock)}),
            'providers[0].files[".."]: this is no plain file name',
        ),
        (
            lambda lock: metadata(lock).update(sha256="A" * 64),
            f"providers[0].files[\"metadata.yaml\"].sha256: 64 hex digits in lower case belong here, not '{'A' * 60}'",
        ),
        (
            lambda lock: metadata(lock).update(sha256="a" * 63),
            f"providers[0].files[\"metadata.yaml\"].sha256: 64 hex digits in lower case belong here, not '{'a' * 60}'",
        ),
        (
            lambda lock: metadata(lock).update(size=-1),
            'providers[0].files["metadata.yaml"].size: a whole number from 0 belongs here, not -1',
        ),
        (
            lambda lock: metadata(lock).update(size=1.5),
            'providers[0].files["metadata.yaml"].size: a whole number from 0 belongs here, not 1.5',
        ),
        (
            lambda lock: metadata(lock).update(size=True),
            'providers[0].files["metadata.yaml"].size: a whole number from 0 belongs here, not true or false',
        ),
        (
            lambda lock: metadata(lock).update(url="a\nb"),
            'providers[0].files["metadata.yaml"].url: the text has characters that cannot be printed',
        ),
        (
            lambda lock: metadata(lock).update(url="a" * 5000),
            'providers[0].files["metadata.yaml"].url: the text is longer than 4096 characters',
        ),
        (
            lambda lock: aws(lock)["repository"].update(id="71002"),
            "providers[0].repository.id: a whole number from 0 belongs here, not '71002'",
        ),
        (
            lambda lock: aws(lock)["images"][0].update(digest=A),
            f"providers[0].images[0].digest: a digest such as 'sha256:' and 64 hex digits belongs here, not '{A[:60]}'",
        ),
        (
            lambda lock: aws(lock)["images"][0].update(image="a b"),
            "providers[0].images[0].image: an image reference belongs here, not 'a b'",
        ),
        (
            lambda lock: lock["kubernetes"][0].update(marker="release/x"),
            "kubernetes[0].marker: a marker such as 'stable-1.33' belongs here, not 'release/x'",
        ),
        (
            lambda lock: lock["kubernetes"][0].update(version="v1.33/../.."),
            "kubernetes[0].version: the tag of a version belongs here, not 'v1.33/../..'",
        ),
    ],
)
def test_names_the_place_of_each_fault(change: Change, reason: str) -> None:
    found = json.loads(EXAMPLE)
    change(found)
    error = refused(json.dumps(found, indent=2))
    assert error.reason == reason
    assert error.reason.startswith(error.path)
    assert error.line is not None


def test_refuses_half_a_character() -> None:
    found = json.loads(EXAMPLE)
    aws(found)["repository"]["name"] = "\ud800"
    assert refused(json.dumps(found)).path == "providers[0].repository.name"


def test_takes_an_exact_version_in_the_place_of_a_marker() -> None:
    found = json.loads(EXAMPLE)
    exact = {"marker": "v1.33.2", "version": "v1.33.2", "url": "", "image": "kindest/node:v1.33.2"}
    found["kubernetes"][0].update(exact)
    assert read_lock(json.dumps(found).encode()).marker("v1.33.2") is not None
