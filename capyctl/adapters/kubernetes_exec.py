"""Credential plugins of a kubeconfig: a program that prints a token or a certificate (client.authentication.k8s.io)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from capyctl.adapters.kubernetes_masking import masking, values_of_plugin
from capyctl.adapters.kubernetes_text import plain_line, without_long_words
from capyctl.adapters.kubernetes_tls import ClientCertificate
from capyctl.core.api_object import items_at, mapping_at, text_at, value_at
from capyctl.core.repr_without import repr_without
from capyctl.core.secret_marks import secret_values_of

_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_LONGEST_ANSWER = 1024 * 1024


class CredentialError(Exception):
    """No credential can be had; the message is one line, free of secrets."""


class Credential(Struct, frozen=True, kw_only=True):
    """What a request shows: a header, a certificate, or nothing.

    Attributes:
        authorization: the header's value. certificate: for the TLS handshake.
        expires_at: RFC 3339, or None where it is not said.
    """

    authorization: str | None = None
    certificate: ClientCertificate | None = None
    expires_at: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "authorization", "certificate")


class CredentialPlugin(Struct, frozen=True, kw_only=True):
    """The ``exec`` section of a user, and what its program is told.

    Attributes:
        section: as in the kubeconfig. cluster: what ``provideClusterInfo`` hands on.
        folder: of the kubeconfig, which a relative command is relative to.
        environment: of this process. interactive: whether a person sits at stdin and stderr.
        patience: seconds that a program without a person may take.
    """

    section: Mapping[str, object]
    cluster: Mapping[str, object]
    folder: str
    environment: Mapping[str, str]
    interactive: bool = False
    patience: float = 60.0

    def __repr__(self) -> str:
        return repr_without(self, "section", "cluster", "environment")

    @property
    def command(self) -> str:
        """The program's name, for people."""
        return plain_line(text_at(self.section, "command"), 200) or "(no command)"

    def run(self) -> Credential:
        """Run the program.

        Raises:
            CredentialError: it is missing, fails, or prints no credential.
        """
        version = text_at(self.section, "apiVersion")
        if version not in _VERSIONS:
            raise CredentialError(
                f"the credential plugin {self.command} speaks {plain_line(version, 80) or 'no version'}; "
                f"{' and '.join(_VERSIONS)} are understood"
            )
        return self._credential(self._printed(version), version)

    def _printed(self, version: str) -> bytes:
        interactive = self._is_interactive()
        try:
            done = subprocess.run(  # noqa: S603 - the user's own kubeconfig names it
                [self._program(), *self._arguments()],
                stdin=None if interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if interactive else subprocess.PIPE,
                env=self._variables(version, interactive=interactive),
                timeout=None if interactive else self.patience,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CredentialError(
                f"the credential plugin {self.command} did not end within {self.patience:g} s"
            ) from error
        except (OSError, ValueError) as error:
            raise CredentialError(self._not_started(error)) from error
        if done.returncode != 0:
            raise CredentialError(self._failed(done.returncode, done.stderr or b""))
        return done.stdout[: _LONGEST_ANSWER + 1]

    def _is_interactive(self) -> bool:
        """Whether the program gets the terminal (``interactiveMode``; v1beta1 may leave it out).

        Raises:
            CredentialError: it must have one, and there is none.
        """
        mode = text_at(self.section, "interactiveMode") or "IfAvailable"
        if mode == "Always" and not self.interactive:
            raise CredentialError(
                f"the credential plugin {self.command} needs a terminal (interactiveMode Always), and there is none"
            )
        return self.interactive and mode != "Never"

    def _program(self) -> str:
        """The command; one with a slash is relative to the kubeconfig's folder, another is looked up in PATH."""
        command = text_at(self.section, "command")
        if not command:
            raise CredentialError("the kubeconfig names a credential plugin without a command")
        return str(Path(self.folder, command)) if os.sep in command else command

    def _arguments(self) -> list[str]:
        return [str(each) for each in items_at(self.section, "args")]

    def _variables(self, version: str, *, interactive: bool) -> dict[str, str]:
        more = {text_at(each, "name"): text_at(each, "value") for each in items_at(self.section, "env")}
        spec: dict[str, object] = {"interactive": interactive}
        if value_at(self.section, "provideClusterInfo") is True:
            spec["cluster"] = self._cluster_told()
        told = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
        return {**self.environment, **more, "KUBERNETES_EXEC_INFO": json.dumps(told)}

    def _cluster_told(self) -> dict[str, object]:
        names = {
            "server": "server",
            "tls-server-name": "tls-server-name",
            "insecure-skip-tls-verify": "insecure-skip-tls-verify",
            "certificate-authority-data": "certificate-authority-data",
            "proxy-url": "proxy-url",
        }
        told = {name: self.cluster[key] for key, name in names.items() if self.cluster.get(key)}
        for each in items_at(self.cluster, "extensions"):
            if text_at(each, "name") == "client.authentication.k8s.io/exec":
                told["config"] = value_at(each, "extension")
        return told

    def _not_started(self, error: Exception) -> str:
        why = (
            "is not installed or not in PATH" if isinstance(error, FileNotFoundError) else "cannot be started"
        )
        return f"the credential plugin {self.command} {why}{self._hint()}"

    def _hint(self) -> str:
        hint = plain_line(text_at(self.section, "installHint"))
        return f"; its kubeconfig says: {hint}" if hint else ""

    def _failed(self, status: int, stderr: bytes) -> str:
        inherited = secret_values_of(self.environment, self.environment.get)
        handed = masking(values_of_plugin(self.section, self.cluster).union(inherited))
        told = handed.text(stderr[-_LONGEST_ANSWER:].decode("utf-8", "replace"))
        said = plain_line(without_long_words(told)[-4096:], 400)
        return f"the credential plugin {self.command} ended with status {status}" + (
            f": {said}" if said else ""
        )

    def _credential(self, printed: bytes, version: str) -> Credential:
        said = _parsed(printed)
        status = mapping_at(said, "status")
        if text_at(said, "kind") != "ExecCredential" or text_at(said, "apiVersion") != version or not status:
            raise CredentialError(
                f"the credential plugin {self.command} printed no ExecCredential of {version}"
            )
        token = text_at(status, "token")
        certificate, key = text_at(status, "clientCertificateData"), text_at(status, "clientKeyData")
        if not token and not (certificate and key):
            raise CredentialError(
                f"the credential plugin {self.command} printed neither a token nor a certificate with its key"
            )
        pair = (
            ClientCertificate(certificate=certificate.encode(), key=key.encode())
            if certificate and key
            else None
        )
        return Credential(
            authorization=f"Bearer {token}" if token else None,
            certificate=pair,
            expires_at=text_at(status, "expirationTimestamp") or None,
        )


def _parsed(printed: bytes) -> object:
    try:
        return json.loads(printed) if len(printed) <= _LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        return None
