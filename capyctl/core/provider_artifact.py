"""A provider as an OCI artifact: which version it is, and which of its layers is which file (cli.md 7.5).

The names are those that the operator reads and that its users push: long ones with type, name and version, and
short ones; the operator writes ``controlplane`` where clusterctl writes ``control-plane``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from capyctl.core.identity import split_manifest_label
from capyctl.core.location import OciArtifact
from capyctl.core.metadata import METADATA
from capyctl.core.pattern import pattern
from capyctl.core.version import parse_version

_COMPONENTS = "components.yaml"
_TITLE = "org.opencontainers.image.title"
_VERSION = "org.opencontainers.image.version"
_CREATED = "org.opencontainers.image.created"
_DIGEST = pattern(r"sha256:[0-9a-f]{64}\Z", re.ASCII)
_MOST_LAYERS = 1_000


class ArtifactError(ValueError):
    """A manifest that is no provider's; the text says why, in one clause."""


class Layer(Struct, frozen=True, kw_only=True):
    """A file: its title, its digest (``sha256:…``) and its size in bytes."""

    title: str
    digest: str
    size: int


class ProviderArtifact(Struct, frozen=True, kw_only=True):
    """What a manifest says.

    Attributes:
        version: of the annotation, or None. created: RFC 3339 of the annotation, or None.
        layers: those with a title, in their order.
    """

    version: str | None
    created: str | None
    layers: tuple[Layer, ...]

    def version_for(self, location: OciArtifact) -> str | None:
        """The version: the annotation, else the tag, in which ``_`` may stand for ``+``; None where neither is one."""
        tag = "" if ":" in location.reference else location.reference
        spellings = (self.version or "", *((tag, tag.replace("_", "+")) if not self.version else ()))
        return next((each for each in spellings if parse_version(each) is not None), None)

    def layer(self, location: OciArtifact, version: str, name: str) -> Layer | None:
        """The layer that holds a file, by the first of its names that one has.

        Raises:
            ArtifactError: two layers of that name differ.
        """
        for title in titles(location, version, name):
            found = {each.digest: each for each in self.layers if each.title == title}
            if len(found) > 1:
                raise ArtifactError(f"two of its layers have the title {title} and differ")
            if found:
                return next(iter(found.values()))
        return None


def titles(location: OciArtifact, version: str, name: str) -> tuple[str, ...]:
    """The titles under which a file may be found, the most telling first."""
    key = split_manifest_label(location.label)
    types = tuple(dict.fromkeys((key.type.flag, key.type.flag.replace("-", ""))))
    kind = METADATA if name == METADATA else _COMPONENTS
    long = [f"{each}-{key.name}-{version}-{kind}" for each in types]
    if name == METADATA:
        return (*long, METADATA)
    typed = [f"{each}-{_COMPONENTS}" for each in types]
    return tuple(dict.fromkeys((*long, name, *typed, _COMPONENTS)))


def read_artifact(data: bytes) -> ProviderArtifact:
    """What the bytes of a manifest say.

    Raises:
        ArtifactError: it is an index, or no manifest with layers.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArtifactError("its manifest is no JSON") from error
    if not isinstance(document, Mapping):
        raise ArtifactError("its manifest is no JSON object")
    if isinstance(document.get("manifests"), list):
        raise ArtifactError("it is an index of several manifests, such as an image for several platforms")
    listed = document.get("layers")
    if not isinstance(listed, list) or len(listed) > _MOST_LAYERS:
        raise ArtifactError("its manifest names no layers, or too many")
    layers = _layers(listed)
    if not layers:
        raise ArtifactError(f"none of its layers has a title ({_TITLE})")
    annotations = document.get("annotations")
    return ProviderArtifact(
        version=_text(annotations, _VERSION), created=_text(annotations, _CREATED), layers=layers
    )


def _layers(listed: Sequence[object]) -> tuple[Layer, ...]:
    found = []
    for each in listed:
        if not isinstance(each, Mapping):
            raise ArtifactError("its manifest holds a layer that is none")
        title, digest, size = _text(each.get("annotations"), _TITLE), each.get("digest"), each.get("size")
        if title is None:
            continue
        if not isinstance(digest, str) or not _DIGEST().match(digest):
            raise ArtifactError("its manifest holds a digest that is no sha256")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise ArtifactError("its manifest holds a size that is none")
        found.append(Layer(title=title, digest=digest, size=size))
    return tuple(found)


def _text(annotations: object, name: str) -> str | None:
    value = annotations.get(name) if isinstance(annotations, Mapping) else None
    return value if isinstance(value, str) and value else None
