"""Whom this run trusts: one TLS context a process (libraries 3.3)."""

from __future__ import annotations

import importlib.util
import os
import ssl
import sys
from pathlib import Path

from capyctl.adapters.http_settings import Trust
from capyctl.core.pattern import pattern

_HASHED_NAME = pattern(r"[0-9a-f]{8}\.\d+\Z")
_SYSTEM_DIRECTORIES = (
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted/pem/directory-hash",
)
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


class TrustError(Exception):
    """A file or folder of certificate authorities that cannot be used.

    Attributes:
        path: as configured. reason: what is wrong with it.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def tls_context(trust: Trust) -> ssl.SSLContext:
    """A verifying client context: the system's authorities and those of ``trust``.

    A hashed folder is read per handshake and costs nothing here, where a bundle costs 30 ms, so a bundle
    that the folder repeats is left out.

    Raises:
        TrustError: a configured file or folder cannot be read or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    hashed = load_system_roots(context)
    for path in _configured_files(trust):
        if not (hashed and _is_system_bundle(path)):
            _load(context, path, folder=False)
    for path in (trust.cert_dir or "").split(os.pathsep):
        if path and path not in hashed:
            _load(context, path, folder=True)
    return context


def load_system_roots(context: ssl.SSLContext) -> tuple[str, ...]:
    """Load the system's authorities; the hashed folder that was used, if one was."""
    if sys.platform == "win32":
        context.load_default_certs()
        return ()
    paths = ssl.get_default_verify_paths()
    for folder in (paths.openssl_capath, *_SYSTEM_DIRECTORIES):
        if is_hashed_directory(folder):
            context.load_verify_locations(capath=folder)
            return (folder, os.path.realpath(folder))
    bundle = next((path for path in (paths.openssl_cafile, *_SYSTEM_BUNDLES) if Path(path).is_file()), None)
    if bundle is None:
        bundle = _certifi_bundle()
    if bundle is not None:
        _load(context, bundle, folder=False)
    return ()


def is_hashed_directory(path: str) -> bool:
    """Whether a folder holds names such as ``1a2b3c4d.0``, which OpenSSL looks up by itself."""
    try:
        with os.scandir(path) as entries:
            return any(_HASHED_NAME().match(entry.name) for entry in entries)
    except OSError:
        return False


def _configured_files(trust: Trust) -> list[str]:
    return [path for path in (trust.cert_file, trust.ca_file) if path]


def _is_system_bundle(path: str) -> bool:
    known = {os.path.realpath(bundle) for bundle in _SYSTEM_BUNDLES}
    return os.path.realpath(path) in known


def _load(context: ssl.SSLContext, path: str, *, folder: bool) -> None:
    if folder and not Path(path).is_dir():
        raise TrustError(path, "the folder of certificate authorities does not exist")
    try:
        if folder:
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise TrustError(path, "the file holds no usable certificate in PEM form") from error
    except OSError as error:
        raise TrustError(path, f"it cannot be read ({error.strerror or 'unknown reason'})") from error


def _certifi_bundle() -> str | None:
    """Certifi's bundle where another package brought it; capyctl itself does not depend on it."""
    spec = importlib.util.find_spec("certifi")
    if spec is None or spec.origin is None:
        return None
    bundle = Path(spec.origin).with_name("cacert.pem")
    return str(bundle) if bundle.is_file() else None
