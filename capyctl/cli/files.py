"""Files a command writes for its user: whole, or into what is no file (ADR 40)."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

import typer

from capyctl.adapters.whole_file import WholeFileError, place_of, whole_file
from capyctl.core.codes import FILE_NOT_WRITTEN
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject

_STANDARD = (1, 2)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
_FLAGS = os.O_WRONLY | _NO_WAITING | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)


def named_file(value: str | None, option: str) -> str | None:
    """The file that an option or argument names; an unset variable of a script is no name.

    Raises:
        typer.BadParameter: the name is empty.
    """
    if value == "":
        raise typer.BadParameter("no file is named", param_hint=option)
    return value


def write_atomically(path: str, text: str, *, private: bool = True) -> None:
    """Write ``text`` in UTF-8, readable by the user alone; an older file stays until the new one is whole.

    A link is followed. What is there and is no file, such as ``/dev/stderr``, is written to and stays.

    Raises:
        WholeFileError: it cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")  # as the streams print it
    if not is_stream(path):
        with whole_file(path, private=private) as file:
            file.write(data)
        return
    try:
        _write_into(path, data)
    except OSError as error:
        raise WholeFileError(error.strerror or "it cannot be written") from error


def check_writable(path: str) -> None:
    """Refuse a file that ``write_atomically`` could not write, as far as is known before; nothing is made.

    Raises:
        WholeFileError: it cannot be written.
    """
    if not is_stream(path) and not os.access(place_of(path).parent, os.W_OK):
        raise WholeFileError("its folder cannot be written to")


def not_written(what: str, path: str, error: WholeFileError) -> Diagnostic:
    """The error of a run that could not leave ``what``: the beginning of a sentence that goes on with its file."""
    title = "name a file that can be written, and run it again"
    return Diagnostic(
        code=FILE_NOT_WRITTEN,
        severity=Severity.ERROR,
        detail=f"{what} {path} cannot be written: {error.reason}.",
        subject=Subject(file=path),
        fixes=(Fix(applicability=Applicability.REVIEW, title=title),),
    )


def is_stream(path: str) -> bool:
    """Whether a name leads to a device, a pipe or a stream of this process, which are written into as they are."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return False
    if stat.S_ISREG(found.st_mode):
        return _own_stream(found) is not None
    return not stat.S_ISDIR(found.st_mode)


def _own_stream(found: os.stat_result) -> int | None:
    """The number of the standard stream that goes there; a file that stdout goes to is not replaced under it."""
    for number in _STANDARD:
        with suppress(OSError):
            if found.st_ino and os.path.samestat(found, os.fstat(number)):
                return number
    return None


def _write_into(path: str, data: bytes) -> None:
    """Write to the end, after what was printed before; a pipe without a reader is not waited for."""
    own = _own_stream(Path(path).stat())
    for stream in (sys.stdout, sys.stderr):
        if own is not None and stream is not None:
            stream.flush()
    try:
        handle = os.dup(own) if own is not None else os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise WholeFileError("it is a pipe, and nothing reads from it") from error
        raise
    if own is None and _NO_WAITING:
        os.set_blocking(handle, True)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
