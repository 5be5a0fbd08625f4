"""One small file out of an image in a registry: last layer first, nothing unpacked, nothing run (F68)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.image_manifest import ImageManifest, ManifestError, read_manifest
from capyctl.core.tar_stream import LayerError, LayerLimits, find_in_layer
from capyctl.ports.registry import ArtifactReference, Registry

MOST_SENT: Final = 2 * 1024**3
"""Bytes that are read of all layers of one image."""


class WantedFile(Struct, frozen=True, kw_only=True):
    """A file inside an image: its path below the root, the most bytes it may have, the image's architecture."""

    path: str
    limit: int
    architecture: str


class ImageUnreadError(Exception):
    """An image cannot be looked into; ``reason`` says why in one clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_image_file(registry: Registry, image: ArtifactReference, wanted: WantedFile) -> bytes | None:
    """The file as a container of this image would see it; None where the image has none.

    Raises:
        ImageUnreadError: the image's manifest or one of its layers cannot be read.
        FetchError: as the registry raises it.
    """
    try:
        return _found(registry, image, wanted)
    except (LayerError, ManifestError) as error:
        raise ImageUnreadError(str(error)) from error


def _found(registry: Registry, image: ArtifactReference, wanted: WantedFile) -> bytes | None:
    budget = _Budget(MOST_SENT)
    limits = LayerLimits(file=wanted.limit)
    for layer in reversed(_manifest(registry, image, wanted.architecture).layers):
        with registry.stream(replace(image, reference=layer)) as chunks:
            finding = find_in_layer(budget.spent_on(chunks), wanted.path, limits)
        if finding.content is not None or finding.hides:
            return finding.content
    return None


def _manifest(registry: Registry, image: ArtifactReference, architecture: str) -> ImageManifest:
    first = read_manifest(registry.manifest(image).value.data, architecture)
    if first.points_to is None:
        return first
    own = replace(image, reference=first.points_to)
    second = read_manifest(registry.manifest(own).value.data, architecture)
    if second.points_to is not None:
        raise ManifestError("its index leads to another index")
    return second


class _Budget:
    """How much may still be read of one image."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spent_on(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, as long as the budget lasts.

        Raises:
            LayerError: it is used up.
        """
        for chunk in chunks:
            self._left -= len(chunk)
            if self._left < 0:
                raise LayerError(f"its layers are larger than {MOST_SENT} bytes together")
            yield chunk
