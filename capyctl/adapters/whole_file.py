"""Files that a command writes for its user: whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

_MODE = 0o666
"""Less what the umask takes, as for any new file."""
_MAKING = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FOLDER_ENDS = tuple(each for each in (os.sep, os.altsep) if each)


class WholeFileError(Exception):
    """The file was not written, and what was there before still is; ``reason`` is one clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def place_of(path: str | os.PathLike[str]) -> Path:
    """Where a file of this name is written (ADR 40): a link is followed to the file that it names, and stays a link.

    Raises:
        WholeFileError: a folder, a device or a pipe is there, or the name leads to no place that a file can have.
    """
    text = os.fspath(path)
    if not text:
        raise WholeFileError("it has no name")
    named = Path(text)
    try:
        found = named.stat()
    except FileNotFoundError:
        return _new_place(text)
    except OSError as error:
        raise WholeFileError(_reason(error)) from error
    except ValueError as error:
        raise WholeFileError("its name has a character that no file name can have") from error
    if stat.S_ISDIR(found.st_mode):
        raise WholeFileError("it is a folder")
    if text.endswith(_FOLDER_ENDS):
        raise WholeFileError("it is named as a folder is, and is none")
    if not stat.S_ISREG(found.st_mode):
        raise WholeFileError("it is a device or a pipe, and no regular file")
    place = Path(os.path.realpath(named))
    if not place.exists() or not os.path.samestat(found, place.stat()):
        raise WholeFileError("it leads to an open file that has no name")
    return place


def has_place(path: str | os.PathLike[str]) -> bool:
    """Whether a file of this name could be written now, as far as its name goes."""
    try:
        place_of(path)
    except WholeFileError:
        return False
    return True


def _new_place(text: str) -> Path:
    """A place where nothing is yet, in a folder that is there."""
    named = Path(text)
    if named.is_symlink():
        raise WholeFileError(f"it is a link to {named.readlink()}, and nothing is there")
    if not named.parent.is_dir():
        raise WholeFileError(f"there is no folder {named.parent}")
    if text.endswith(_FOLDER_ENDS):
        raise WholeFileError("it is named as a folder is, and there is none")
    return named


@contextmanager
def whole_file(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[BufferedRandom]:
    """A file that takes the place of ``path`` when the block ends; until then, and after a failure, that stays.

    Args:
        path: see ``place_of``. A file that is replaced hands on its permissions, unless it is private.
        private: readable by the user alone; else as any new file.

    Raises:
        WholeFileError: ``path`` cannot be written.
    """
    place = place_of(path)
    # As short for every name: names have a limit.
    beside = place.with_name(f".capyctl-{secrets.token_hex(8)}")
    try:
        replaced = None if private or not place.exists() else place.stat().st_mode & 0o777
        handle = os.open(beside, _MAKING, 0o600 if private else _MODE)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if replaced is not None:
                beside.chmod(replaced)
            beside.replace(place)
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WholeFileError(_reason(error)) from error


def write_whole_file(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` in UTF-8; an older file stays until the new one is whole, and keeps its permissions.

    Raises:
        WholeFileError: see ``whole_file``.
    """
    with whole_file(path) as file:
        file.write(text.encode("utf-8"))


def _reason(error: OSError) -> str:
    return error.strerror or "it cannot be written"
