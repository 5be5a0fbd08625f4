"""The operator's ConfigMaps: a provider's two files in one object that it reads in place of a download (A4).

The operator takes the components compressed where both files together exceed 1 MiB; a ConfigMap holds no more.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from msgspec import Struct

from capyctl.core.bundle.block_yaml import Value, block_yaml
from capyctl.core.bundle.fixed_gzip import compressed, is_compressed_form
from capyctl.core.identity import ProviderType, split_manifest_label
from capyctl.core.pattern import pattern

FOLDER: Final = "operator"
LARGEST: Final = 1024 * 1024
"""Bytes of all values of a ConfigMap together; the API server refuses more."""

_GROUP: Final = "provider.cluster.x-k8s.io"
_LABEL_VALUE = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?\Z", re.ASCII)
_NOT_IN_NAME = pattern(r"[^a-z0-9.-]")
_TYPES: Final = {
    ProviderType.CONTROL_PLANE: "controlplane",
    ProviderType.RUNTIME_EXTENSION: "runtimeextension",
}
"""How the operator spells the types that are two words."""

_PLACEHOLDER: Final = "@"


class ConfigMapSource(Struct, frozen=True, kw_only=True):
    """What a ConfigMap is made of; ``label`` is the provider's manifest label."""

    label: str
    version: str
    metadata: bytes
    components: bytes


class NoConfigMapError(ValueError):
    """A release that no ConfigMap can carry; the message is one clause that says why."""


def config_map_path(label: str, version: str) -> str:
    """Where the bundle keeps the ConfigMap of a release."""
    return f"{FOLDER}/{label}-{version}.yaml"


def config_map(source: ConfigMapSource) -> bytes:
    """The ConfigMap as YAML.

    Raises:
        NoConfigMapError: it would be too large, or Kubernetes takes no such label or text.
    """
    metadata, components = _metadata_text(source), _plain_components(source)
    if components is not None:
        return _yaml(source, {"data": {"components": components, "metadata": metadata}})
    packed = compressed(source.components)
    size = len(packed) + len(source.metadata)
    if size > LARGEST:
        raise NoConfigMapError(f"even compressed it has {size} bytes, and a ConfigMap holds {LARGEST}")
    return _compressed_yaml(source, base64.b64encode(packed).decode("ascii"))


def is_config_map_of(found: bytes, source: ConfigMapSource) -> bool:
    """Whether these bytes are the ConfigMap of the release, on whatever zlib it was made.

    Raises:
        NoConfigMapError: Kubernetes takes no such label or text, so there can be none.
    """
    if _plain_components(source) is not None:
        return found == config_map(source)
    begin, end = _compressed_yaml(source, _PLACEHOLDER).split(f'"{_PLACEHOLDER}"'.encode("ascii"), 1)
    if not (found.startswith(begin + b'"') and found.endswith(b'"' + end)):
        return False
    encoded = found[len(begin) + 1 : len(found) - len(end) - 1]
    try:
        packed = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return base64.b64encode(packed) == encoded and is_compressed_form(packed, source.components)


def _metadata_text(source: ConfigMapSource) -> str:
    if not _LABEL_VALUE().match(source.version):
        raise NoConfigMapError(f"Kubernetes takes no label with the value {source.version!r}")
    try:
        return source.metadata.decode("utf-8")
    except UnicodeDecodeError:
        raise NoConfigMapError("its metadata.yaml is not UTF-8") from None


def _plain_components(source: ConfigMapSource) -> str | None:
    """The components as text, or None where they are to be compressed."""
    if len(source.metadata) + len(source.components) > LARGEST:
        return None
    try:
        return source.components.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _compressed_yaml(source: ConfigMapSource, encoded: str) -> bytes:
    payload: dict[str, Value] = {
        "binaryData": {"components": encoded},
        "data": {"metadata": _metadata_text(source)},
    }
    return _yaml(source, payload, {f"{_GROUP}/compressed": "true"})


def _yaml(
    source: ConfigMapSource, payload: dict[str, Value], annotations: dict[str, Value] | None = None
) -> bytes:
    key = split_manifest_label(source.label)
    labels: dict[str, Value] = {
        f"{_GROUP}/name": key.name,
        f"{_GROUP}/type": _TYPES.get(key.type, key.type.name.lower()),
        f"{_GROUP}/version": source.version,
    }
    metadata: dict[str, Value] = {"annotations": annotations} if annotations else {}
    metadata |= {"labels": labels, "name": _object_name(source)}
    document: dict[str, Value] = {"apiVersion": "v1", **payload, "kind": "ConfigMap", "metadata": metadata}
    return block_yaml(document).encode("utf-8")


def _object_name(source: ConfigMapSource) -> str:
    """The name that the operator itself would give it, as Kubernetes takes it."""
    return _NOT_IN_NAME().sub("-", f"{source.label}-{source.version}".lower())
