"""Runs that are bound to a lock: the world pinned, and everything compared before anything is given (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.identity import CERT_MANAGER
from capyctl.core.lock import Lock
from capyctl.core.lock_origin import LockOrigin
from capyctl.core.provider_table import ProviderTable, TableEntry
from capyctl.core.requirement import LATEST
from capyctl.ports.fetcher import FileSource
from capyctl.wiring.lock_reading import LockReading, UnusableLockError, open_lock
from capyctl.wiring.locked_catalog import LockedCatalog, LockSources
from capyctl.wiring.locked_places import moved_address
from capyctl.wiring.world import ConfigurationFailedError, World


class Pin(Struct, frozen=True, kw_only=True):
    """A version that the configuration names, and the file it stands in."""

    tag: str
    origin: str


class LockedRun(Struct, frozen=True, kw_only=True):
    """The lock that a run is bound to.

    Attributes:
        pins: by manifest label, what addresses in the table pin, and which cert-manager the configuration names.
        moved: by manifest label, sentences about addresses in the place of which the lock's are used.
    """

    lock: Lock
    origin: LockOrigin
    catalog: LockedCatalog
    pins: Mapping[str, Pin] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every provider of the lock."""
        return tuple(each.provider for each in self.lock.providers)

    def asked_kubernetes(self) -> str | None:
        """The one Kubernetes version of the lock; None where it has none or several."""
        found = {each.version for each in self.lock.kubernetes}
        return found.pop() if len(found) == 1 else None


def bind_to_lock(world: World, name: str) -> World:
    """The world bound to the lock in a file.

    Raises:
        ConfigurationFailedError: the file holds no lock that can be used.
    """
    try:
        reading = open_lock(name, world.clock.now(), world.invocation)
    except UnusableLockError as error:
        raise ConfigurationFailedError((error.diagnostic,)) from error
    network, settings = world.network, world.settings
    sources = LockSources(
        held=network.held_files(settings, world.table, world.asker),
        held_repository=network.held_repository(settings, world.asker),
        inner=world.catalog,
        offline=world.offline,
    )
    return bind_world(world, reading, sources)


def bind_world(
    world: World, reading: LockReading, sources: LockSources, rows: Mapping[str, TableEntry] | None = None
) -> World:
    """The same world with the lock's versions in its table, and the lock's files as its only sources.

    ``rows``, by manifest label, stand in the place of entries whose address is of another repository than the lock's.
    """
    lock = reading.lock
    world.transcript.record(reading.evidence)
    catalog = LockedCatalog(lock, reading.origin, sources, world.asker, _overrides(world))
    moved = _moved(world.table, lock, rows or {})
    run = LockedRun(lock=lock, origin=reading.origin, catalog=catalog, pins=_pins(world), moved=moved)
    own = {label: row for label, row in (rows or {}).items() if label in moved}
    cert_manager = world.cert_manager
    if lock.cert_manager is not None:
        version, location = lock.cert_manager.version, cert_manager.location
        pinned = replace(location, channel=version) if location is not None else None
        cert_manager = replace(cert_manager, version=version, location=pinned)
    return replace(
        world,
        table=_pinned(world.table, lock, own),
        catalog=catalog,
        cert_manager=cert_manager,
        notes=(*world.notes, *reading.notes),
        locked=run,
    )


def _overrides(world: World) -> Callable[[str], FileSource | None]:
    folder = world.overrides
    return folder.source if folder is not None else lambda _: None


def _pins(world: World) -> dict[str, Pin]:
    found = {
        entry.key.manifest_label: Pin(tag=entry.location.channel, origin=entry.origin)
        for entry in world.table.entries
        if entry.location is not None and entry.location.channel not in ("", LATEST)
    }
    settings = world.cert_manager
    if settings.names_version:
        found[CERT_MANAGER] = Pin(tag=settings.version, origin=settings.origin)
    return found


def _moved(table: ProviderTable, lock: Lock, rows: Mapping[str, TableEntry]) -> dict[str, str]:
    """What is to be said of entries that these rows stand in for: the same files, at another address."""
    found = {}
    for label, row in rows.items():
        entry, locked = table.get(row.key), lock.provider(label)
        if entry is None or locked is None or entry.location is None or row.location is None:
            continue
        same_file = entry.location.components_file == row.location.components_file
        told = moved_address(entry, locked.repository) if same_file else ""
        if told:
            found[label] = told
    return found


def _pinned(table: ProviderTable, lock: Lock, own: Mapping[str, TableEntry]) -> ProviderTable:
    """The table with the lock's version in every address that can hold one, and its own rows where they differ."""
    entries = (own.get(each.key.manifest_label, each) for each in table.entries)
    return replace(table, entries=tuple(_pinned_entry(each, lock) for each in entries))


def _pinned_entry(entry: TableEntry, lock: Lock) -> TableEntry:
    locked = lock.provider(entry.key.manifest_label)
    if locked is None or entry.location is None:
        return entry
    return replace(entry, location=replace(entry.location, channel=locked.version))
