"""``kubernetes-version image`` before a real registry, reached under the name that node images have (issue 6.4)."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.oci_registry import MANIFEST, Fault, OciRegistry, digest_of
from tests.plugins.oci_tunnel import Tunnel
from tests.scenario.playing import Played, run_words

NODE = "kindest/node"
NAME = "registry-1.docker.io"
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
CI = "v1.33.0-alpha.1.199+25278540780516"


Look = Callable[..., Played]


@pytest.fixture
def look(oci_registry: OciRegistry, tunnel: Tunnel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HTTPS_PROXY": tunnel.url,
        "NO_PROXY": "127.0.0.1",
        "SSL_CERT_FILE": str(oci_registry.ca_file),
    }

    def run(version: str, *words: str) -> Played:
        return run_words(["kubernetes-version", "image", version, *words, "-o", "json"], environ)

    return run


def layer(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(target.getvalue())


def put_image(registry: OciRegistry, tag: str, *layers: bytes) -> str:
    """An image of these layers behind an index over two platforms, of which the other one is broken."""
    described = [
        {
            "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "digest": registry.put_blob(NODE, data),
            "size": len(data),
        }
        for data in layers
    ]
    config = b'{"os": "linux"}'
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": registry.put_blob(NODE, config),
                "size": len(config),
            },
            "layers": described,
        }
    ).encode()
    own = registry.put_manifest(NODE, "untagged", manifest)
    rows = [
        {
            "mediaType": MANIFEST,
            "digest": own,
            "size": len(manifest),
            "platform": {"os": "linux", "architecture": architecture},
        }
        for architecture in ("amd64", "arm64")
    ]
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}).encode()
    return registry.put_manifest(NODE, tag, index, INDEX)


VERSION = layer({"kind/version": b"v1.34.0\n"})


def result(played: Played) -> dict[str, Any]:
    value = played.document["result"]
    assert isinstance(value, dict)
    return value


def test_an_image_exists_with_the_digest_of_its_index(
    oci_registry: OciRegistry, look: Look, tunnel: Tunnel
) -> None:
    put_image(oci_registry, "v1.34.2", VERSION)
    digest = put_image(oci_registry, "v1.34.0", VERSION)
    played = look("v1.34.0")
    assert (played.status, played.codes()) == (0, set())
    assert result(played) == {
        "version": "v1.34.0",
        "image": "kindest/node:v1.34.0",
        "exists": True,
        "digest": digest,
        "newest": "v1.34.2",
    }
    assert set(tunnel.asked) == {f"{NAME}:443"}
    assert [asked.method for asked in oci_registry.asked if "manifests" in asked.path] == ["HEAD", "HEAD"]


def test_an_absent_image_is_a_problem_and_the_newest_is_named(oci_registry: OciRegistry, look: Look) -> None:
    put_image(oci_registry, "v1.33.4", VERSION)
    played = look(CI)
    assert (played.status, result(played)["exists"], result(played)["newest"]) == (1, False, "v1.33.4")
    assert any("v1.33.0-alpha.1.199_25278540780516" in asked.path for asked in oci_registry.asked)
    assert [item["name"] for item in played.roots] == ["version-never-published"]
    build = next(fix["title"] for fix in played.roots[0]["fixes"] if "kind build" in fix["title"])
    assert "--image kindest/node:v1.33.0-alpha.1.199_25278540780516" in build
    assert CI not in build


def test_a_repository_that_does_not_exist_is_absent_too(look: Look) -> None:
    played = look("v1.34.0")
    assert (played.status, result(played)["exists"], result(played)["newest"]) == (1, False, None)


@pytest.mark.parametrize(
    ("layers", "status", "contains"),
    [
        ((VERSION,), 0, "v1.34.0"),
        ((layer({"kind/version": b"v1.37.0-alpha.0.1+ab"}),), 1, "v1.37.0-alpha.0.1+ab"),
        ((VERSION, layer({"etc/hosts": b""})), 0, "v1.34.0"),
        ((VERSION, layer({"kind/.wh.version": b""})), 3, None),
    ],
)
def test_what_an_image_contains_is_read_from_its_layers(
    oci_registry: OciRegistry, look: Look, layers: tuple[bytes, ...], status: int, contains: str | None
) -> None:
    put_image(oci_registry, "v1.34.0", *layers)
    played = look("v1.34.0", "--inspect")
    assert (played.status, result(played)["contains"]) == (status, contains)


def test_of_a_large_layer_only_the_beginning_is_read(oci_registry: OciRegistry, look: Look) -> None:
    """The file stands near the front of what kind commits; the hundreds of megabytes behind it stay there."""
    noise = os.urandom(24 * 1024 * 1024)
    put_image(oci_registry, "v1.34.0", layer({"kind/version": b"v1.34.0", "var/images": noise}))
    played = look("v1.34.0", "--inspect")
    assert (played.status, result(played)["contains"]) == (0, "v1.34.0")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(status=503), 3),
        (Fault(status=429, headers={"Retry-After": "60"}), 3),
        (Fault(status=500), 3),
    ],
)
def test_a_registry_that_fails_leaves_it_open(
    oci_registry: OciRegistry, look: Look, fault: Fault, status: int
) -> None:
    put_image(oci_registry, "v1.34.0", VERSION)
    oci_registry.misbehave(lambda _: fault)
    played = look("v1.34.0")
    assert (played.status, result(played)["exists"], result(played)["digest"]) == (status, None, None)
    assert "GITHUB" not in played.stdout


def test_a_list_that_fails_leaves_the_image_judged(oci_registry: OciRegistry, look: Look) -> None:
    digest = put_image(oci_registry, "v1.34.0", VERSION)
    oci_registry.misbehave(lambda asked: Fault(status=404) if "tags/list" in asked.path else None)
    played = look("v1.34.0")
    assert (played.status, result(played)["digest"], result(played)["newest"]) == (0, digest, None)
    assert [item["name"] for item in played.roots] == ["newest-image-unknown"]


def test_a_manifest_with_other_bytes_than_its_digest_is_not_looked_into(
    oci_registry: OciRegistry, look: Look
) -> None:
    put_image(oci_registry, "v1.34.0", VERSION)
    forged = json.dumps({"layers": [{"digest": digest_of(b"x")}]}).encode()
    oci_registry.misbehave(
        lambda asked: Fault(body=forged) if asked.method == "GET" and "manifests" in asked.path else None
    )
    played = look("v1.34.0", "--inspect")
    assert played.status in (1, 3)
    assert (result(played)["exists"], result(played)["contains"]) == (True, None)


def test_a_layer_that_is_cut_short_gives_no_verdict(oci_registry: OciRegistry, look: Look) -> None:
    put_image(oci_registry, "v1.34.0", layer({"a": os.urandom(100_000), "kind/version": b"v1.34.0"}))
    oci_registry.misbehave(lambda asked: Fault(cut=True) if "blobs" in asked.path else None)
    played = look("v1.34.0", "--inspect")
    assert (played.status, result(played)["contains"]) == (3, None)


def test_a_digest_that_changes_between_two_runs_is_told(oci_registry: OciRegistry, look: Look) -> None:
    first = put_image(oci_registry, "v1.34.0", VERSION)
    assert look("v1.34.0").codes() == set()
    second = put_image(oci_registry, "v1.34.0", VERSION, layer({"etc/new": b"1"}))
    played = look("v1.34.0")
    (item,) = played.document["diagnostics"]
    assert (played.status, item["name"], item["severity"]) == (0, "node-image-changed", "warning")
    assert first in item["detail"]
    assert second in item["detail"]
