"""What is of a name, where the way there may be closed: that is not told as absence, whoever opens it says why.

``Path.exists`` and ``Path.is_file`` raise for a folder that may not be entered and for a name that is too long.
"""

from __future__ import annotations

import stat
from pathlib import Path


def is_missing(path: str) -> bool:
    """Whether nothing is there."""
    return _mode(path) == 0


def is_no_file(path: str) -> bool:
    """Whether nothing is there, or something that is no regular file."""
    mode = _mode(path)
    return mode is not None and not stat.S_ISREG(mode)


def _mode(path: str) -> int | None:
    """The mode of what is there, 0 where nothing is; None of what cannot be looked at."""
    try:
        return Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (OSError, ValueError):
        return None
