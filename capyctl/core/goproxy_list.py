"""The GOPROXY grammar as Go reads it, and the answer of ``@v/list`` (peers-and-protocols B1, B2, B6)."""

from __future__ import annotations

import enum
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from msgspec import Struct

from capyctl.core.pattern import pattern
from capyctl.core.userinfo import Userinfo, userinfo_of
from capyctl.core.version import ProviderVersion, parse_version

DEFAULT_PROXY = "https://proxy.golang.org"

_SEPARATOR = pattern(r"[,|]")
INCOMPATIBLE = "+incompatible"
_QUERY = pattern(r"([?#]).+")
_NOT_IN_HOST = pattern(r"[\x00-\x20\x7f<>\"{}\\^`]")


class FallThrough(enum.Enum):
    """On which failure of an entry the next one is asked."""

    ON_ABSENT = ","
    ON_ANY_ERROR = "|"


class ListEnd(enum.Enum):
    """The word that ends the list: what happens after the proxies."""

    OFF = "off"
    DIRECT = "direct"
    NONE = "none"


class GoProxyEntry(Struct, frozen=True, kw_only=True):
    """One proxy of the list.

    Attributes:
        base: ``https://``, ``http://`` or ``file:///`` address with its path, without credentials, without a
            trailing slash. userinfo: the credential of the address. then: the separator behind it.
    """

    base: str
    userinfo: Userinfo | None = None
    then: FallThrough = FallThrough.ON_ABSENT

    @property
    def host(self) -> str:
        """Host and port, for the route's name; empty for ``file:``."""
        return urlsplit(self.base).netloc

    @property
    def folder(self) -> str | None:
        """The folder of a ``file:`` proxy, or None."""
        parts = urlsplit(self.base)
        return unquote(parts.path) if parts.scheme == "file" else None


class GoProxyList(Struct, frozen=True, kw_only=True):
    """GOPROXY in order. ``end`` is the word that ended it; ``is_default`` says that nothing was set."""

    entries: tuple[GoProxyEntry, ...] = ()
    end: ListEnd = ListEnd.NONE
    is_default: bool = False

    @property
    def is_off(self) -> bool:
        """Whether no proxy is asked because the value says ``off`` (clusterctl's meaning: releases only)."""
        return not self.entries and self.end is ListEnd.OFF


class MalformedGoProxyError(ValueError):
    """A value that Go refuses; the message never repeats a credential.

    Attributes:
        item: the item at fault, credentials removed.
    """

    def __init__(self, item: str, reason: str) -> None:
        super().__init__(f"{item!r} in GOPROXY {reason}")
        self.item = item


def parse_goproxy(value: str | None) -> GoProxyList:
    """Read a GOPROXY value; unset and empty stand for Go's default. A list without any item is as ``off``.

    Raises:
        MalformedGoProxyError: an item before ``off`` or ``direct`` is neither such a word nor an address.
    """
    if not value:
        return GoProxyList(entries=(GoProxyEntry(base=DEFAULT_PROXY),), end=ListEnd.DIRECT, is_default=True)
    entries: list[GoProxyEntry] = []
    for item, separator in _items(value):
        if item in ("off", "direct"):
            return GoProxyList(entries=tuple(entries), end=ListEnd(item))
        entries.append(_entry(item, separator))
    return GoProxyList(entries=tuple(entries), end=ListEnd.NONE if entries else ListEnd.OFF)


def _items(value: str) -> list[tuple[str, FallThrough]]:
    """The items without blanks, each with the separator behind it; empty items are skipped."""
    separators = [FallThrough(found) for found in _SEPARATOR().findall(value)]
    texts = [text.strip() for text in _SEPARATOR().split(value)]
    pairs = zip(texts, [*separators, FallThrough.ON_ABSENT], strict=True)
    return [(text, separator) for text, separator in pairs if text]


def _entry(item: str, then: FallThrough) -> GoProxyEntry:
    shown = _QUERY().sub(r"\1***", _without_userinfo(item))
    looks_like_host = any(char in item for char in ".:/") and ":/" not in item and not item.startswith("/")
    parts, port = _split(f"https://{item}" if looks_like_host else item, shown)
    if parts.scheme == "file":
        if parts.netloc or parts.query or parts.fragment or not parts.path.startswith("/"):
            raise MalformedGoProxyError(shown, "may have nothing but a path after file://")
        return GoProxyEntry(base=f"file://{parts.path.rstrip('/')}", then=then)
    if not parts.scheme:
        hint = f"; the word is {item.lower()!r}" if item.lower() in ("off", "direct") else ""
        raise MalformedGoProxyError(shown, f"is neither 'off' nor 'direct' nor an address{hint}")
    if parts.scheme not in ("http", "https"):
        raise MalformedGoProxyError(shown, f"has the scheme {parts.scheme!r}; https, http and file are read")
    host = parts.hostname or ""
    if not host or _NOT_IN_HOST().search(parts.netloc):
        raise MalformedGoProxyError(shown, "has no valid host")
    authority = f"[{host}]" if ":" in host else host
    netloc = authority if port is None else f"{authority}:{port}"
    base = urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    return GoProxyEntry(base=base, userinfo=userinfo_of(parts), then=then)


def _split(text: str, shown: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise MalformedGoProxyError(shown, "is not a valid address") from None
    return parts, port


def _without_userinfo(item: str) -> str:
    before, at, after = item.rpartition("@")
    scheme = before.partition("//")[0] + "//" if "//" in before else ""
    return f"{scheme}***@{after}" if at else item


def parse_version_list(text: str, major: int | None = None) -> tuple[ProviderVersion, ...]:
    """The versions of an ``@v/list`` answer, each once, in its order.

    Only canonical versions with a leading ``v`` count; pseudo-versions and build metadata are dropped, and
    ``+incompatible`` is removed because no tag has it. ``major`` keeps only that one: a server that answers
    every ``/vN`` with everything adds nothing.
    """
    found: dict[str, ProviderVersion] = {}
    for line in text.removeprefix("\ufeff").splitlines():
        fields = line.split(maxsplit=1)
        version = _listed(fields[0]) if fields else None
        if version is not None and major in (None, version.major):
            found.setdefault(version.tag, version)
    return tuple(found.values())


def _listed(field: str) -> ProviderVersion | None:
    version = parse_version(field.removesuffix(INCOMPATIBLE)) if field.startswith("v") else None
    return None if version is None or version.is_pseudo or version.build is not None else version


def parse_go_env(text: str) -> dict[str, str]:
    """The file that ``go env -w`` writes: ``NAME=value`` lines; others are ignored as Go ignores them."""
    settings: dict[str, str] = {}
    for line in text.split("\n"):
        name, equals, value = line.removesuffix("\r").partition("=")
        if equals and "A" <= name[:1] <= "Z":
            settings[name] = value
    return settings
