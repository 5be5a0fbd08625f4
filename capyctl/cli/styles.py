"""What a stream can show: colour on terminals that have it, ASCII where the locale has no more."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from capyctl.cli.options import ColorWhen, CommonOptions
from capyctl.report.text_style import TextStyle


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


def _colored(when: ColorWhen, environ: Mapping[str, str], stream: TextIO | None) -> bool:
    if when is not ColorWhen.AUTO:
        return when is ColorWhen.ALWAYS
    if stream is None or sys.platform == "win32" or environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def terminal_columns(stream: TextIO | None) -> int | None:
    """How wide the terminal behind a stream is; None where it is none or does not tell."""
    if stream is None or not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def share_a_terminal(*streams: TextIO | None) -> bool:
    """Whether people see these streams one after the other, so that a blank line between them helps."""
    return all(stream is not None and stream.isatty() for stream in streams)
