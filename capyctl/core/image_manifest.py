"""Manifests of images as far as their layers go (OCI image specification, and Docker's own before it)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from capyctl.core.pattern import pattern

_DIGEST = pattern(r"sha256:[0-9a-f]{64}\Z")
_MOST_LAYERS: Final = 128
"""More than any builder makes: overlay file systems take no more."""

_MOST_PLATFORMS: Final = 256


class ManifestError(ValueError):
    """A manifest says nothing that can be used; the text says why, in one clause."""


class ImageManifest(Struct, frozen=True, kw_only=True):
    """Either the manifest of one platform with its layers, lowest first, or the digest of such a manifest."""

    layers: tuple[str, ...] = ()
    points_to: str | None = None


def read_manifest(data: bytes, architecture: str) -> ImageManifest:
    """What a manifest says: its layers, or of an index the manifest for Linux on this architecture.

    An index without that architecture is followed to its first manifest for Linux.

    Raises:
        ManifestError: no manifest of an image, or one beyond all bounds.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ManifestError("its manifest is no JSON") from error
    if isinstance(document, Mapping):
        listed, layers = document.get("manifests"), document.get("layers")
        if isinstance(listed, list):
            return ImageManifest(points_to=_chosen(listed[:_MOST_PLATFORMS], architecture))
        if isinstance(layers, list) and layers:
            return ImageManifest(layers=_layers(layers))
    raise ManifestError("its manifest names no layers")


def _chosen(listed: Sequence[object], architecture: str) -> str:
    linux = [each for each in listed if isinstance(each, Mapping) and _platform(each, "os") == "linux"]
    own = [each for each in linux if _platform(each, "architecture") == architecture]
    found = next(iter(own or linux), None)
    if found is None:
        raise ManifestError("its index names no manifest for Linux")
    return _digest(found)


def _platform(entry: Mapping[str, object], key: str) -> object:
    platform = entry.get("platform")
    return platform.get(key) if isinstance(platform, Mapping) else None


def _layers(listed: Sequence[object]) -> tuple[str, ...]:
    if len(listed) > _MOST_LAYERS:
        raise ManifestError(f"its manifest names {len(listed)} layers, more than the {_MOST_LAYERS} accepted")
    return tuple(_digest(each) for each in listed)


def _digest(entry: object) -> str:
    digest = entry.get("digest") if isinstance(entry, Mapping) else None
    if not isinstance(digest, str) or not _DIGEST().match(digest):
        raise ManifestError("its manifest holds a digest that is none")
    return digest
