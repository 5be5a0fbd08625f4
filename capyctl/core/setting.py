"""What ``config view`` tells: settings with their origin, and the files that were searched (cli.md 5)."""

from __future__ import annotations

import enum

from msgspec import Struct

from capyctl.core.repr_without import repr_without

HIDDEN = "***"


class FileState(enum.Enum):
    """What became of a file that was looked for."""

    USED = "used"
    ABSENT = "absent"
    SHADOWED = "shadowed"
    UNREADABLE = "unreadable"


class SearchedFile(Struct, frozen=True, kw_only=True):
    """A place where a file was looked for, and whether it was there and used."""

    path: str
    state: FileState


class Setting(Struct, frozen=True, kw_only=True):
    """One setting as it holds; ``value`` is None where nothing is set, and ``***`` for a secret.

    ``origin`` is ``default``, ``flag``, the name of a variable, or the path of a file.
    """

    name: str
    value: str | None
    origin: str


class Token(Struct, frozen=True, kw_only=True):
    """A secret and where it was found (``GITHUB_TOKEN``, or a file's path and key); never printed."""

    value: str
    origin: str

    def __repr__(self) -> str:
        return repr_without(self, "value")
