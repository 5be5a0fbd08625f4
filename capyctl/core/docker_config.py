"""The logins of a docker configuration file: what it has for one registry, and for no other (cli.md 7.5).

The file is ``config.json`` in ``DOCKER_CONFIG`` or ``~/.docker``. Its rules are docker's own: a helper named for
the host comes first, then the store that is named for all, then what the file holds itself.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from msgspec import Struct, field

from capyctl.core.pattern import pattern
from capyctl.core.repr_without import repr_without

_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_HUB_KEY = "https://index.docker.io/v1/"
_HUB_API = "registry-1.docker.io"
_HELPER = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REFRESH = "<token>"


class DockerConfigError(Exception):
    """The file is no docker configuration; the message says why and repeats none of it."""


class RegistryLogin(Struct, frozen=True, kw_only=True):
    """What a registry may be shown; all None for nobody in particular.

    Attributes:
        basic: user and password in base64, as a Basic header has them. identity: a refresh token that stands for
            a user. origin: the file or the program that it was found in, for people.
    """

    basic: str | None = None
    identity: str | None = None
    origin: str = ""

    def __repr__(self) -> str:
        return repr_without(self, "basic", "identity")

    @property
    def is_anonymous(self) -> bool:
        """Whether there is no login."""
        return self.basic is None and self.identity is None


class DockerLogins(Struct, frozen=True, kw_only=True):
    """What the file has for one host.

    Attributes:
        server: what a helper is asked for. helper: NAME of the program ``docker-credential-NAME`` that is asked
            first, or None. inline: what the file holds itself. trouble: why an entry for this host is no login, as
            one clause that repeats none of it; None where it is one, or where there is none.
    """

    server: str
    helper: str | None = None
    inline: RegistryLogin = field(default_factory=RegistryLogin)
    trouble: str | None = None


def api_host(host: str) -> str:
    """The host of a registry's API: Docker Hub answers under another name than its addresses have."""
    return _HUB_API if host in _HUB else host


def docker_logins(text: str, host: str) -> DockerLogins:
    """What the configuration has for this host; other hosts' entries are not looked into.

    Raises:
        DockerConfigError: it is no JSON object.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DockerConfigError("it is no JSON") from error
    if not isinstance(document, dict):
        raise DockerConfigError("it is no JSON object")
    server = _HUB_KEY if host in _HUB else host
    named = _text(_mapping(document, "credHelpers").get(server)) or _text(document.get("credsStore"))
    helper = named if named and _HELPER().fullmatch(named) else None
    auths = document.get("auths")
    if auths is not None and not isinstance(auths, dict):
        return DockerLogins(server=server, helper=helper, trouble="auths is no JSON object")
    entry = _entry(auths or {}, server)
    inline = _inline(entry)
    trouble = _trouble(entry, server, helper) if inline.is_anonymous else None
    return DockerLogins(server=server, helper=helper, inline=inline, trouble=trouble)


def helper_login(printed: bytes) -> RegistryLogin:
    """The login that a helper printed.

    Raises:
        DockerConfigError: it printed something else.
    """
    try:
        document = json.loads(printed)
    except (ValueError, RecursionError) as error:
        raise DockerConfigError("it printed no JSON") from error
    found = document if isinstance(document, dict) else {}
    user, secret = _text(found.get("Username")), _text(found.get("Secret"))
    if not secret:
        raise DockerConfigError("it printed no secret")
    return RegistryLogin(identity=secret) if user == _REFRESH else RegistryLogin(basic=_basic(user, secret))


def _entry(auths: Mapping[str, object], server: str) -> object:
    """The entry of this host: by its own name first, then by an address on it, as docker has always matched."""
    entry = auths.get(server)
    if entry is None:
        entry = next((auths[key] for key in sorted(auths) if _host_of(key) == _host_of(server)), None)
    return entry


def _trouble(entry: object, server: str, helper: str | None) -> str | None:
    """Why an entry is no login; docker leaves an empty one where a helper has the login."""
    if entry is None:
        return None
    if not isinstance(entry, dict):
        return f"its entry for {server} is no JSON object"
    if entry.get("auth"):
        return f"auth of its entry for {server} is not USER:PASSWORD in base64"
    if entry.get("username") or entry.get("password"):
        return f"its entry for {server} lacks the user or the password"
    return f"its entry for {server} holds no login" if helper is None else None


def _inline(entry: object) -> RegistryLogin:
    if not isinstance(entry, dict):
        return RegistryLogin()
    identity = _text(entry.get("identitytoken"))
    user, password = _text(entry.get("username")), _text(entry.get("password"))
    basic = _checked(_text(entry.get("auth"))) or (_basic(user, password) if user and password else None)
    if identity:
        return RegistryLogin(identity=identity)
    return RegistryLogin(basic=basic)


def _checked(auth: str) -> str | None:
    """The value of ``auth``, if it holds a user and a password."""
    try:
        user, colon, password = base64.b64decode(auth, validate=True).partition(b":")
    except (ValueError, binascii.Error):
        return None
    return auth if user and colon and password.strip(b"\0") else None


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogatepass")).decode("ascii")


def _host_of(key: str) -> str:
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0].lower()


def _mapping(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
