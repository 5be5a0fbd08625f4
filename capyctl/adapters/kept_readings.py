"""What was read of files, in the disk cache, for as long as the code that read them is the same (ADR 38)."""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capyctl.ports.cache import Cache


_CORE = Path(__file__).parents[1] / "core"


class KeptReadings:
    """``ports.readings.Readings`` over a cache; making one reads nothing."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._stamp: bytes | None = None
        self._recalled: dict[bytes, bytes] = {}

    def recall(self, given: bytes) -> bytes | None:
        """What this code read before from the same; None where it is not kept."""
        if given not in self._recalled:
            told = self._cache.reading(self._key(given))
            if told is None:
                return None
            self._recalled[given] = told
        return self._recalled[given]

    def keep(self, given: bytes, told: bytes) -> None:
        """Keep what this code read."""
        self._cache.keep_reading(self._key(given), told)

    def _key(self, given: bytes) -> str:
        if self._stamp is None:
            self._stamp = stamp_of_code(_CORE)
        return hashlib.sha256(self._stamp + given).hexdigest()


def stamp_of_code(core: Path) -> bytes:
    """What differs where any file of the core does, or Python, or PyYAML."""
    seen = _files(core)
    yaml = find_spec("yaml")
    if yaml is not None and yaml.origin is not None:
        seen += _files(Path(yaml.origin).parent)
    return hashlib.sha256(repr((sys.version, seen)).encode()).digest()


def _files(folder: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of change of every source file under a folder, in order."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found += _files(Path(entry.path)) if not entry.name.startswith("__") else []
            else:
                about = entry.stat()
                found.append((entry.name, about.st_size, about.st_mtime_ns))
    return sorted(found)
