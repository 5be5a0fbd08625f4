"""The disk cache of this user, for the commands that are about it."""

from __future__ import annotations

from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.system_clock import SystemClock
from capyctl.cli.run import Run
from capyctl.config.environment import read_environment
from capyctl.config.paths import places


def disk_cache(run: Run) -> DiskCache | None:
    """The cache, whether or not it is there; None where no home folder is known."""
    environment = read_environment(run.environ)
    path = places(environment.get, environment.platform, environment.home).cache
    return DiskCache(path, SystemClock()) if path else None
