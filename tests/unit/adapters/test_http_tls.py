"""Whom a run trusts (libraries 3.3) and how a proxy's address is read."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from capyctl.adapters.http_settings import Trust
from capyctl.adapters.http_tls import TrustError, is_hashed_directory, tls_context
from capyctl.adapters.http_tunnel import Proxy, ProxyAddressError, parse_proxy


@pytest.fixture
def authority(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    trustme.CA(organization_name="Test Authority").cert_pem.write_to_path(str(path))
    return str(path)


def names(context: ssl.SSLContext) -> list[str]:
    return [str(certificate["subject"]) for certificate in context.get_ca_certs()]


def test_the_context_verifies() -> None:
    context = tls_context(Trust())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("source", ["ca_file", "cert_file"])
def test_a_configured_file_is_trusted_besides_the_system(authority: str, source: str) -> None:
    before = tls_context(Trust()).cert_store_stats()["x509_ca"]
    context = tls_context(Trust(**{source: authority}))
    assert any("Test Authority" in name for name in names(context))
    assert context.cert_store_stats()["x509_ca"] == before + 1


@pytest.mark.parametrize("trust", [Trust(ca_file="/no/such.pem"), Trust(cert_dir="/no/such/folder")])
def test_what_cannot_be_read_is_named(trust: Trust) -> None:
    with pytest.raises(TrustError) as caught:
        tls_context(trust)
    assert caught.value.path.startswith("/no/such")


def test_a_file_without_certificates(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a certificate")
    with pytest.raises(TrustError):
        tls_context(Trust(ca_file=str(path)))


def test_hashed_directories_are_told_by_their_names(tmp_path: Path) -> None:
    assert not is_hashed_directory(str(tmp_path))
    (tmp_path / "ca-certificates.crt").touch()
    assert not is_hashed_directory(str(tmp_path))
    (tmp_path / "1a2b3c4d.0").touch()
    assert is_hashed_directory(str(tmp_path))
    assert not is_hashed_directory(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("http://proxy.corp:3128", Proxy(scheme="http", host="proxy.corp", port=3128)),
        ("proxy.corp:3128", Proxy(scheme="http", host="proxy.corp", port=3128)),
        ("http://proxy.corp", Proxy(scheme="http", host="proxy.corp", port=80)),
        ("https://proxy.corp/", Proxy(scheme="https", host="proxy.corp", port=443)),
        ("http://[::1]:8080", Proxy(scheme="http", host="::1", port=8080)),
        ("http://a%40b:c@h:1", Proxy(scheme="http", host="h", port=1, authorization="Basic YUBiOmM=")),
        ("http://a@h:1", Proxy(scheme="http", host="h", port=1, authorization="Basic YTo=")),
    ],
)
def test_proxy_addresses(address: str, proxy: Proxy) -> None:
    assert parse_proxy(address) == proxy


@pytest.mark.parametrize("address", ["socks5://u:hidden@h:1", "http://", "http://h:port"])
def test_proxy_addresses_that_cannot_be_used(address: str) -> None:
    with pytest.raises(ProxyAddressError) as caught:
        parse_proxy(address)
    assert "hidden" not in str(caught.value)


def test_the_proxys_credential_is_in_no_repr() -> None:
    assert "YTpi" not in repr(parse_proxy("http://a:b@h:1"))
