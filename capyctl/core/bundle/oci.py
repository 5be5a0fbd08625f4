"""The OCI part of a bundle: one artifact for each provider, as the operator and ``oras`` read it (cli.md 7.5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from capyctl.core.bundle.release import Release
from capyctl.core.metadata import METADATA

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
LAYOUT: Final = "oci-layout"
LAYOUT_INDEX: Final = "index.json"
COMPONENTS: Final = "components.yaml"
"""The title under which the operator finds the components of any provider."""

_ARTIFACT_TYPE: Final = "application/vnd.capyctl.provider.v1"
_LAYER_TYPE: Final = "application/yaml"
_EMPTY: Final = b"{}"
_VERSION: Final = "org.opencontainers.image.version"
_TITLE: Final = "org.opencontainers.image.title"
_NAME: Final = "org.opencontainers.image.ref.name"


class Artifact(Struct, frozen=True, kw_only=True):
    """A provider's artifact.

    Attributes:
        label: the provider's manifest label, the last part of its repository. version: as published.
        tag: the version as a registry takes it. manifest: the bytes that ``digest`` (``sha256:…``) stands for.
        blobs: digests of everything that the manifest names, each once.
    """

    label: str
    version: str
    tag: str
    manifest: bytes
    digest: str
    blobs: tuple[str, ...]


def artifact_of(release: Release) -> Artifact:
    """The artifact of a release: its files as they are, the components under both their names."""
    layers = [_layer(release, name, name) for name in sorted(release.files)]
    if release.components is not None and COMPONENTS not in release.files:
        layers.append(_layer(release, release.components, COMPONENTS))
    layers.sort(key=lambda layer: (layer["annotations"] != {_TITLE: METADATA}, str(layer["annotations"])))
    config = _descriptor("application/vnd.oci.empty.v1+json", _EMPTY)
    manifest = _canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "artifactType": _ARTIFACT_TYPE,
            "config": config,
            "layers": layers,
            "annotations": {_VERSION: release.version},
        }
    )
    digests = [str(each["digest"]) for each in (config, *layers)]
    return Artifact(
        label=release.label,
        version=release.version,
        tag=release.version.replace("+", "_"),
        manifest=manifest,
        digest=_digest(manifest),
        blobs=tuple(dict.fromkeys(digests)),
    )


def layout_files(artifacts: Iterable[Artifact]) -> dict[str, bytes]:
    """What the layout consists of besides the release files: its two files, the manifests, the empty config."""
    listed = list(artifacts)
    manifests = [
        {
            **_descriptor(MANIFEST_TYPE, each.manifest),
            "artifactType": _ARTIFACT_TYPE,
            "annotations": {_VERSION: each.version, _NAME: f"{each.label}-{each.tag}"},
        }
        for each in listed
    ]
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests}
    blobs = [_EMPTY] if listed else []
    return {
        LAYOUT: _canonical({"imageLayoutVersion": "1.0.0"}),
        LAYOUT_INDEX: _canonical(index),
        **{blob_path(_digest(data)): data for data in (*blobs, *(each.manifest for each in listed))},
    }


def blob_path(digest: str) -> str:
    """Where the layout keeps the bytes of a digest ``sha256:…``."""
    return f"blobs/{digest.replace(':', '/', 1)}"


def _layer(release: Release, name: str, title: str) -> dict[str, object]:
    file = release.files[name]
    return {
        "mediaType": _LAYER_TYPE,
        "digest": f"sha256:{file.sha256}",
        "size": file.size,
        "annotations": {_TITLE: title},
    }


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _canonical(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")
