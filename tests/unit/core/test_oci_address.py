"""Addresses of OCI artifacts (cli.md 7.5; names as the OCI distribution specification has them)."""

from __future__ import annotations

import pytest

from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.local_path import LocalRules
from capyctl.core.location import OciArtifact
from capyctl.core.oci_address import OciAddressError, parse_oci_address, parse_oci_prefix
from capyctl.core.provider_entry import TableEntry
from capyctl.core.provider_stanza import ProviderStanza, entry_from_stanza
from capyctl.core.repository_url import parse_repository_url

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "host", "repository", "reference"),
    [
        ("oci://ghcr.io/capi/k0smotron:v1.5.2", "ghcr.io", "capi/k0smotron", "v1.5.2"),
        (f"oci://ghcr.io/capi/k0smotron@{DIGEST}", "ghcr.io", "capi/k0smotron", DIGEST),
        ("oci://localhost:5000/x:v1", "localhost:5000", "x", "v1"),
        ("oci://127.0.0.1:1/x:_", "127.0.0.1:1", "x", "_"),
        ("oci://[::1]:5000/a/b/c:1.2", "[::1]:5000", "a/b/c", "1.2"),
        ("OCI://Registry.Example.com/a__b/c--d/e.f:V1", "registry.example.com", "a__b/c--d/e.f", "V1"),
    ],
)
def test_an_address_is_read(text: str, host: str, repository: str, reference: str) -> None:
    address = parse_oci_address(text)
    assert (address.host, address.repository, address.reference) == (host, repository, reference)
    assert address.is_digest is reference.startswith("sha256:")
    assert parse_oci_address(address.text) == address


@pytest.mark.parametrize(
    ("text", "words", "rewritten"),
    [
        ("https://ghcr.io/a:v1", "does not begin with oci://", None),
        ("oci://ghcr.io", "names no repository", None),
        ("oci://ghcr.io/", "names no repository", None),
        ("oci:///a:v1", "names no host", None),
        ("oci://ghcr.io:0/a:v1", "names no host", None),
        ("oci://ghcr.io:70000/a:v1", "names no host", None),
        ("oci://anna:secret@ghcr.io/a:v1", "carries a credential", None),
        ("oci://ghcr.io/a", "neither a tag nor a digest", None),
        ("oci://ghcr.io/a:", "no tag", None),
        ("oci://ghcr.io/a:v1.0.0+k0s.1", "no tag", "oci://ghcr.io/a:v1.0.0_k0s.1"),
        ("oci://ghcr.io/a:v1:v2", "no tag", None),
        ("oci://ghcr.io/a@sha256:12", "no digest", None),
        (f"oci://ghcr.io/a@{DIGEST.upper()}", "no digest", None),
        (f"oci://ghcr.io/a:v1@{DIGEST}", "a tag and a digest", f"oci://ghcr.io/a@{DIGEST}"),
        ("oci://ghcr.io/A/b:v1", "small letters", "oci://ghcr.io/a/b:v1"),
        ("oci://ghcr.io//a/:v1", "small letters", "oci://ghcr.io/a:v1"),
        ("oci://ghcr.io/a..b:v1", "small letters", None),
        (f"oci://ghcr.io/{'a' * 256}:v1", "small letters", None),
        ("oci://ghcr.io/../a:v1", "small letters", None),
    ],
)
def test_another_form_is_told_and_mended_where_it_can_be(
    text: str, words: str, rewritten: str | None
) -> None:
    with pytest.raises(OciAddressError, match=words) as caught:
        parse_oci_address(text)
    assert caught.value.rewritten == rewritten
    assert "secret" not in str(caught.value)


def test_a_prefix_is_read() -> None:
    prefix = parse_oci_prefix("oci://ghcr.io/mirror/capi/")
    assert (prefix.host, prefix.repository, prefix.reference) == ("ghcr.io", "mirror/capi", None)
    assert not prefix.is_digest
    assert prefix.text == "oci://ghcr.io/mirror/capi"


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("oci://ghcr.io/mirror:v1", "oci://ghcr.io/mirror"),
        (f"oci://ghcr.io/mirror@{DIGEST}", "oci://ghcr.io/mirror"),
        ("oci://ghcr.io/Mirror", "oci://ghcr.io/mirror"),
        ("ghcr.io/mirror", None),
        ("oci://ghcr.io", None),
    ],
)
def test_another_prefix_is_told(text: str, rewritten: str | None) -> None:
    with pytest.raises(OciAddressError) as caught:
        parse_oci_prefix(text)
    assert caught.value.rewritten == rewritten


@pytest.mark.parametrize(
    ("label", "file"),
    [
        ("cluster-api", "core-components.yaml"),
        ("control-plane-kubeadm", "control-plane-components.yaml"),
        ("runtime-extension-x", "runtime-extension-components.yaml"),
        ("infrastructure-aws", "infrastructure-components.yaml"),
        ("cert-manager", "cert-manager.yaml"),
    ],
)
@pytest.mark.parametrize("kind", [None, "oci"])
def test_an_address_is_a_location(label: str, file: str, kind: str | None) -> None:
    parsed = parse_repository_url("oci://ghcr.io/capi/x:v1.0.0", label, kind)
    assert parsed.location == OciArtifact(
        host="ghcr.io",
        repository="capi/x",
        reference="v1.0.0",
        channel="latest",
        components_file=file,
        label=label,
    )
    assert parsed.location.address == "oci://ghcr.io/capi/x:v1.0.0"


def test_a_location_by_digest_shows_its_address() -> None:
    parsed = parse_repository_url(f"oci://ghcr.io/x@{DIGEST}", "cluster-api")
    assert isinstance(parsed.location, OciArtifact)
    assert parsed.location.address == f"oci://ghcr.io/x@{DIGEST}"


@pytest.mark.parametrize(
    ("url", "kind"),
    [("oci://ghcr.io/x", None), ("https://ghcr.io/x:v1", "oci"), ("oci://ghcr.io/x:v1", "https")],
)
def test_a_location_of_another_form_is_an_error(url: str, kind: str | None) -> None:
    parsed = parse_repository_url(url, "cluster-api", kind)
    assert parsed.error is not None
    assert parsed.error.code.code == "CAPY0118"
    assert "oci" in parsed.error.detail


def _entry(url: str) -> TableEntry:
    stanza = ProviderStanza(name="acme", type="InfrastructureProvider", url=url, origin="a.yaml")
    entry = entry_from_stanza(stanza, LocalRules(), lambda _: None)
    assert isinstance(entry, TableEntry)
    return entry


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("oci://ghcr.io/A:v1", "write url: oci://ghcr.io/a:v1"),
        ("oci://ghcr.io/a", "write the address as oci://HOST/REPOSITORY:TAG"),
    ],
)
def test_an_entry_of_another_form_names_the_right_one(url: str, title: str) -> None:
    entry = _entry(url)
    assert entry.error is not None
    assert entry.error.fixes[0].title.startswith(title)


def test_an_entry_of_the_right_form_is_of_the_kind() -> None:
    entry = _entry("oci://ghcr.io/a:v1")
    assert entry.error is None
    assert entry.repository_kind == "oci"
    assert entry.key == ProviderKey(type=ProviderType.INFRASTRUCTURE, name="acme")
