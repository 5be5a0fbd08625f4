"""What ``config view`` tells: settings with their origin, and the files that were searched (cli.md 5)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

HIDDEN = "***"


class FileState(enum.Enum):
    """What became of a file that was looked for."""

    USED = "used"
    ABSENT = "absent"
    SHADOWED = "shadowed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedFile:
    """A place where a file was looked for, and whether it was there and used."""

    path: str
    state: FileState


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as it holds; ``value`` is None where nothing is set, and ``***`` for a secret.

    ``origin`` is ``default``, ``flag``, the name of a variable, or the path of a file.
    """

    name: str
    value: str | None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A secret and where it was found (``GITHUB_TOKEN``, or a file's path and key); never printed."""

    value: str = field(repr=False)
    origin: str
