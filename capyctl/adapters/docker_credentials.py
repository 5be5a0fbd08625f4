"""Logins for registries from the user's docker configuration, helpers included; read when they are needed."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.docker_config import (
    DockerConfigError,
    DockerLogins,
    RegistryLogin,
    docker_logins,
    helper_login,
)
from capyctl.core.kept_answer import fingerprint
from capyctl.core.repr_without import repr_without

_LONGEST_CONFIG = 4 * 1024 * 1024
_LONGEST_ANSWER = 256 * 1024


class LoginTroubleError(Exception):
    """A login that is configured cannot be had; the message is one line without secrets."""


class DockerCredentials(Struct, kw_only=True):
    """What the docker configuration has for a host; each host's helper is run at most once.

    Attributes:
        path: of ``config.json``; it need not exist. environment: what helpers are started with.
        patience: seconds that a helper may take.
    """

    path: Path | None
    environment: Mapping[str, str]
    patience: float = 30.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, RegistryLogin | LoginTroubleError] = field(default_factory=dict)

    def __repr__(self) -> str:
        return repr_without(self, "environment", "_lock", "_known")

    def login(self, host: str) -> RegistryLogin:
        """The login for this host; an anonymous one where nothing is configured for it.

        Raises:
            LoginTroubleError: the file or the helper that should have it is of no use.
        """
        with self._lock:
            if host not in self._known:
                self._known[host] = self._found(host)
            known = self._known[host]
        if isinstance(known, LoginTroubleError):
            raise known.with_traceback(None)
        return known

    def mark(self, host: str) -> str | None:
        """What tells the configured login for a host from another; no helper is run for it. None without one."""
        try:
            text = self._text()
            logins = docker_logins(text, host) if text is not None else None
        except (DockerConfigError, LoginTroubleError):
            return None
        if logins is None:
            return None
        secret = logins.inline.basic or logins.inline.identity
        named = f"{logins.helper} {logins.server}" if logins.helper else None
        return fingerprint(secret or named or "") if secret or named else None

    def _found(self, host: str) -> RegistryLogin | LoginTroubleError:
        try:
            text = self._text()
            if text is None:
                return RegistryLogin()
            logins = docker_logins(text, host)
        except LoginTroubleError as trouble:
            return trouble
        except DockerConfigError as error:
            return self._unusable(str(error))
        inline = replace(logins.inline, origin=str(self.path))
        try:
            found = self._from_helper(logins)
        except LoginTroubleError as trouble:
            return trouble if inline.is_anonymous else inline
        if found is None and logins.trouble is not None:
            return self._unusable(logins.trouble)
        return found or inline

    def _unusable(self, why: str) -> LoginTroubleError:
        return LoginTroubleError(f"{self.path} cannot be used: {why}")

    def _text(self) -> str | None:
        """The file; None where there is none.

        Raises:
            LoginTroubleError: it cannot be read.
        """
        if self.path is None:
            return None
        try:
            with self.path.open("rb") as file:
                return file.read(_LONGEST_CONFIG).decode("utf-8", "replace")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            said = (error.strerror if isinstance(error, OSError) else None) or "unknown reason"
            raise self._unusable(f"it cannot be read ({said})") from error

    def _from_helper(self, logins: DockerLogins) -> RegistryLogin | None:
        """What the helper has; None where there is none, or where it has nothing for this host.

        Raises:
            LoginTroubleError: it is missing, does not end, or fails.
        """
        if logins.helper is None:
            return None
        program = f"docker-credential-{logins.helper}"
        try:
            done = subprocess.run(  # noqa: S603 - the user's own configuration names it
                [program, "get"],
                input=logins.server.encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(self.environment),
                timeout=self.patience,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LoginTroubleError(f"{program} did not end within {self.patience:g} s") from error
        except FileNotFoundError as error:
            raise LoginTroubleError(f"{program} is not installed or not in PATH") from error
        except (OSError, ValueError) as error:
            raise LoginTroubleError(f"{program} cannot be started") from error
        if done.returncode:
            # Helpers say so on stdout and fail where they know of no login for a host.
            if b"credentials not found" in done.stdout[:_LONGEST_ANSWER]:
                return None
            raise LoginTroubleError(f"{program} failed with status {done.returncode}")
        try:
            return replace(helper_login(done.stdout[:_LONGEST_ANSWER]), origin=program)
        except DockerConfigError as error:
            raise LoginTroubleError(f"{program}: {error}") from error
