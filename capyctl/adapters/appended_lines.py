"""Lines added to the end of a file that others write too, such as ``$GITHUB_ENV``: whole, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from capyctl.adapters.whole_file import WholeFileError, place_of

_NEW_FILE_MODE = 0o644
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class AppendError(Exception):
    """Nothing was added; ``reason`` says why in one clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def append_lines(path: str | os.PathLike[str], lines: Sequence[str]) -> None:
    """Add lines by one write at the end, on a line of their own; what is in the file stays as it is.

    The file is not replaced: others may hold it open and add to it at the same time.

    Raises:
        AppendError: it is no regular file, cannot be opened, or took only a part, which was removed again.
    """
    try:
        place = place_of(path)
    except WholeFileError as error:
        raise AppendError(f"{path} cannot be written: {error.reason}") from error
    existed = place.exists()
    try:
        handle = os.open(place, _FLAGS, _NEW_FILE_MODE)
    except OSError as error:
        raise AppendError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        _append(handle, "".join(f"{line}\n" for line in lines).encode("ascii"))
    except OSError as error:
        if not existed:
            place.unlink(missing_ok=True)
        raise AppendError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        os.close(handle)


def _append(handle: int, data: bytes) -> None:
    before = os.fstat(handle)
    if not stat.S_ISREG(before.st_mode):
        raise OSError(None, "it is no regular file")
    size = before.st_size
    ends_open = size > 0 and _last_byte(handle, size) != b"\n"
    whole = b"\n" + data if ends_open else data
    try:
        written = os.write(handle, whole)
    except OSError:
        os.ftruncate(handle, size)
        raise
    if written < len(whole):
        os.ftruncate(handle, size)
        raise OSError(None, "no room is left for the whole line")


def _last_byte(handle: int, size: int) -> bytes:
    """Windows has no ``pread``; where the next write goes does not depend on the place that is read."""
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1)
