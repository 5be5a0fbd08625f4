"""Whom a lock asks besides the sources of providers: release markers and registries."""

from __future__ import annotations

from capyctl.config.release_markers import MarkerAddressError, marker_base
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.fetching.memoized_markers import MemoizedMarkers
from capyctl.fetching.recorded_markers import KeptMarkers
from capyctl.fetching.remembered_markers import RememberedMarkers
from capyctl.ports.registry import Registry
from capyctl.ports.release_markers import ReleaseMarkers
from capyctl.wiring.kubernetes_versions import live_markers
from capyctl.wiring.lock_reading import UnusableLockError
from capyctl.wiring.world import World


def lock_markers(world: World) -> ReleaseMarkers:
    """Where markers are asked; offline what this machine got last.

    Raises:
        UnusableLockError: the address that is configured cannot be used.
    """
    try:
        if world.offline:
            kept = KeptMarkers(world.cache, marker_base(world.settings.environment))
            return MemoizedMarkers(kept, world.transcript)
        return RememberedMarkers(source=live_markers(world), cache=world.cache)
    except MarkerAddressError as error:
        raise UnusableLockError(
            Diagnostic(code=codes.SETTING_INVALID, severity=Severity.ERROR, detail=str(error))
        ) from error


def lock_registry(world: World) -> Registry:
    """The registries of this run."""
    from capyctl.wiring.registry import open_registry  # noqa: PLC0415 - oras, which most locks spare

    return open_registry(world)
