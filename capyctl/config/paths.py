"""Where clusterctl, Go and capyctl keep their files: pure rules for Linux, macOS and Windows.

clusterctl's rules are those of clusterctl-resolution 2.1 and 9.1.
"""

from __future__ import annotations

import enum
import ntpath
import posixpath
from collections.abc import Callable

from msgspec import Struct

Lookup = Callable[[str], str | None]

CONFIGURATION_EXTENSIONS = (
    "json",
    "toml",
    "yaml",
    "yml",
    "properties",
    "props",
    "prop",
    "hcl",
    "tfvars",
    "dotenv",
    "env",
    "ini",
)
"""In clusterctl's order of search: a ``clusterctl.json`` beats a ``clusterctl.yaml`` beside it."""


class Platform(enum.Enum):
    """Whose path rules hold."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"


class Places(Struct, frozen=True, kw_only=True):
    """Folders and files of this user; a part is None or empty where no home folder is known.

    Attributes:
        configuration: clusterctl's folders in the order of search. overrides: its override folders, likewise.
        go_env: the file that ``go env -w`` writes. cache: capyctl's disk cache.
    """

    configuration: tuple[str, ...]
    overrides: tuple[str, ...]
    go_env: str | None
    cache: str | None

    def configuration_files(self, platform: Platform) -> tuple[str, ...]:
        """Every file that is looked for, in order; the first that exists is used."""
        return tuple(
            join(platform, folder, f"clusterctl.{extension}")
            for folder in self.configuration
            for extension in CONFIGURATION_EXTENSIONS
        )


def places(lookup: Lookup, platform: Platform, home: str | None) -> Places:
    """The places for one user on one platform."""
    base = _configuration_base(lookup, platform, home)
    folders = [join(platform, base, "cluster-api")] if base else []
    if home:
        folders.append(join(platform, home, ".cluster-api"))
    return Places(
        configuration=tuple(folders),
        overrides=tuple(join(platform, folder, "overrides") for folder in folders),
        go_env=_go_env(lookup, platform, home),
        cache=_cache(lookup, platform, home),
    )


def join(platform: Platform, *parts: str) -> str:
    """Parts joined by the platform's separator."""
    return ntpath.join(*parts) if platform is Platform.WINDOWS else posixpath.join(*parts)


def is_absolute(platform: Platform, path: str) -> bool:
    """Whether a path is absolute by the platform's rules."""
    if platform is Platform.WINDOWS:
        return bool(ntpath.splitdrive(path)[0]) and ntpath.isabs(path)
    return path.startswith("/")


def _from_variable(lookup: Lookup, platform: Platform, name: str) -> str | None:
    """A base folder that a variable names; a relative one counts as not set."""
    value = lookup(name)
    return value if value and is_absolute(platform, value) else None


def _configuration_base(lookup: Lookup, platform: Platform, home: str | None) -> str | None:
    """``$XDG_CONFIG_HOME``, else the platform's own (the library clusterctl uses: adrg/xdg)."""
    named = _from_variable(lookup, platform, "XDG_CONFIG_HOME")
    if named or (platform is Platform.WINDOWS and (named := lookup("LOCALAPPDATA"))):
        return named
    own = {
        Platform.LINUX: (".config",),
        Platform.MACOS: ("Library", "Application Support"),
        Platform.WINDOWS: ("AppData", "Local"),
    }[platform]
    return join(platform, home, *own) if home else None


def _go_env(lookup: Lookup, platform: Platform, home: str | None) -> str | None:
    """``GOENV`` (``off`` for none), else ``go/env`` in what Go calls the user's configuration folder."""
    named = lookup("GOENV")
    if named:
        return None if named == "off" else named
    base: str | None
    if platform is Platform.WINDOWS:
        base = lookup("APPDATA")
    elif platform is Platform.MACOS:
        base = join(platform, home, "Library", "Application Support") if home else None
    else:
        own = join(platform, home, ".config") if home else None
        base = _from_variable(lookup, platform, "XDG_CONFIG_HOME") or own
    return join(platform, base, "go", "env") if base else None


def _cache(lookup: Lookup, platform: Platform, home: str | None) -> str | None:
    """``$XDG_CACHE_HOME/capyctl``, else ``~/.cache/capyctl`` on every platform (cli.md 7.1).

    A home that is relative is none: the cache would be another one in each folder, and lie among the user's files.
    """
    base = _from_variable(lookup, platform, "XDG_CACHE_HOME")
    own = home if home and is_absolute(platform, home) else None
    base = base or (join(platform, own, ".cache") if own else None)
    return join(platform, base, "capyctl") if base else None
