"""The operator's ConfigMaps, and their check on whatever zlib they were made."""

from __future__ import annotations

import base64
import gzip
import zlib
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from capyctl.core.bundle.config_map import ConfigMapSource, NoConfigMapError, config_map, is_config_map_of
from capyctl.core.bundle.fixed_gzip import (
    HEADER,
    SEALED_SIZE,
    compressed,
    is_compressed_form,
    is_seal_of,
    is_sealed_header,
    sealed_header,
    trailer,
)
from tests.plugins.bundle_world import components, metadata

_MIB = 1024 * 1024
_SMALL = ConfigMapSource(
    label="infrastructure-aws",
    version="v2.9.1",
    metadata=metadata("2.9"),
    components=components("capa", "r.example/c:v1"),
)
_LARGE = replace(_SMALL, components=components("capa", "r.example/c:v1", size=_MIB))


def _object(data: bytes) -> dict[str, Any]:
    loaded = yaml.safe_load(data)
    assert isinstance(loaded, dict)
    return loaded


def test_both_files_stand_under_the_operators_keys_with_the_version_as_label() -> None:
    found = _object(config_map(_SMALL))
    assert (found["apiVersion"], found["kind"]) == ("v1", "ConfigMap")
    assert found["data"] == {"metadata": _SMALL.metadata.decode(), "components": _SMALL.components.decode()}
    assert found["metadata"]["labels"]["provider.cluster.x-k8s.io/version"] == "v2.9.1"
    assert found["metadata"]["name"] == "infrastructure-aws-v2.9.1"
    assert "annotations" not in found["metadata"]
    assert "binaryData" not in found


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("cluster-api", "core"),
        ("control-plane-kubeadm", "controlplane"),
        ("runtime-extension-nutanix", "runtimeextension"),
        ("ipam-in-cluster", "ipam"),
    ],
)
def test_types_are_spelled_as_the_operator_does(label: str, kind: str) -> None:
    labels = _object(config_map(replace(_SMALL, label=label)))["metadata"]["labels"]
    assert labels["provider.cluster.x-k8s.io/type"] == kind


def test_above_a_mebibyte_the_components_are_compressed() -> None:
    edge = _MIB - len(_SMALL.metadata)
    exactly = replace(_SMALL, components=(b"#" * (edge - 1)) + b"\n")
    assert "data" in _object(config_map(exactly))
    for source in (_LARGE, replace(exactly, components=exactly.components + b"\n")):
        found = _object(config_map(source))
        assert found["metadata"]["annotations"] == {"provider.cluster.x-k8s.io/compressed": "true"}
        assert found["data"] == {"metadata": _SMALL.metadata.decode()}
        assert gzip.decompress(base64.b64decode(found["binaryData"]["components"])) == source.components


def test_components_that_are_no_text_are_compressed_too() -> None:
    found = _object(config_map(replace(_SMALL, components=b"\xff\xfe")))
    assert gzip.decompress(base64.b64decode(found["binaryData"]["components"])) == b"\xff\xfe"


def test_what_is_still_too_large_is_refused_with_both_sizes() -> None:
    source = replace(_SMALL, components=components("capa", "r.example/c:v1", noise=3 * _MIB))
    with pytest.raises(
        NoConfigMapError, match=f"even compressed it has [0-9]+ bytes, and a ConfigMap holds {_MIB}"
    ):
        config_map(source)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (replace(_SMALL, version="v1.0.0+build"), "no label with the value"),
        (replace(_SMALL, version="v1.0.0-" + "a" * 60), "no label with the value"),
        (replace(_SMALL, metadata=b"\xff"), "not UTF-8"),
    ],
)
def test_what_kubernetes_does_not_take_is_refused(source: ConfigMapSource, said: str) -> None:
    with pytest.raises(NoConfigMapError, match=said):
        config_map(source)
    with pytest.raises(NoConfigMapError, match=said):
        is_config_map_of(b"", source)


def test_names_are_such_as_kubernetes_takes() -> None:
    assert (
        _object(config_map(replace(_SMALL, version="v1.0.0-RC_1")))["metadata"]["name"]
        == "infrastructure-aws-v1.0.0-rc-1"
    )


@pytest.mark.parametrize("source", [_SMALL, _LARGE])
def test_its_own_bytes_are_recognized_and_others_are_not(source: ConfigMapSource) -> None:
    made = config_map(source)
    assert is_config_map_of(made, source)
    assert not is_config_map_of(made, replace(source, metadata=source.metadata + b"#\n"))
    assert not is_config_map_of(made, replace(source, components=source.components + b"#\n"))
    assert not is_config_map_of(made + b"#\n", source)


def test_another_zlib_may_have_packed_it() -> None:
    packed = base64.b64encode(compressed(_LARGE.components))
    other = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = other.compress(_LARGE.components) + other.flush()
    packed_otherwise = HEADER + body + trailer(zlib.crc32(_LARGE.components), len(_LARGE.components))
    made = config_map(_LARGE)
    assert packed in made
    assert is_config_map_of(made.replace(packed, base64.b64encode(packed_otherwise)), _LARGE)
    assert not is_config_map_of(made.replace(packed, b"!" + packed[1:]), _LARGE)
    assert not is_config_map_of(made.replace(packed, packed[:-4]), _LARGE)
    assert not is_config_map_of(
        made.replace(packed, base64.b64encode(gzip.compress(_LARGE.components))), _LARGE
    )


def test_a_damaged_stream_is_not_the_data() -> None:
    data = b"abc" * 100
    packed = compressed(data)
    assert is_compressed_form(packed, data)
    assert not is_compressed_form(HEADER + b"\xff\xff\xff" + packed[-8:], data)
    assert not is_compressed_form(packed[:-8] + b"junk" + packed[-8:], data)
    assert gzip.decompress(packed) == data


def test_a_sealed_header_is_a_header_of_gzip_with_a_digest_in_it() -> None:
    data = b"abc" * 100
    header = sealed_header(b"d" * 32)
    assert len(header) == SEALED_SIZE
    assert gzip.decompress(header + compressed(data)[len(HEADER) :]) == data
    assert is_sealed_header(header)
    assert not is_sealed_header(compressed(data))
    changed = bytes([header[0], header[1] ^ 1, *header[2:]])
    assert (is_sealed_header(changed), is_seal_of(changed, b"d" * 32)) == (True, False)
    assert is_seal_of(header, b"d" * 32)
    assert not is_seal_of(header, b"e" * 32)
