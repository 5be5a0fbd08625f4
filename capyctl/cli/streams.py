"""The streams of this process: what they can show, and how a closed pipe ends quietly (cli.md 3)."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


def prepare_streams() -> None:
    """Let both streams take any text: UTF-8 on stdout and stderr, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def let_bytes_through() -> None:
    """Let a lone surrogate stand for the byte that it was read from: a child's output that is no UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape")


def write_stdout(text: str) -> OSError | None:
    """Write the result; a reader that has gone is no error, a full disk is, and is given back."""
    return _write(sys.stdout, text)


def write_stderr(text: str) -> None:
    """Write what is told besides the result; nothing can be done about a stderr that is gone."""
    if text:
        _write(sys.stderr, text)


def abandon_stdout() -> None:
    """Point stdout at nothing, so that its last flush at exit says nothing about a closed pipe."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(stream: TextIO | None, text: str) -> OSError | None:
    if stream is None:
        return None
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None
