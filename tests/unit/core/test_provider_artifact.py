"""Artifacts as providers: the version, and the layers by every convention of names (cli.md 7.5)."""

from __future__ import annotations

import json

import pytest

from capyctl.core.location import OciArtifact
from capyctl.core.provider_artifact import ArtifactError, read_artifact, titles
from capyctl.core.repository_url import parse_repository_url

TITLE = "org.opencontainers.image.title"
VERSION = "org.opencontainers.image.version"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def located(label: str = "infrastructure-aws", reference: str = "v2.9.1") -> OciArtifact:
    return OciArtifact(
        host="ghcr.io",
        repository="x",
        reference=reference,
        channel="latest",
        components_file="infrastructure-components.yaml",
        label=label,
    )


def manifest(*names: str, annotations: object = None, **more: object) -> bytes:
    layers = [
        {"mediaType": "x", "digest": digest(index), "size": index, "annotations": {TITLE: name}}
        for index, name in enumerate(names)
    ]
    return json.dumps({"layers": layers, "annotations": annotations, **more}).encode()


@pytest.mark.parametrize(
    ("label", "name"),
    [
        # The operator's own names (its oci_source.go), and clusterctl's spelling of the type.
        ("control-plane-kubeadm", "controlplane-kubeadm-v1.0.0-components.yaml"),
        ("control-plane-kubeadm", "control-plane-kubeadm-v1.0.0-components.yaml"),
        ("control-plane-kubeadm", "controlplane-components.yaml"),
        ("control-plane-kubeadm", "control-plane-components.yaml"),
        ("control-plane-kubeadm", "components.yaml"),
        ("runtime-extension-x", "runtimeextension-x-v1.0.0-components.yaml"),
        ("cluster-api", "core-cluster-api-v1.0.0-components.yaml"),
        ("cluster-api", "core-components.yaml"),
        ("infrastructure-aws", "infrastructure-aws-v1.0.0-components.yaml"),
        ("infrastructure-aws", "infrastructure-components.yaml"),
        ("infrastructure-aws", "components.yaml"),
    ],
)
def test_components_under_every_name(label: str, name: str) -> None:
    location = parse_repository_url("oci://ghcr.io/x:v1.0.0", label).location
    assert isinstance(location, OciArtifact)
    artifact = read_artifact(manifest("README.md", name))
    found = artifact.layer(location, "v1.0.0", location.components_file)
    assert found is not None
    assert (found.title, found.digest, found.size) == (name, digest(1), 1)


@pytest.mark.parametrize("name", ["infrastructure-aws-v1.0.0-metadata.yaml", "metadata.yaml"])
def test_metadata_under_every_name(name: str) -> None:
    found = read_artifact(manifest(name)).layer(located(), "v1.0.0", "metadata.yaml")
    assert found is not None
    assert found.title == name


def test_a_long_name_wins_over_a_short_one() -> None:
    """As in the operator: an artifact may hold several providers."""
    both = ("metadata.yaml", "infrastructure-aws-v1.0.0-metadata.yaml")
    found = read_artifact(manifest(*both)).layer(located(), "v1.0.0", "metadata.yaml")
    assert found is not None
    assert found.title == both[1]


@pytest.mark.parametrize(
    "name", ["infrastructure-aws-v1.0.1-components.yaml", "infrastructure-gcp-v1.0.0-components.yaml"]
)
def test_names_of_another_version_or_provider_do_not_count(name: str) -> None:
    assert read_artifact(manifest(name)).layer(located(), "v1.0.0", "infrastructure-components.yaml") is None


def test_no_name_is_tried_twice() -> None:
    names = titles(located(), "v1.0.0", "infrastructure-components.yaml")
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("annotation", "reference", "version"),
    [
        ("v1.5.2", "stable", "v1.5.2"),
        ("v1.5.2", "v1.5.1", "v1.5.2"),
        (None, "v1.5.2", "v1.5.2"),
        (None, "v1.5.2_k0s.1", "v1.5.2+k0s.1"),
        ("v1.5.2+k0s.1", "v1.5.2_k0s.1", "v1.5.2+k0s.1"),
        (None, "stable", None),
        ("newest", "v1.5.2", None),
        (None, digest(1), None),
        ("v1.5.2", digest(1), "v1.5.2"),
    ],
)
def test_the_version_is_the_annotation_else_the_tag(
    annotation: str | None, reference: str, version: str | None
) -> None:
    annotations = {} if annotation is None else {VERSION: annotation}
    artifact = read_artifact(manifest("metadata.yaml", annotations=annotations))
    assert artifact.version_for(located(reference=reference)) == version


def test_when_it_was_made() -> None:
    created = {"org.opencontainers.image.created": "2026-01-02T03:04:05Z"}
    assert read_artifact(manifest("a", annotations=created)).created == "2026-01-02T03:04:05Z"


def test_two_layers_of_one_name_that_differ() -> None:
    artifact = read_artifact(manifest("metadata.yaml", "metadata.yaml"))
    with pytest.raises(ArtifactError, match="two of its layers"):
        artifact.layer(located(), "v1.0.0", "metadata.yaml")


def test_the_same_layer_twice_is_one() -> None:
    layer = {"digest": digest(1), "size": 1, "annotations": {TITLE: "metadata.yaml"}}
    artifact = read_artifact(json.dumps({"layers": [layer, layer]}).encode())
    assert artifact.layer(located(), "v1.0.0", "metadata.yaml") is not None


_UNTITLED = {"digest": digest(1), "size": 1}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"manifests": []}', "an index"),
        (b"{}", "no layers"),
        (b'{"layers": {}}', "no layers"),
        (json.dumps({"layers": [_UNTITLED] * 1001}).encode(), "no layers, or too many"),
        (json.dumps({"layers": [_UNTITLED]}).encode(), "has a title"),
        (json.dumps({"layers": [{**_UNTITLED, "annotations": {TITLE: 5}}]}).encode(), "has a title"),
        (b'{"layers": [5]}', "a layer that is none"),
        (json.dumps({"layers": [{"digest": "sha512:a", "annotations": {TITLE: "a"}}]}).encode(), "no sha256"),
        (json.dumps({"layers": [{"digest": 5, "annotations": {TITLE: "a"}}]}).encode(), "no sha256"),
        *(
            (
                json.dumps(
                    {"layers": [{"digest": digest(1), "size": size, "annotations": {TITLE: "a"}}]}
                ).encode(),
                "a size",
            )
            for size in (-1, True, "1", None)
        ),
    ],
)
def test_what_is_no_provider(data: bytes, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        read_artifact(data)
