"""Addresses of local trees: ``[file://]{base}/{label}/{version|latest}/{file}`` (clusterctl-resolution 4.4).

Pure text rules for POSIX and Windows; whether a folder exists is the local adapter's question.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from capyctl.core.location import LocalTree
from capyctl.core.pattern import pattern
from capyctl.core.shown_address import shown_address
from capyctl.core.version import parse_version

_DRIVE = pattern(r"/?[A-Za-z]:[/\\]")
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DROPPED = pattern(r"[?#].*", re.DOTALL)
_VARIABLE = pattern(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))", re.ASCII)
_FORM = "{base}/{provider-label}/{latest|version}/{components file}"


def _nothing(_name: str) -> str | None:
    return None


class LocalRules(Struct, frozen=True, kw_only=True):
    """What a local address is read against.

    Attributes:
        folder: absolute folder of the configuration file, for relative paths; None refuses them.
        home: home folder for a leading ``~``; None refuses it.
        lookup: environment, for a ``$NAME`` in front (F08).
        windows: whether backslashes and drive letters are paths.
    """

    folder: str | None = None
    home: str | None = None
    lookup: Callable[[str], str | None] = _nothing
    windows: bool = False


class LocalPathError(ValueError):
    """A path that does not have the form of a local repository; the message says what is wrong."""


class UnsetVariableError(LocalPathError):
    """A path begins with a variable that is not set.

    Attributes:
        name: the variable.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"the address uses ${name}, which is not set")
        self.name = name


def is_local(text: str, *, windows: bool = False) -> bool:
    """Whether an address is a path or ``file:`` URL rather than a remote one."""
    scheme = _SCHEME().match(text)
    if scheme is None or text[: scheme.end()].lower() == "file:":
        return not text.startswith("//")
    return windows and bool(_DRIVE().match(text))


def absolute_path(text: str, rules: LocalRules) -> str:
    """The clean absolute path that a ``file:`` URL or a path stands for.

    Raises:
        LocalPathError: relative without a folder to start from, or ``~`` without a home.
        UnsetVariableError: a variable in front is not set.
    """
    path = _expanded(_path_text(text, windows=rules.windows), rules)
    if rules.windows:
        path = path.removeprefix("/") if _DRIVE().match(path) else path
        path = path.replace("/", "\\")
    if not (ntpath.isabs(path) if rules.windows else path.startswith("/")):
        if rules.folder is None:
            raise LocalPathError(f"{shown_address(text)} is not an absolute path")
        path = f"{rules.folder}/{path}"
    return ntpath.normpath(path) if rules.windows else posixpath.normpath("/" + path.lstrip("/"))


def parse_local_tree(text: str, label: str, rules: LocalRules) -> LocalTree:
    """Read the address of a local repository of the provider ``label``.

    Raises:
        LocalPathError: fewer than three parts, a version that is none, or another provider's folder.
    """
    flavour = ntpath if rules.windows else posixpath
    names_a_file = not text.endswith(("/", "\\") if rules.windows else "/")
    folder, components_file = flavour.split(absolute_path(text, rules))
    folder, channel = flavour.split(folder)
    base, found = flavour.split(folder)
    if not (names_a_file and components_file and channel and found):
        raise LocalPathError(f"{shown_address(text)} does not have the form {_FORM}")
    if channel != "latest" and parse_version(channel) is None:
        raise LocalPathError(
            f"{shown_address(channel)!r} in {shown_address(text)} is neither 'latest' nor a version; "
            f"the form is {_FORM}"
        )
    if found != label:
        raise LocalPathError(
            f"the folder {shown_address(found)!r} in {shown_address(text)} must be called {label!r}; "
            f"the form is {_FORM}"
        )
    return LocalTree(base=base, label=label, channel=channel, components_file=components_file)


def _path_text(text: str, *, windows: bool) -> str:
    """The path of an address, decoded; a host, a query and a fragment are dropped, as clusterctl does."""
    if text[:5].lower() != "file:":
        return text if windows else unquote(_DROPPED().sub("", text))
    parts = urlsplit(text)
    in_front = parts.netloc if parts.netloc.startswith(("~", "$")) else ""
    return unquote(in_front + parts.path)


def _expanded(path: str, rules: LocalRules) -> str:
    if path == "~" or path.startswith(("~/", "~\\")):
        if rules.home is None:
            raise LocalPathError("the address begins with ~ and there is no home folder")
        return rules.home + path[1:]
    variable = _VARIABLE().match(path)
    if variable is None:
        return path
    name = variable[1] or variable[2]
    value = rules.lookup(name)
    if not value:
        raise UnsetVariableError(name)
    return value + path[variable.end() :]
