"""Which folder holds overrides, what lies in it, and what lies in one that is not used (9.1, F05, W-43)."""

from __future__ import annotations

import ntpath
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from capyctl.config.environment import Environment
from capyctl.config.paths import Places, Platform, is_absolute, join

_FILE_LIMIT = 10_000


class OverridesFolder(Struct, frozen=True, kw_only=True):
    """The one base folder of overrides.

    Attributes:
        path: absolute, or None where no home folder is known. origin: ``overridesFolder``, or ``default``.
        unused: clusterctl's other folders that exist and are not consulted.
    """

    path: str | None
    origin: str
    unused: tuple[str, ...] = ()


class OverrideFile(Struct, frozen=True, kw_only=True):
    """One file of the layout ``{base}/{label}/{version}/{file}``."""

    base: str
    label: str
    version: str
    name: str

    @property
    def path(self) -> str:
        """Where the file is."""
        return os.path.join(self.base, self.label, self.version, self.name)  # noqa: PTH118 - text in, text out


def choose_overrides(
    configured: str | None,
    places: Places,
    environment: Environment,
    exists: Callable[[str], bool] = os.path.isdir,
) -> OverridesFolder:
    """The configured folder, else the first of clusterctl's that exists, else the first of them."""
    if configured is not None and configured.strip():
        path = _configured_path(configured.strip(), environment)
        unused = tuple(folder for folder in places.overrides if folder != path and exists(folder))
        return OverridesFolder(path=path, origin="overridesFolder", unused=unused)
    there = tuple(folder for folder in places.overrides if exists(folder))
    chosen = next(iter(there or places.overrides), None)
    return OverridesFolder(
        path=chosen, origin="default", unused=tuple(folder for folder in there if folder != chosen)
    )


def _configured_path(text: str, environment: Environment) -> str:
    home, platform = environment.home, environment.platform
    if home and (text == "~" or text.startswith(("~/", "~\\"))):
        text = home + text[1:]
    if platform is Platform.WINDOWS:
        text = text.removeprefix("/") if ntpath.splitdrive(text[1:])[0] else text
        text = text.replace("/", "\\")
    return text if is_absolute(platform, text) else join(platform, environment.working_folder, text)


def override_files(folder: str) -> tuple[OverrideFile, ...]:
    """Every file below a folder that has an override's layout, by name; none if there is no folder."""
    found = (
        OverrideFile(base=folder, label=label.name, version=version.name, name=file.name)
        for label in _children(Path(folder))
        for version in _children(label)
        for file in _children(version)
        if os.path.isfile(file)  # noqa: PTH113 - unlike Path.is_file this never raises
    )
    return tuple(file for _, file in zip(range(_FILE_LIMIT), found, strict=False))


def _children(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except (OSError, ValueError):
        return
