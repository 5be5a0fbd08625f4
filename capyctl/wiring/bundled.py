"""Runs that are bound to a bundle: its lock, its rows of the provider table, its files, and no network (cli.md 7.5)."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.bundle_file import BundleChangedError, BundleFileError, OpenBundle
from capyctl.config.sections import CertManagerSettings
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.lock import Lock
from capyctl.core.lock_origin import LockOrigin
from capyctl.core.provider_table import build_table
from capyctl.core.repository_url import parse_repository_url
from capyctl.wiring.bundle_reading import BundleRefusedError, SoundBundle, sound_bundle
from capyctl.wiring.lock_reading import LockReading, future_notes
from capyctl.wiring.locked import bind_world
from capyctl.wiring.locked_catalog import LockSources
from capyctl.wiring.world import ConfigurationFailedError, World


class KeptByBundle(Struct, frozen=True, kw_only=True):
    """A bundle as something that keeps bytes by their digest."""

    archive: OpenBundle

    @property
    def route(self) -> str:
        """``bundle``."""
        return self.archive.route

    def body(self, sha256: str) -> bytes | None:
        """The bytes with this digest; None also where the bundle was changed since it was judged."""
        try:
            return self.archive.body(sha256)
        except (BundleChangedError, BundleFileError):
            return None


def bind_to_bundle(world: World, path: str) -> World:
    """The world bound to the lock in a bundle; the bundle is open until the run ends.

    The bundle's rows stand over the built-in ones and under what the user says (cli.md 2).

    Raises:
        ConfigurationFailedError: the bundle is not whole.
    """
    stack = ExitStack()
    world.request.at_end(stack.close)
    try:
        sound = stack.enter_context(sound_bundle(path))
    except BundleRefusedError as error:
        raise ConfigurationFailedError(error.diagnostics) from error
    table = world.table
    rows = (*sound.source.rows.values(), *table.file_entries)
    wider = replace(
        world,
        table=build_table(table.built_in, rows, table.configured),
        cert_manager=_as_carried(world, sound.bundle.lock),
    )
    kept = (KeptByBundle(archive=sound.archive),)
    sources = LockSources(kept=kept, inner=world.catalog, reaches_repositories=False, offline=True)
    return bind_world(wider, _reading(world, sound), sources, sound.source.rows)


def _as_carried(world: World, lock: Lock) -> CertManagerSettings:
    """cert-manager from where it was locked, unless the user says from where; its manifest under the locked name."""
    settings, locked, defaults = world.cert_manager, lock.cert_manager, world.table.cert_manager
    if locked is None:
        return settings
    if defaults is not None and settings.url == defaults.url:
        url = locked.repository.url
        location = parse_repository_url(url, CERT_MANAGER, None).location
        settings = replace(settings, url=url, location=location or settings.location)
    names = list(locked.files)
    if settings.location is None or len(names) != 1:
        return settings
    return replace(settings, location=replace(settings.location, components_file=names[0]))


def _reading(world: World, sound: SoundBundle) -> LockReading:
    path, lock = sound.archive.path, sound.bundle.lock
    origin = LockOrigin(
        name=path,
        created_at=lock.created_at,
        invocation=world.invocation,
        option="--bundle",
        is_here=False,
    )
    return LockReading(
        lock=lock,
        origin=origin,
        evidence=_evidence(sound),
        notes=(*sound.notes, *future_notes(lock, origin, world.clock.now())),
    )


def _evidence(sound: SoundBundle) -> Evidence:
    path = Path(sound.archive.path)
    return Evidence(
        route=sound.archive.route,
        question=Question.FILE,
        outcome=Outcome.FOUND,
        url=path.absolute().as_uri(),
        size=path.stat().st_size,
        sha256=sound.bundle.digest.partition(":")[2],
        as_of=sound.bundle.lock.created_at,
    )
