"""Tags of node images, and which versions have one (clusterctl-resolution 12.3, F67-F69)."""

from __future__ import annotations

import pytest

from capyctl.core.kubernetes_version import KubernetesMinor
from capyctl.core.node_image import (
    image_tag,
    is_ever_published,
    nearest_with_image,
    newest_with_image,
    node_image,
    stated_version,
)
from capyctl.core.release_marker import ReleaseVersion, parse_release_version


def version(text: str) -> ReleaseVersion:
    found = parse_release_version(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("v1.33.0-alpha.1.199+25278540780516", "v1.33.0-alpha.1.199_25278540780516"),
        ("v1.34.8-3+e66083b7550773", "v1.34.8-3_e66083b7550773"),
        ("v1.31.0", "v1.31.0"),
        ("v1.0.0-ä~/ :@", "v1.0.0-______"),
    ],
)
def test_foreign_characters_of_a_version_become_underscores(text: str, tag: str) -> None:
    assert image_tag(text) == tag
    assert node_image(text) == f"kindest/node:{tag}"


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("v1.31.0", True),
        ("v1.33.0-alpha.1", True),
        ("v1.33.0-rc.0", True),
        ("v1.30.0-alpha.1.154+73f19e4c0162a2", False),
        ("v1.34.8-3+e66083b7550773", False),
    ],
)
def test_builds_between_releases_are_never_published(text: str, published: bool) -> None:
    assert is_ever_published(version(text)) is published


def test_the_newest_is_the_highest_stable_version_of_the_minor_by_number() -> None:
    tags = [
        "v1.33.2",
        "v1.33.10",
        "v1.33.9",
        "v1.33.11-rc.1",
        "v1.34.0",
        "latest",
        "v1.33",
        "1.33.99",
        "v1.33.12_abc",
    ]
    assert newest_with_image(tags, KubernetesMinor(1, 33)) == "v1.33.10"
    assert newest_with_image(tags, KubernetesMinor(1, 32)) is None


@pytest.mark.parametrize(
    ("data", "stated"),
    [
        (b"v1.34.0\n", "v1.34.0"),
        (b"v1.37.0-alpha.0.12+abcdef", "v1.37.0-alpha.0.12+abcdef"),
        (b"", None),
        (b"1.34.0\n", None),
        (b"v1.34.0\nv1.34.1\n", None),
        (b"\xff\xfe", None),
    ],
)
def test_a_version_file_states_one_version_or_none(data: bytes, stated: str | None) -> None:
    assert stated_version(data) == stated


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("v1.27.4", "v1.27.3"), ("v1.27.2", "v1.27.3"), ("v1.27.8", "v1.27.9"), ("v1.27.99", "v1.27.9")],
)
def test_the_nearest_is_the_one_with_the_closest_patch_and_of_two_the_later(text: str, nearest: str) -> None:
    tags = ["v1.27.1", "v1.27.3", "v1.27.9", "v1.27.6-rc.1", "v1.26.4", "v1.27.7"]
    assert nearest_with_image(tags, version(text)) == nearest
    assert nearest_with_image(["v1.26.4"], version(text)) is None
