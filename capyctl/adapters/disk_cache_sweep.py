"""How much a cache folder holds, how it is brought back inside its bounds, and how it is emptied."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from capyctl.adapters.disk_cache_files import (
    ANSWERS,
    BODIES,
    KINDS,
    READINGS,
    TEMPORARY,
    Bounds,
    entries_of,
    files_of,
    remove_quietly,
)

_GIVEN_UP = (ANSWERS, BODIES, READINGS)
"""What goes when the folder is too large: everything that can be had again."""

LEFTOVER_AGE = 3600.0
"""Seconds after which a temporary file belongs to a process that was killed."""


class _Kept(Struct, frozen=True, order=True):
    used_at: float
    size: int
    path: str
    kind: str


def measure(folder: Path) -> tuple[int, int]:
    """The number of kept answers, and the bytes of every file of the cache."""
    kept = list(_kept(folder))
    return sum(each.kind == ANSWERS for each in kept), sum(each.size for each in kept)


def sweep(folder: Path, bounds: Bounds, now: float) -> None:
    """Remove leftovers of killed processes, then what was used longest ago, until the bounds hold."""
    _remove_leftovers(folder, now)
    kept = sorted(_kept(folder))
    counts = {kind: sum(each.kind == kind for each in kept) for kind in KINDS}
    size = sum(each.size for each in kept)
    for each in kept:
        too_many = each.kind != BODIES and counts[each.kind] > bounds.entries
        too_large = each.kind in _GIVEN_UP and size > bounds.size
        if (too_many or too_large) and remove_quietly(each.path):
            counts[each.kind] -= 1
            size -= each.size


def empty(folder: Path, now: float) -> tuple[int, int]:
    """Remove every file of the cache; how many answers were removed, and how many files could not be.

    What another process is writing at this moment, and the folder that it writes it into, are left to it: without
    them it would have to begin again, and again where a cache is cleared again and again.
    """
    removed = left = 0
    for kind in KINDS:
        for entry in files_of(folder, kind):
            if not remove_quietly(entry.path):
                left += 1
            elif kind == ANSWERS:
                removed += 1
    _remove_leftovers(folder, now)
    return removed, left


def _kept(folder: Path) -> Iterator[_Kept]:
    for kind in KINDS:
        for entry in files_of(folder, kind):
            used_at, size = _used_at(entry)
            yield _Kept(used_at, size, entry.path, kind)


def _used_at(entry: os.DirEntry[str]) -> tuple[float, int]:
    """Time of last use and size; a file that has just gone is new and empty."""
    try:
        about = entry.stat(follow_symlinks=False)
    except OSError:
        return float("inf"), 0
    return about.st_mtime, about.st_size


def _remove_leftovers(folder: Path, now: float) -> None:
    """Remove the temporary files of processes that were killed."""
    for entry in entries_of(folder):
        is_ours = entry.name.startswith(TEMPORARY) and entry.is_file(follow_symlinks=False)
        if is_ours and now - _used_at(entry)[0] > LEFTOVER_AGE:
            remove_quietly(entry.path)
