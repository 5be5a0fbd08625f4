"""Holds off other runs of capyctl while a file of a folder is read, changed and written again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capyctl.ports.clock import Clock

PATIENCE = 5.0
"""Seconds. A run holds a folder while it writes one small file: who holds it longer is no run of capyctl."""

_PAUSE = 0.02


@contextmanager
def held_folder(folder: Path, clock: Clock, patience: float = PATIENCE) -> Iterator[bool]:
    """Hold a folder while the block runs; yields whether it is held.

    The lock is advisory and lies on the folder itself: no file is left behind, and the kernel gives it up when the
    process ends, however it does. Where there is none to be had, the block runs without it.
    """
    try:
        import fcntl  # noqa: PLC0415 - Windows has none

        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except (ImportError, OSError):
        yield False
        return

    def is_held() -> bool | None:
        """None where somebody else holds it, False where this file system knows no such lock."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        except OSError:
            return False
        return True

    try:
        end = clock.monotonic() + patience
        held = is_held()
        while held is None and clock.monotonic() < end:
            clock.sleep(_PAUSE)
            held = is_held()
        yield bool(held)
    finally:
        os.close(handle)
