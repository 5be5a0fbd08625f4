"""Whom a connection to an API server trusts, and the certificate it shows."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from msgspec import Struct

from capyctl.adapters.http_settings import Trust
from capyctl.adapters.http_tls import tls_context
from capyctl.core.repr_without import repr_without


class ServerTrust(Struct, frozen=True, kw_only=True):
    """What a kubeconfig says of a server's certificate.

    Attributes:
        authorities: in PEM; None for those that capyctl trusts everywhere (``--ca-file`` among them).
        server_name: the name that the certificate must have in place of the address's.
        unverified: ``insecure-skip-tls-verify``.
    """

    authorities: str | None = None
    server_name: str | None = None
    unverified: bool = False


class ClientCertificate(Struct, frozen=True, kw_only=True):
    """A certificate and its key, both in PEM."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return repr_without(self, "certificate", "key")


class CertificateError(Exception):
    """Authorities or a client certificate that cannot be used."""


def server_context(server: ServerTrust, trust: Trust, shown: ClientCertificate | None) -> ssl.SSLContext:
    """The TLS context of a connection.

    As in Go, every certificate among the authorities is trusted by itself, an intermediate one too.

    Raises:
        CertificateError: the authorities or the client certificate cannot be used.
        TrustError: what ``trust`` names cannot be read.
    """
    if server.authorities is None and not server.unverified:
        context = tls_context(trust)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(["http/1.1"])
    if server.unverified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif server.authorities is not None:
        _trust(context, server.authorities)
    if shown is not None:
        _show(context, shown)
    return context


def _trust(context: ssl.SSLContext, authorities: str) -> None:
    try:
        context.load_verify_locations(cadata=authorities)
    except (ssl.SSLError, ValueError) as error:
        raise CertificateError("its certificate authorities are not certificates in PEM form") from error
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _show(context: ssl.SSLContext, shown: ClientCertificate) -> None:
    """Load the certificate through files, since OpenSSL takes it no other way; they are gone on return."""
    with tempfile.TemporaryDirectory(prefix="capyctl-") as folder:
        certificate, key = Path(folder, "certificate"), Path(folder, "key")
        for path, content in ((certificate, shown.certificate), (key, shown.key)):
            path.touch(mode=0o600)
            path.write_bytes(content)
        try:
            context.load_cert_chain(certificate, key, password=lambda: b"")
        except (ssl.SSLError, ValueError) as error:
            reason = "the client certificate and its key are no pair in PEM form without a password"
            raise CertificateError(reason) from error
