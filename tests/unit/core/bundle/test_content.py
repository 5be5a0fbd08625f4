"""bundle.json, paths and images."""

from __future__ import annotations

import json

import pytest

from capyctl.core.bundle.content import (
    BundleFile,
    IndexFileError,
    described,
    images_of,
    index_bytes,
    is_plain_path,
    read_index,
    release_path,
)
from tests.plugins.bundle_world import BundleWorld, small_world

_SHA = "a" * 64


def _row(**changes: object) -> dict[str, object]:
    return {"path": "a", "sha256": _SHA, "size": 1, **changes}


def _text(rows: object, **more: object) -> bytes:
    content = {"files": rows, "format": "capyctl-bundle/1", **more}
    return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()


def test_what_is_written_is_read_again_sorted_by_path() -> None:
    files = (described("b", b"2"), described("a/c", b""))
    data = index_bytes(files)
    assert read_index(data) == (files[1], files[0])
    assert json.loads(data)["format"] == "capyctl-bundle/1"
    assert data.endswith(b"}\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "names no format"),
        (b'{"format": 3}', "its format is '3'"),
        (b'{"format": "tar"}', "its format is 'tar'"),
        (_text(None), "no list under 'files'"),
        (_text(["a"]), "exactly path, sha256 and size"),
        (_text([{**_row(), "mode": 0}]), "exactly path, sha256 and size"),
        (_text([_row(path=3)]), "no path of a bundle's file"),
        (_text([_row(path="../a")]), "no path of a bundle's file"),
        (_text([_row(path="bundle.json")]), "no path of a bundle's file"),
        (_text([_row(size=True)]), "not valid"),
        (_text([_row(size=-1)]), "not valid"),
        (_text([_row(sha256=7)]), "not valid"),
        (_text([_row(sha256="A" * 64)]), "not valid"),
        (_text([_row(), _row()]), "lists a path twice"),
        (_text([_row(path="b"), _row()]), "not those that capyctl writes"),
        (_text([_row()], more=1), "not those that capyctl writes"),
        (_text([_row()]) + b"\n", "not those that capyctl writes"),
    ],
)
def test_any_other_text_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(IndexFileError, match=said) as caught:
        read_index(data)
    assert not caught.value.later


def test_a_later_format_is_told_as_one() -> None:
    with pytest.raises(IndexFileError, match="capyctl-bundle/2") as caught:
        read_index(b'{"format": "capyctl-bundle/2"}')
    assert caught.value.later


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a//b",
        "a/",
        ".",
        "..",
        "a/../b",
        ".hidden",
        "a\\b",
        "C:x",
        "a b",
        "a\0b",
        "ä",
        "a/-b",
        "~/a",
        "a:b",
    ],
)
def test_paths_that_could_lead_elsewhere_are_not_plain(path: str) -> None:
    assert not is_plain_path(path)


@pytest.mark.parametrize(
    "path",
    [
        release_path("infrastructure-aws", "v2.9.1+build", "infrastructure-components.yaml"),
        "goproxy/github.com/!open!nebula/cluster-api/v2/@v/list",
        "blobs/sha256/0a",
    ],
)
def test_paths_of_bundles_are_plain(path: str) -> None:
    assert is_plain_path(path)


def test_images_are_those_of_every_release_once_and_node_images_that_exist() -> None:
    world = small_world()
    images = {"quay.io/jetstack/cert-manager-controller:v1.21.1", "registry.example/capa:v2.9.1"}
    images |= {
        "registry.example/capi:v1.10.4",
        "registry.example/kubeadm:v1.10.4",
        "registry.example/mine:v0.1.0",
    }
    assert images_of(world.lock) == tuple(sorted(images))
    node = "kindest/node:v1.33.5"
    assert images_of(world.with_marker(node, None).lock) == tuple(sorted(images))
    assert images_of(world.with_marker(node, f"sha256:{_SHA}").lock) == tuple(sorted({*images, node}))
    assert images_of(BundleWorld().lock) == ()


def test_a_file_is_described_by_size_and_digest() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert described("a", b"") == BundleFile(path="a", size=0, sha256=empty)
