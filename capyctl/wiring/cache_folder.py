"""The disk cache of a run: opened by its folder, closed with the run (cli.md 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capyctl.config.paths import places
from capyctl.wiring.request import WorldRequest

if TYPE_CHECKING:
    from capyctl.ports.cache import Cache
    from capyctl.ports.clock import Clock
    from capyctl.ports.readings import Readings


def open_cache(request: WorldRequest, clock: Clock) -> Cache | None:
    """The cache; None with ``--no-cache``, and where no home folder is known. Nothing is read or written yet."""
    environment = request.environment
    path = places(environment.get, environment.platform, environment.home).cache
    if request.no_cache or not path:
        return None
    from capyctl.adapters.disk_cache import DiskCache  # noqa: PLC0415 - runs without a cache do without it

    cache = DiskCache(path, clock)
    request.at_end(cache.close)
    return cache


def readings_of(cache: Cache) -> Readings:
    """What was read of files before, as this cache keeps it; nothing is read yet."""
    from capyctl.adapters.kept_readings import KeptReadings  # noqa: PLC0415 - as above

    return KeptReadings(cache)
