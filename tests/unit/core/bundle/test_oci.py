"""The OCI part: a valid layout, found by title. That oras reads it is shown in tests/contract."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from capyctl.core.bundle.oci import artifact_of, blob_path, layout_files
from capyctl.core.bundle.release import Release, releases_of
from tests.plugins.bundle_world import BundleWorld, metadata, small_world, unpacked

_TITLE = "org.opencontainers.image.title"


def _release(world: BundleWorld, label: str) -> Release:
    return next(each for each in releases_of(world.lock) if each.label == label)


def test_every_blob_has_the_digest_it_is_named_by_and_every_descriptor_its_size() -> None:
    members = unpacked(small_world().archive())
    blobs = {path: data for path, data in members.items() if path.startswith("blobs/")}
    assert {path: f"blobs/sha256/{hashlib.sha256(data).hexdigest()}" for path, data in blobs.items()} == {
        path: path for path in blobs
    }
    assert json.loads(members["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads(members["index.json"])
    reached = set()
    for manifest in index["manifests"]:
        data = blobs[blob_path(manifest["digest"])]
        content = json.loads(data)
        reached |= {blob_path(manifest["digest"])}
        assert manifest["size"] == len(data)
        for part in (content["config"], *content["layers"]):
            assert len(blobs[blob_path(part["digest"])]) == part["size"]
            reached.add(blob_path(part["digest"]))
    assert reached == set(blobs)


def test_each_provider_has_its_files_titled_as_the_operator_and_as_people_look_for_them() -> None:
    artifact = artifact_of(_release(small_world(), "infrastructure-aws"))
    manifest: dict[str, Any] = json.loads(artifact.manifest)
    assert manifest["annotations"] == {"org.opencontainers.image.version": "v2.9.1"}
    assert [each["annotations"][_TITLE] for each in manifest["layers"]] == [
        "metadata.yaml",
        "components.yaml",
        "infrastructure-components.yaml",
    ]
    digests = [each["digest"] for each in manifest["layers"]]
    assert digests[1] == digests[2] != digests[0]
    assert set(artifact.blobs) == {manifest["config"]["digest"], *digests}


def test_a_file_that_is_called_components_already_is_there_once() -> None:
    manifest = json.loads(artifact_of(_release(small_world(), "infrastructure-mine")).manifest)
    assert [each["annotations"][_TITLE] for each in manifest["layers"]] == [
        "metadata.yaml",
        "components.yaml",
    ]


def test_a_release_without_components_is_its_metadata_alone() -> None:
    world = BundleWorld().add("ipam-x", "v1.0.0+b", "o/r", {"metadata.yaml": metadata("1.0")})
    artifact = artifact_of(_release(world, "ipam-x"))
    assert artifact.tag == "v1.0.0_b"
    assert len(json.loads(artifact.manifest)["layers"]) == 1


def test_a_layout_of_nothing_is_one() -> None:
    files = layout_files([])
    assert set(files) == {"oci-layout", "index.json"}
    assert json.loads(files["index.json"])["manifests"] == []


def test_the_name_in_the_layout_has_no_colon() -> None:
    names = [
        each["annotations"]["org.opencontainers.image.ref.name"]
        for each in json.loads(unpacked(small_world().archive())["index.json"])["manifests"]
    ]
    assert names == [
        "bootstrap-kubeadm-v1.10.4",
        "cluster-api-v1.10.4",
        "infrastructure-aws-v2.9.1",
        "infrastructure-mine-v0.1.0",
    ]
