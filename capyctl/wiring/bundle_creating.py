"""A bundle made of a lock: its files by their digests, from the cache or from where they were locked (cli.md 7.5)."""

from __future__ import annotations

from collections.abc import Mapping

from capyctl.adapters.bundle_file import write_bundle
from capyctl.adapters.whole_file import WholeFileError, has_place, place_of
from capyctl.app.bundle_report import (
    count_lacking,
    diagnose_left_out,
    diagnose_not_carried,
    diagnose_not_written,
)
from capyctl.app.changed_files import changed_file
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.lock.contradicted_images import images_contradicted
from capyctl.config.lock_file import LockFileError, parse_lock_file, read_lock_bytes
from capyctl.core import codes
from capyctl.core.bundle.content import Bundle, images_of
from capyctl.core.bundle.members import BundleSource, archive_pieces, assemble
from capyctl.core.bundle.release import Release, releases_of
from capyctl.core.bundle.rows import RowMissingError, rows_of
from capyctl.core.bundle.tar import NameTooLongError
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.provider_table import TableEntry
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.fetcher import FileContent
from capyctl.wiring.lock_comparison import compare_files
from capyctl.wiring.lock_reading import lock_contradicted, lock_unreadable
from capyctl.wiring.locked import LockedRun
from capyctl.wiring.locked_references import check_cert_manager, pin_problems
from capyctl.wiring.planning import cert_manager_of
from capyctl.wiring.served import Served, served
from capyctl.wiring.world import World

_COMPRESSED = (".gz", ".tgz")


class _RefusedError(Exception):
    """No bundle is made; ``diagnostics`` say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("no bundle is made")
        self.diagnostics = diagnostics


def create_bundle(world: World, run: LockedRun, path: str) -> Served[Bundle | None]:
    """Make the bundle of the lock that this world is bound to, and write it whole or not at all."""
    said: list[Diagnostic] = []
    found: Bundle | None = None
    try:
        found = _created(world, run, path, said)
    except _RefusedError as error:
        said += error.diagnostics
    except WholeFileError as error:
        said.append(diagnose_not_written(path, error.reason, world.invocation if has_place(path) else None))
    return served(world, found, said, world.evidence())


def _created(world: World, run: LockedRun, path: str, said: list[Diagnostic]) -> Bundle:
    place_of(path)  # before anybody is asked
    differing = _differing(world, run)
    if differing:
        raise _RefusedError(*differing)
    source = _source(world, run)
    made = assemble(source, _locked_files(world, run, path, said))
    try:
        digest = write_bundle(path, archive_pieces(made), compress=path.endswith(_COMPRESSED))
    except NameTooLongError as error:
        raise _RefusedError(diagnose_not_carried(str(error), world.invocation)) from error
    said += map(diagnose_left_out, made.left_out)
    return Bundle(
        digest=digest,
        lock=source.lock,
        files=made.files,
        images=images_of(source.lock),
        needed=sum(len(each.files) for each in releases_of(source.lock)),
    )


def _differing(world: World, run: LockedRun) -> list[Diagnostic]:
    """Versions that the configuration names and the lock does not have."""
    found = [item for label in run.labels for item in pin_problems(run, label)]
    return [*found, *(check_cert_manager(world) if run.lock.cert_manager is not None else ())]


def _source(world: World, run: LockedRun) -> BundleSource:
    """The lock's bytes as they are now; a lock that changed since this run began is not the one it is bound to."""
    try:
        data = read_lock_bytes(run.origin.name)
        lock = parse_lock_file(data, run.origin.name)
    except LockFileError as error:
        raise _RefusedError(lock_unreadable(error)) from error
    if lock != run.lock:
        said = f"{run.origin.name} was changed while it was being read"
        raise _RefusedError(diagnose_not_carried(said, world.invocation))
    try:
        rows = rows_of(world.table.entries, run.labels)
    except RowMissingError as error:
        raise _RefusedError(diagnose_not_carried(str(error), world.invocation, error.label)) from error
    return BundleSource(lock=lock, lock_bytes=data, rows=rows)


def _locked_files(world: World, run: LockedRun, path: str, said: list[Diagnostic]) -> dict[str, bytes]:
    """The bytes of every locked file by digest. All that is lacking is told at once."""
    entries = _entries(world, run)
    compared = compare_files(world, list(entries.values()))
    said += compared.said
    if any(each.code is codes.LOCK_UNREADABLE for each in compared.said):
        raise _RefusedError
    if compared.is_refused:
        needed = sum(len(release.files) for release in releases_of(run.lock))
        raise _RefusedError(count_lacking(path, needed, [each for each in compared.said if each.is_error]))
    files: dict[str, bytes] = {}
    found: list[Diagnostic] = []
    for release in releases_of(run.lock):
        found += _read(world, run, entries[release.label], release, files)
    if any(each.is_error for each in found):
        raise _RefusedError(*found)
    said += found
    return files


def _read(
    world: World, run: LockedRun, entry: TableEntry, release: Release, files: dict[str, bytes]
) -> list[Diagnostic]:
    source = run.catalog.files(entry)
    problems: list[Diagnostic] = []
    for name, locked in release.files.items():
        try:
            answer = source.file(entry.readable_location, release.version, name)
        except FetchError as error:
            failure = Failure(error=error, provider=release.label, version=release.version, file=name)
            problems += diagnose_failures([failure], Severity.ERROR)
            continue
        files[locked.sha256] = answer.value.data
        problems += changed_file(release.label, answer)
        if name == entry.readable_location.components_file:
            problems += _image_problems(world, run, entry, name, answer.value)
    return problems


def _image_problems(
    world: World, run: LockedRun, entry: TableEntry, name: str, content: FileContent
) -> list[Diagnostic]:
    locked = run.catalog.locked(entry.key.manifest_label)
    if locked is None:
        return []
    found = images_contradicted(world.components(), entry, locked, name, content)
    return [lock_contradicted(run.lock, run.origin, found)] if found is not None else []


def _entries(world: World, run: LockedRun) -> Mapping[str, TableEntry]:
    """Where each release of the lock was published."""
    known = {entry.key.manifest_label: entry for entry in world.table.entries if entry.location is not None}
    manager = cert_manager_of(world)
    if manager is not None:
        known[CERT_MANAGER] = manager.entry
    found: dict[str, TableEntry] = {}
    for release in releases_of(run.lock):
        entry = known.get(release.label)
        if entry is None:
            said = f"the address of {release.label} in the provider table cannot be used"
            raise _RefusedError(diagnose_not_carried(said, run.origin.invocation, release.label))
        found[release.label] = entry
    return found
