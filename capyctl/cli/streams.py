"""The streams of this process: what they can show, and how a closed pipe ends quietly (cli.md 3)."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from capyctl.cli.options import ColorWhen, CommonOptions
from capyctl.report.text_style import TextStyle


def prepare_streams() -> None:
    """Let both streams take any text: UTF-8 on stdout and stderr, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def text_style(options: CommonOptions, environ: Mapping[str, str], stream: TextIO | None) -> TextStyle:
    """How text for this stream is written."""
    return TextStyle(
        ascii_only=not speaks_unicode(environ),
        color=_colored(options.color, environ, stream),
        verbosity=options.verbosity,
        quiet=options.quiet,
    )


def speaks_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the locale has more than ASCII; ``LC_ALL=C`` has not, although Python would still write it."""
    if sys.platform == "win32":
        return True
    wanted = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    return "utf-8" in wanted.lower() or "utf8" in wanted.lower()


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


def _colored(when: ColorWhen, environ: Mapping[str, str], stream: TextIO | None) -> bool:
    if when is not ColorWhen.AUTO:
        return when is ColorWhen.ALWAYS
    if stream is None or sys.platform == "win32" or environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
