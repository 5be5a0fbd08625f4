"""The user of a kubeconfig: where each request's credential comes from, and when it is read anew."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct, field

from capyctl.adapters.kubernetes_exec import Credential, CredentialError, CredentialPlugin
from capyctl.adapters.kubernetes_masking import basic, plain_value, values_of_user
from capyctl.adapters.kubernetes_tls import ClientCertificate
from capyctl.core.api_object import text_at
from capyctl.core.repr_without import repr_without
from capyctl.ports.clock import Clock

_EARLY = timedelta(seconds=30)
"""A credential is renewed this long before it expires."""


class ClusterUser(Struct, kw_only=True):
    """Gives the credential of the moment; safe to use from several threads.

    Attributes:
        section: ``user`` of the kubeconfig. folder: of that kubeconfig.
        plugin: its ``exec`` section, or None.
    """

    section: Mapping[str, object]
    folder: str
    clock: Clock
    plugin: CredentialPlugin | None = None
    _held: Credential | None = None
    _shown: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __repr__(self) -> str:
        return repr_without(self, "section", "_held", "_shown", "_lock")

    def credential(self) -> Credential:
        """What to show now.

        Raises:
            CredentialError: a file cannot be read, or the plugin gives nothing.
        """
        with self._lock:
            if self._held is None or self._is_old(self._held):
                self._held = self._read()
            return self._held

    def refused(self, shown: Credential) -> bool:
        """The server did not accept a credential; whether another one can be had now.

        Raises:
            CredentialError: as for ``credential``.
        """
        with self._lock:
            if self._held is not shown:
                return True
            if self.plugin is None and not text_at(self.section, "tokenFile"):
                return False
            fresh = self._read()
            self._held, changed = fresh, fresh != shown
            return changed

    def secrets(self) -> set[str]:
        """What must not be printed: of the kubeconfig, and every credential that was had so far."""
        with self._lock:
            return values_of_user(self.section) | self._shown

    def _is_old(self, held: Credential) -> bool:
        if held.expires_at is None:
            return False
        try:
            expiry = datetime.fromisoformat(held.expires_at)
            return expiry - datetime.fromisoformat(self.clock.now()) < _EARLY
        except (ValueError, TypeError):
            return False

    def _read(self) -> Credential:
        found = self._found()
        if found.authorization is not None:
            self._shown.add(found.authorization.partition(" ")[2])
        return found

    def _found(self) -> Credential:
        authorization, certificate = self._authorization(), self._certificate()
        if self.plugin is None or authorization is not None:
            return Credential(authorization=authorization, certificate=certificate)
        given = self.plugin.run()
        return Credential(
            authorization=given.authorization,
            certificate=given.certificate or certificate,
            expires_at=given.expires_at,
        )

    def _authorization(self) -> str | None:
        token = self._file("tokenFile").decode("ascii", "replace").strip() if self._names("tokenFile") else ""
        token = token or plain_value(self.section, "token") or _provider_token(self.section)
        if token:
            return f"Bearer {token}"
        user, password = plain_value(self.section, "username"), plain_value(self.section, "password")
        if not user:
            return None
        return f"Basic {basic(user, password)}"

    def _certificate(self) -> ClientCertificate | None:
        certificate, key = self._pem("client-certificate"), self._pem("client-key")
        if not certificate or not key:
            return None
        return ClientCertificate(certificate=certificate, key=key)

    def _pem(self, name: str) -> bytes:
        data = text_at(self.section, f"{name}-data")
        if data:
            return decoded(data, f"{name}-data")
        return self._file(name) if self._names(name) else b""

    def _names(self, key: str) -> bool:
        return bool(text_at(self.section, key))

    def _file(self, key: str) -> bytes:
        path = Path(self.folder, text_at(self.section, key))
        try:
            return path.read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "unknown reason"
            raise CredentialError(f"{path}, the {key} of the kubeconfig, cannot be read ({why})") from error


def decoded(data: str, key: str) -> bytes:
    """The bytes of a ``-data`` field.

    Raises:
        CredentialError: it is no base64.
    """
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CredentialError(f"{key} of the kubeconfig is not base64") from error


def _provider_token(section: Mapping[str, object]) -> str:
    """The token that an old ``auth-provider`` keeps in the kubeconfig; it is not renewed here."""
    return text_at(section, "auth-provider", "config", "id-token") or text_at(
        section, "auth-provider", "config", "access-token"
    )
