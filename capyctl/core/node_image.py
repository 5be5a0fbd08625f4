"""Node images of kind: which one a version of Kubernetes has, and whether it has one at all (cli.md 7.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from capyctl.core.kubernetes_version import KubernetesMinor
from capyctl.core.pattern import pattern
from capyctl.core.release_marker import ReleaseVersion, parse_release_version

REGISTRY: Final = "registry-1.docker.io"
"""The registry's API behind names without a host, as container tools read them."""

REPOSITORY: Final = "kindest/node"
VERSION_FILE: Final = "kind/version"
"""The file in which an image says which version was built into it, below the image's root."""

VERSION_FILE_LIMIT: Final = 4096
"""Bytes; the file holds one version."""

_FOREIGN = pattern(r"[^-a-zA-Z0-9_.]", re.ASCII)


class RecordedImage(Struct, frozen=True, kw_only=True):
    """A node image as it was recorded earlier.

    Attributes:
        digest: ``sha256:…`` as it was then. seen_at: RFC 3339 time. where: who recorded it, in words.
    """

    digest: str
    seen_at: str
    where: str


def image_tag(version: str) -> str:
    """The tag of a version: every character that no tag may hold becomes ``_`` (clusterctl-resolution 12.3)."""
    return _FOREIGN().sub("_", version)


def node_image(version: str) -> str:
    """The node image of a version, such as ``kindest/node:v1.33.0-alpha.1.199_25278540780516``."""
    return f"{REPOSITORY}:{image_tag(version)}"


def is_ever_published(version: ReleaseVersion) -> bool:
    """Whether images of such a version are published at all; of builds between releases none are (F67, F69)."""
    return version.build is None


def newest_with_image(tags: Iterable[str], minor: KubernetesMinor) -> str | None:
    """The highest stable version of a minor release that is among the tags; None where none is."""
    stable = _stable(tags, minor)
    return max(stable, key=lambda each: each.patch).text if stable else None


def nearest_with_image(tags: Iterable[str], version: ReleaseVersion) -> str | None:
    """The stable version of the same minor release that is nearest, of two the later; None where none is."""
    stable = _stable(tags, version.minor)
    if not stable:
        return None
    return min(stable, key=lambda each: (abs(each.patch - version.patch), -each.patch)).text


def _stable(tags: Iterable[str], minor: KubernetesMinor) -> list[ReleaseVersion]:
    versions = (parse_release_version(tag) for tag in tags)
    return [each for each in versions if each is not None and each.is_stable and each.minor == minor]


def stated_version(data: bytes) -> str | None:
    """The version that an image's version file states; None where the file holds something else."""
    try:
        text = data.decode("ascii").strip(" \t\r\n")
    except UnicodeDecodeError:
        return None
    return text if parse_release_version(text) is not None else None
