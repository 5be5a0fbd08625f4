"""Files for everybody's eyes, such as a lock under version control: written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_MODE = 0o666
"""Less what the umask takes, as for any new file."""


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


def write_whole_file(path: Path, text: str) -> None:
    """Write ``text`` in UTF-8; an older file stays until the new one is whole, and keeps its permissions.

    Raises:
        WholeFileError: see there.
    """
    refuse_other_than_file(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), _MODE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                beside.chmod(mode)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WholeFileError(error.strerror or "it cannot be written") from error
