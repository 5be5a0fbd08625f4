"""Reads the lock that a run is bound to, or that ``lock`` is about to replace (cli.md 7.2)."""

from __future__ import annotations

from pathlib import Path

from capyctl.core.lock import Lock
from capyctl.core.lock_text import LARGEST_LOCK, LockError, read_lock


class LockFileError(Exception):
    """A lock cannot be had from a file.

    Attributes:
        path: the file as it was named. reason: why, one clause without a full stop.
        line: where in the file, from 1, for a fault in its text. place: the same as a path in the JSON.
        missing: there is no such file. later: it is a lock of another format.
    """

    def __init__(self, path: str, fault: LockError, *, missing: bool = False) -> None:
        super().__init__(f"{path}: {fault.reason}")
        self.path = path
        self.reason = fault.reason
        self.line = fault.line
        self.place = fault.path
        self.missing = missing
        self.later = fault.later


def load_lock(path: str | Path) -> Lock:
    """The lock in a file.

    Raises:
        LockFileError: there is none, it cannot be read, or its text is no lock.
    """
    return parse_lock_file(read_lock_bytes(path), path)


def read_lock_bytes(path: str | Path) -> bytes:
    """The bytes of a file that should hold a lock, no more than any lock has.

    Raises:
        LockFileError: there is no such file, it is a folder, or it cannot be read.
    """
    try:
        # A device or a pipe is never opened: reading one may block for ever.
        if Path(path).exists() and not Path(path).is_file():
            raise LockFileError(str(path), LockError("it is no regular file"))
        with Path(path).open("rb") as file:
            return file.read(LARGEST_LOCK + 1)
    except FileNotFoundError as error:
        raise LockFileError(str(path), LockError("there is no such file"), missing=True) from error
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise LockFileError(str(path), LockError(f"it cannot be read: {said}")) from error


def parse_lock_file(data: bytes, path: str | Path) -> Lock:
    """The lock in the bytes of a file.

    Raises:
        LockFileError: they are no lock.
    """
    try:
        return read_lock(data)
    except LockError as error:
        raise LockFileError(str(path), error) from None
