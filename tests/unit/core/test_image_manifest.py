"""Manifests and indexes of images, sound and hostile."""

from __future__ import annotations

import json

import pytest

from capyctl.core.image_manifest import ImageManifest, ManifestError, read_manifest

A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


def test_layers_come_in_the_order_of_the_manifest() -> None:
    data = json.dumps({"schemaVersion": 2, "layers": [{"digest": A}, {"digest": B}]}).encode()
    assert read_manifest(data, "amd64") == ImageManifest(layers=(A, B))


def _index(*rows: tuple[str, str, str]) -> bytes:
    listed = [{"digest": digest, "platform": {"os": os, "architecture": arch}} for digest, os, arch in rows]
    return json.dumps({"manifests": [{"digest": C}, *listed]}).encode()


@pytest.mark.parametrize(("architecture", "chosen"), [("amd64", A), ("arm64", B), ("riscv64", A)])
def test_an_index_is_followed_to_this_machine_or_to_the_first_linux(architecture: str, chosen: str) -> None:
    data = _index((C, "unknown", "unknown"), (A, "linux", "amd64"), (B, "linux", "arm64"))
    assert read_manifest(data, architecture) == ImageManifest(points_to=chosen)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no layers"),
        (b"{}", "no layers"),
        (b'{"layers": []}', "no layers"),
        (b'{"fsLayers": [{"blobSum": "sha256:1"}], "schemaVersion": 1}', "no layers"),
        (b'{"layers": ["sha256:1"]}', "digest that is none"),
        (b'{"layers": [{"digest": "sha256:../../x"}]}', "digest that is none"),
        (b'{"manifests": []}', "no manifest for Linux"),
        (_index((A, "windows", "amd64")), "no manifest for Linux"),
        (json.dumps({"layers": [{"digest": A}] * 129}).encode(), "129 layers"),
    ],
)
def test_anything_else_is_one_error(data: bytes, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        read_manifest(data, "amd64")
