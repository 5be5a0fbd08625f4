"""A bundle whose list was mended along with a file is found out: every byte follows from the lock."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

import pytest

from capyctl.core.bundle.content import described, index_bytes
from capyctl.core.bundle.faults import FaultKind
from capyctl.core.bundle.scan import ScanLimits, scan_archive
from capyctl.core.bundle.verification import verify
from tests.plugins.bundle_world import (
    BundleWorld,
    components,
    judged,
    metadata,
    small_world,
    tar_of,
    unpacked,
)

_MEMBERS = unpacked(small_world().archive())


def _mended_by(changes: Mapping[str, bytes | None], members: Mapping[str, bytes] = _MEMBERS) -> bytes:
    """The archive with other files, and a ``bundle.json`` that lists these."""
    wanted = {**members, **changes}
    contents = {
        path: data for path, data in sorted(wanted.items()) if data is not None and path != "bundle.json"
    }
    index = index_bytes(described(path, data) for path, data in contents.items())
    return tar_of({"bundle.json": index, **contents})


def _faults(archive: bytes) -> list[tuple[FaultKind, str | None]]:
    return [(each.kind, each.path) for each in judged(archive).faults]


def test_the_near_miss_is_whole() -> None:
    assert _mended_by({}) == small_world().archive()


@pytest.mark.parametrize(
    "path", [path for path in _MEMBERS if path not in ("bundle.json", "capyctl.lock", "providers.yaml")]
)
def test_a_file_that_was_changed_and_listed_anew_is_found(path: str) -> None:
    assert _faults(_mended_by({path: _MEMBERS[path] + b"\n"}))[0] == (FaultKind.CHANGED, path)


@pytest.mark.parametrize("path", [path for path in _MEMBERS if path != "bundle.json"])
def test_a_file_that_was_removed_from_the_list_too_is_found(path: str) -> None:
    assert (FaultKind.MISSING, path) in _faults(_mended_by({path: None}))


@pytest.mark.parametrize(
    "path",
    [
        "readme",
        "goproxy/github.com/o/r/@v/list",
        "operator/cert-manager-v1.21.1.yaml",
        "blobs/sha256/" + "0" * 64,
    ],
)
def test_a_file_that_was_added_and_listed_is_foreign(path: str) -> None:
    assert _faults(_mended_by({path: b"x"})) == [(FaultKind.FOREIGN, path)]


def test_another_lock_calls_for_other_files() -> None:
    lock = _MEMBERS["capyctl.lock"].replace(b"v2.9.1", b"v2.9.2")
    kinds = _faults(_mended_by({"capyctl.lock": lock}))
    assert (FaultKind.MISSING, "clusterctl/repository/infrastructure-aws/v2.9.2/metadata.yaml") in kinds
    assert (FaultKind.FOREIGN, "clusterctl/repository/infrastructure-aws/v2.9.1/metadata.yaml") in kinds
    assert (FaultKind.INCOMPLETE, None) in kinds


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("capyctl.lock", b"{}"),
        ("capyctl.lock", b"\xff"),
        ("capyctl.lock", _MEMBERS["capyctl.lock"].replace(b'"url": "https://', b'"url": "https://[::1/')),
        ("providers.yaml", b"providers: 3\n"),
        ("providers.yaml", b'format: "capyctl-providers/1"\nproviders: []\n'),
        ("providers.yaml", _MEMBERS["providers.yaml"].replace(b'kind: "https"', b'kind: "gitlab"')),
        ("providers.yaml", _MEMBERS["providers.yaml"] + b"more: 1\n"),
    ],
)
def test_a_lock_or_a_table_that_cannot_be_used_is_named(path: str, data: bytes) -> None:
    assert (FaultKind.CHANGED, path) in _faults(_mended_by({path: data}))


def test_a_changed_lock_is_one_diagnosis() -> None:
    changed = {**_MEMBERS, "capyctl.lock": _MEMBERS["capyctl.lock"].replace(b"v2.9.1", b"v2.9.2")}
    assert _faults(tar_of(changed)) == [(FaultKind.CHANGED, "capyctl.lock")]


def test_a_changed_size_is_told_as_one() -> None:
    (fault,) = judged(tar_of({**_MEMBERS, "images.txt": b""})).faults
    assert (fault.kind, fault.path) == (FaultKind.CHANGED, "images.txt")
    assert "it has 0 bytes, and bundle.json lists" in fault.reason


def test_a_later_format_is_told_as_one() -> None:
    later = _MEMBERS["bundle.json"].replace(b"capyctl-bundle/1", b"capyctl-bundle/2")
    assert _faults(tar_of({**_MEMBERS, "bundle.json": later})) == [(FaultKind.LATER_FORMAT, "bundle.json")]


def test_a_list_that_nobody_can_read_is_named() -> None:
    assert _faults(tar_of({**_MEMBERS, "bundle.json": b"[]"})) == [(FaultKind.CHANGED, "bundle.json")]


def test_a_config_map_that_cannot_be_is_not_missed() -> None:
    large = components("capz", "r.example/capz:v1", noise=3 * 1024 * 1024)
    files = {"metadata.yaml": metadata("1.0"), "infrastructure-components.yaml": large}
    archive = (
        BundleWorld()
        .add("infrastructure-azure", "v1.0.0", "Azure/cluster-api-provider-azure", files)
        .archive()
    )
    path = "operator/infrastructure-azure-v1.0.0.yaml"
    assert judged(archive).is_whole
    assert _faults(_mended_by({path: b"x"}, unpacked(archive))) == [(FaultKind.CHANGED, path)]


def test_a_compressed_config_map_is_unpacked_and_compared() -> None:
    files = {
        "metadata.yaml": metadata("1.0"),
        "infrastructure-components.yaml": components("capz", "r.example/c:v1", size=2**20),
    }
    archive = (
        BundleWorld()
        .add("infrastructure-azure", "v1.0.0", "Azure/cluster-api-provider-azure", files)
        .archive()
    )
    assert judged(archive).is_whole
    path = "operator/infrastructure-azure-v1.0.0.yaml"
    changed = unpacked(archive)[path].replace(b"H4sI", b"H4sJ", 1)
    assert _faults(_mended_by({path: changed}, unpacked(archive))) == [(FaultKind.CHANGED, path)]


def test_a_lock_of_metadata_alone_is_none() -> None:
    world = BundleWorld().add("addon-helm", "v0.3.1", "o/r", {"metadata.yaml": metadata("0.3")})
    assert _faults(world.archive()) == [(FaultKind.CHANGED, "capyctl.lock")]


def test_a_bundle_of_an_empty_lock_is_whole() -> None:
    verified = judged(BundleWorld().archive())
    assert (verified.is_whole, verified.needed, verified.images) == (True, 0, ())


def test_a_file_whose_list_alone_was_mended_is_told_by_what_the_lock_says() -> None:
    path = "clusterctl/repository/infrastructure-aws/v2.9.1/metadata.yaml"
    listed = json.loads(_MEMBERS["bundle.json"])["files"]
    assert path in {each["path"] for each in listed}
    faults = judged(_mended_by({path: metadata("2.8")})).faults
    assert [(each.kind, each.path) for each in faults] == [(FaultKind.CHANGED, path)]
    assert "not what the lock and the provider table lead to" in faults[0].reason


def test_a_release_that_kubernetes_takes_no_label_of_has_no_config_map() -> None:
    files = {"metadata.yaml": metadata("1.0"), "components.yaml": components("x", "r.example/x:v1")}
    archive = BundleWorld().add("infrastructure-mine", "v1.0.0+build", "o/r", files).archive()
    assert judged(archive).is_whole
    path = "operator/infrastructure-mine-v1.0.0+build.yaml"
    assert _faults(_mended_by({path: b"x"}, unpacked(archive))) == [(FaultKind.FOREIGN, path)]


@pytest.mark.parametrize(
    ("kept", "path"), [(1000, "bundle.json"), (len(_MEMBERS["bundle.json"]) + 10, "capyctl.lock")]
)
def test_a_document_that_is_too_large_to_be_held_is_told(kept: int, path: str) -> None:
    lock = _MEMBERS["capyctl.lock"] + b" " * 20_000
    scanned = scan_archive(io.BytesIO(_mended_by({"capyctl.lock": lock})), ScanLimits(kept=kept))
    (fault,) = verify(scanned, lambda _: b"", "bundle").faults
    assert (fault.kind, fault.path) == (FaultKind.TOO_LARGE, path)
