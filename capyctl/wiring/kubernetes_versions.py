"""Kubernetes versions of one run: where markers are asked, and what the answers are held against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.missing_file import is_missing
from capyctl.app.kubernetes_versions import (
    MarkerRecords,
    ResolvedVersion,
    VersionQuestion,
    VersionResolver,
)
from capyctl.config.release_markers import MarkerAddressError, marker_base
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.lock import LOCK_NAME, Lock
from capyctl.core.release_marker import ReleaseMarker
from capyctl.fetching.memoized_markers import MemoizedMarkers
from capyctl.fetching.recorded_markers import KeptMarkers, LockedMarkers
from capyctl.ports.release_markers import ReleaseMarkers
from capyctl.wiring.lock_reading import UnusableLockError, open_lock
from capyctl.wiring.served import Served, served_beside_providers
from capyctl.wiring.world import World


class FolderLock(Struct, frozen=True, kw_only=True):
    """The lock of the current folder, where there is one; ``notes`` say why one that is there is not used."""

    lock: Lock | None = None
    name: str = LOCK_NAME
    notes: tuple[Diagnostic, ...] = ()


def resolve_kubernetes_versions(
    world: World, questions: Sequence[VersionQuestion]
) -> Served[tuple[ResolvedVersion, ...]]:
    """Resolve markers: from the lock that the run is bound to, offline from the cache, else from their server."""
    try:
        resolver = _resolver(world, questions)
    except MarkerAddressError as error:
        refusal = Diagnostic(code=codes.SETTING_INVALID, severity=Severity.ERROR, detail=str(error))
        return served_beside_providers(world, (), (refusal,), used_cache=False)
    found = resolver.resolve(questions)
    used_cache = resolver.records is not None or resolver.is_kept
    return served_beside_providers(world, found, resolver.said, used_cache=used_cache)


def live_markers(world: World) -> ReleaseMarkers:
    """Markers as their server answers now, each asked once in this run, and never out of a cache.

    Raises:
        MarkerAddressError: the address that is configured cannot be used.
    """
    from capyctl.adapters.deferred_client import DeferredClient  # noqa: PLC0415 - runs without network spare it
    from capyctl.adapters.release_markers import HttpsReleaseMarkers  # noqa: PLC0415 - the same

    base = marker_base(world.settings.environment)
    asked = HttpsReleaseMarkers(DeferredClient(world.network.client), world.clock, base)
    return MemoizedMarkers(asked, world.transcript)


def folder_lock(world: World) -> FolderLock:
    """The lock of the current folder; one that cannot be used is a warning, for nothing is bound to it."""
    path = Path(world.settings.environment.working_folder) / LOCK_NAME
    if is_missing(str(path)):
        return FolderLock()
    try:
        return FolderLock(lock=open_lock(str(path), world.clock.now(), world.invocation).lock)
    except UnusableLockError as error:
        return FolderLock(notes=(replace(error.diagnostic, severity=Severity.WARNING),))


def _resolver(world: World, questions: Sequence[VersionQuestion]) -> VersionResolver:
    plain = VersionResolver(
        markers=MemoizedMarkers(KeptMarkers(None, "")), clock=world.clock, invocation=world.invocation
    )
    if not any(isinstance(each.asked, ReleaseMarker) for each in questions):
        return plain
    if world.locked is not None:
        plain.markers = MemoizedMarkers(LockedMarkers(world.locked.lock), world.transcript)
        return plain
    if world.offline:
        kept = KeptMarkers(world.cache, marker_base(world.settings.environment))
        plain.markers, plain.is_kept = MemoizedMarkers(kept, world.transcript), True
        return plain
    plain.markers = live_markers(world)
    found = folder_lock(world)
    plain.records = MarkerRecords(lock=found.lock, lock_name=found.name, cache=world.cache)
    plain.said += found.notes
    return plain
