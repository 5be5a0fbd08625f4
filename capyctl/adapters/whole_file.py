"""Files that a command writes for its user: whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

_MODE = 0o666
"""Less what the umask takes, as for any new file."""
_MAKING = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class WholeFileError(Exception):
    """The file was not written, and what was there before still is; ``reason`` is one clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def refuse_other_than_file(path: Path) -> None:
    """Nothing that is there already is replaced but a regular file.

    Raises:
        WholeFileError: it is a folder, a symbolic link or a device.
    """
    if path.is_symlink():
        raise WholeFileError("it is a symbolic link, and what a link names is not replaced")
    if path.exists() and not path.is_file():
        raise WholeFileError("it is a folder" if path.is_dir() else "it is no regular file")


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[BufferedRandom]:
    """A file that takes the place of ``path`` when the block ends; until then, and after a failure, that stays.

    Args:
        path: in a folder that exists. A file that is replaced hands on its permissions, unless it is private.
        private: readable by the user alone; else as any new file.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    replaced = None if private or not path.exists() else path.stat().st_mode & 0o777
    handle = os.open(beside, _MAKING, 0o600 if private else _MODE)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replaced is not None:
            beside.chmod(replaced)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def write_whole_file(path: Path, text: str) -> None:
    """Write ``text`` in UTF-8; an older file stays until the new one is whole, and keeps its permissions.

    Raises:
        WholeFileError: see there.
    """
    refuse_other_than_file(path)
    try:
        with whole_file(path) as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise WholeFileError(error.strerror or "it cannot be written") from error
