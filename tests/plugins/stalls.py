"""Work that stalls ends and says where each of its threads stood: a hang is found by its first occurrence, or never."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

STALL_SECONDS = 200.0
"""Longer than any work takes on a loaded machine; nothing but a hang depends on it."""


def watched(folder: Path, seconds: float, work: Callable[[], T]) -> T:
    """Do the work; after ``seconds`` write the stacks of all threads into ``folder`` and end the process."""
    with (folder / f"{os.getpid()}.txt").open("w", encoding="utf-8") as stacks:
        faulthandler.dump_traceback_later(seconds, exit=True, file=stacks)
        try:
            return work()
        finally:
            faulthandler.cancel_dump_traceback_later()


def stacks_in(folder: Path) -> str:
    """What stalled processes wrote; empty where none did."""
    return "".join(each.read_text(encoding="utf-8") for each in sorted(folder.iterdir()))
