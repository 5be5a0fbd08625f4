"""Provider references: the table of clusterctl-resolution 1.1, and labels (1.4)."""

from __future__ import annotations

import pytest

from capyctl.core.identity import (
    MalformedReferenceError,
    ProviderKey,
    ProviderType,
    parse_reference,
    split_manifest_label,
)


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("aws", "aws", None),
        ("AWS:v2.7.1", "aws", "v2.7.1"),
        ("PROVIDER:VERSION", "provider", "VERSION"),
        ("aws:2.7.1", "aws", "2.7.1"),
        ("aws:latest", "aws", "latest"),
        ("p:v1.0.0-RC1", "p", "v1.0.0-RC1"),
        ("infrastructure-aws:v2.8.1", "infrastructure-aws", "v2.8.1"),
        ("1a", "1a", None),
        ("a" * 63, "a" * 63, None),
        ("aws:v1 ", "aws", "v1 "),
    ],
)
def test_references(text: str, name: str, version: str | None) -> None:
    reference = parse_reference(text)
    assert (reference.text, reference.name, reference.version, reference.type) == (text, name, version, None)


@pytest.mark.parametrize(
    "text",
    [
        "aws:",
        ":v1",
        ":",
        "a:b:c",
        "aws://v1",
        "",
        "-",
        "a_b",
        "-aws",
        "aws-",
        "a.b",
        "a" * 64,
        "a b",
        "ä",
        "a\n",
        "a\x00b",
        " aws",
    ],
)
def test_malformed_references(text: str) -> None:
    with pytest.raises(MalformedReferenceError) as raised:
        parse_reference(text)
    assert raised.value.text == text
    assert raised.value.reason


@pytest.mark.parametrize("text", ["https://hush@host/x", "//hush@host/x", "https://host/x?sig=hush"])
def test_an_address_is_refused_without_what_may_be_secret(text: str) -> None:
    with pytest.raises(MalformedReferenceError, match="address") as raised:
        parse_reference(text)
    assert raised.value.text.endswith("//host/x")
    assert "hush" not in str(raised.value)


def test_a_flag_gives_the_type() -> None:
    assert parse_reference("kubeadm", ProviderType.BOOTSTRAP).type is ProviderType.BOOTSTRAP


@pytest.mark.parametrize(
    ("provider_type", "name", "label", "flag"),
    [
        (ProviderType.CORE, "cluster-api", "cluster-api", "core"),
        (ProviderType.BOOTSTRAP, "kubeadm", "bootstrap-kubeadm", "bootstrap"),
        (ProviderType.CONTROL_PLANE, "kubeadm", "control-plane-kubeadm", "control-plane"),
        (ProviderType.INFRASTRUCTURE, "aws", "infrastructure-aws", "infrastructure"),
        (ProviderType.IPAM, "nutanix", "ipam-nutanix", "ipam"),
        (ProviderType.RUNTIME_EXTENSION, "nutanix", "runtime-extension-nutanix", "runtime-extension"),
        (ProviderType.ADDON, "helm", "addon-helm", "addon"),
    ],
)
def test_labels_and_flags(provider_type: ProviderType, name: str, label: str, flag: str) -> None:
    key = ProviderKey(type=provider_type, name=name)
    assert key.manifest_label == label
    assert provider_type.flag == flag
    assert split_manifest_label(label) == key


def test_install_order() -> None:
    assert [item.order for item in ProviderType] == [0, 1, 2, 3, 4, 5, 6]
    assert [item.value for item in ProviderType][:3] == [
        "CoreProvider",
        "BootstrapProvider",
        "ControlPlaneProvider",
    ]


def test_a_prefix_alone_is_a_name() -> None:
    assert split_manifest_label("infrastructure-") == ProviderKey(
        type=ProviderType.CORE, name="infrastructure-"
    )


def test_names_are_ordered_by_code_point() -> None:
    keys = [ProviderKey(type=ProviderType.INFRASTRUCTURE, name=name) for name in ("metal3", "metal-stack")]
    assert [key.name for key in sorted(keys, key=lambda key: key.sort_key)] == ["metal-stack", "metal3"]
