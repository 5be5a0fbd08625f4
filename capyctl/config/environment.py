"""The process environment as a value; nothing else in capyctl reads it (style C4)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

from msgspec import Struct

from capyctl.config.paths import Platform
from capyctl.core.repr_without import repr_without


class Environment(Struct, frozen=True, kw_only=True):
    """Variables and platform of this run. The values appear in no repr, since some are secrets."""

    variables: Mapping[str, str]
    platform: Platform = Platform.LINUX
    working_folder: str = "."

    def __repr__(self) -> str:
        return repr_without(self, "variables")

    def get(self, name: str) -> str | None:
        """A variable by its exact name, upper-cased on Windows where case means nothing; None if unset."""
        if self.platform is Platform.WINDOWS:
            return next((value for key, value in self.variables.items() if key.upper() == name.upper()), None)
        return self.variables.get(name)

    def non_empty(self, *names: str) -> tuple[str, str] | None:
        """The first of these variables that is set and not empty, as (name, value)."""
        return next(((name, value) for name in names if (value := self.get(name))), None)

    def names(self) -> Iterator[str]:
        """The names of all variables."""
        return iter(self.variables)

    @property
    def home(self) -> str | None:
        """The user's home folder, or None where no variable names it."""
        names = ("USERPROFILE", "HOME") if self.platform is Platform.WINDOWS else ("HOME",)
        found = self.non_empty(*names)
        return found[1] if found else None


def read_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """The environment of this process, or of a mapping given in its place, as it is now."""
    source = os.environ if variables is None else variables  # noqa: TID251 - the one reader
    return Environment(
        variables=dict(source), platform=platform_of(sys.platform), working_folder=_working_folder()
    )


def platform_of(name: str) -> Platform:
    """The platform behind ``sys.platform``; every Unix but macOS follows the rules of Linux."""
    return {"darwin": Platform.MACOS, "win32": Platform.WINDOWS}.get(name, Platform.LINUX)


def _working_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a text is wanted, and pathlib only wraps this
    except OSError:
        return "."
