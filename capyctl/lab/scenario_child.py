"""What a scenario file gives the child: its command, its variables, and files in its home folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from capyctl.lab.content import Content
from capyctl.lab.scenario_fields import Fields
from capyctl.lab.scenario_files import FilesContext, read_content

_NUL = "\0"
_LONGEST_NAME = 255
_LONGEST_PATH = 1024
_FOLDERS = frozenset({PurePosixPath(".config")})
"""What every home folder has, whatever the scenario puts there."""


def read_command(fields: Fields) -> tuple[str, ...]:
    """The words of ``command``.

    Raises:
        ScenarioInvalidError: it is no list of texts, or no process can be given one of them.
    """
    words = fields.texts("command")
    if any(_NUL in word for word in words):
        raise fields.complaint("command", "has a NUL character, which no process can be given")
    return words


def read_environment(fields: Fields) -> Mapping[str, str]:
    """The variables of ``environment``.

    Raises:
        ScenarioInvalidError: it is no mapping of texts, or no process can be given one of them.
    """
    variables = fields.mapping("environment")
    for name, value in variables.items():
        if not name or "=" in name or _NUL in name:
            raise fields.complaint("environment", f"has {name!r}, which no variable can be called")
        if _NUL in value:
            raise fields.complaint(
                f"environment.{name}", "has a NUL character, which no process can be given"
            )
    return variables


def read_home(fields: Fields, folder: Path | None) -> Mapping[str, Content]:
    """The files of ``home``, by relative path.

    Raises:
        ScenarioInvalidError: one cannot be made, or stands where another needs a folder.
    """
    inner = fields.inner("home")
    home = {path: read_content(content, FilesContext(folder=folder)) for path, content in inner.items()}
    taken: dict[PurePosixPath, str] = {}
    for text in home:
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts:
            raise fields.complaint("home", "must hold relative paths that stay inside the home folder")
        if not _can_be_made(path):
            raise fields.complaint("home", f"has {text!r}, which no file can be called")
        if path in taken:
            raise fields.complaint("home", f"has {taken[path]!r} and {text!r}, which are one file")
        taken[path] = text
    for path, text in taken.items():
        above = next((each for each in path.parents if each in taken), None)
        if above is not None:
            raise fields.complaint(
                "home", f"has {taken[above]!r} for a file, and {text!r} needs a folder there"
            )
    return home


def _can_be_made(path: PurePosixPath) -> bool:
    names = [part.encode() for part in path.parts]
    return (
        bool(names)
        and path not in _FOLDERS
        and not any(b"\0" in name or len(name) > _LONGEST_NAME for name in names)
        and sum(map(len, names)) + len(names) <= _LONGEST_PATH
    )
