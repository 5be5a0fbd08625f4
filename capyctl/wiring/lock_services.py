"""``lock`` over a world: what is named is resolved, read and recorded; ``--check`` holds the world against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from capyctl.adapters.whole_file import WholeFileError, refuse_other_than_file, write_whole_file
from capyctl.app.lock.change_diagnostics import diagnose_changes
from capyctl.app.lock.checking import LockChecker
from capyctl.app.lock.making import Entries, LockMaker, LockOrder
from capyctl.app.lock.markers import Marker
from capyctl.app.plan_install import InstallPlanner
from capyctl.app.resolution import ResolveRequest, Target
from capyctl.app.resolve import Resolver
from capyctl.config.release_markers import MarkerAddressError, marker_base
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderReference, ProviderType, split_manifest_label
from capyctl.core.lock import Lock, LockedProvider
from capyctl.core.lock_changes import CERT_MANAGER, LockChange, same_answers, with_known
from capyctl.core.lock_spec import LockSpec
from capyctl.core.lock_text import LockError, lock_text, read_lock
from capyctl.core.requirement import Requirement, parse_requirement
from capyctl.core.version import spellings_of
from capyctl.core.version_constraint import ConstraintError
from capyctl.fetching.memoized_markers import MemoizedMarkers
from capyctl.fetching.recorded_markers import KeptMarkers
from capyctl.fetching.remembered_markers import RememberedMarkers
from capyctl.ports.registry import Registry
from capyctl.ports.release_markers import ReleaseMarkers
from capyctl.version import __version__
from capyctl.wiring.kubernetes_versions import live_markers
from capyctl.wiring.lock_reading import LockReading, UnusableLockError, open_lock
from capyctl.wiring.served import Served
from capyctl.wiring.services import cert_manager_of, served
from capyctl.wiring.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAsked:
    """What ``lock`` is asked to lock.

    Attributes:
        references: as typed, or None where ``spec`` says what. requirement: of each that names no version.
        update: lock these anew, and leave every other entry as it is. path: of the file, None for none.
    """

    references: Sequence[ProviderReference] = ()
    spec: LockSpec | None = None
    markers: Sequence[Marker] = ()
    requirement: Requirement = field(default_factory=Requirement)
    image_digests: bool = False
    update: bool = False
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLock:
    """The lock as it is now.

    Attributes:
        written: whether it was written; one in which nothing changed is left as it is.
        dropped: labels and markers that the lock had before, and that were not named this time.
    """

    lock: Lock
    written: bool
    dropped: tuple[str, ...] = ()


def make_lock(world: World, asked: LockAsked) -> Served[MadeLock | None]:
    """Make the lock and write it; None where it was not made, or not written."""
    try:
        before = _before(world, asked)
        found = _targets(world, asked, before)
        entries = _entries(world, asked, before, found)
    except UnusableLockError as error:
        return served(world, None, (error.diagnostic,), world.evidence())
    notes = before.notes if before is not None else ()
    said = (*notes, *found.diagnostics, *entries.diagnostics)
    asked_of = (*world.evidence(), *entries.evidence)
    if any(item.is_error for item in said):
        return served(world, None, said, asked_of)
    old = before.lock if before is not None else None
    made = entries.lock(__version__, world.clock.now(), old if asked.update else None)
    made = with_known(made, old, entries.unasked)
    if old is not None and same_answers(made, old):
        return served(world, MadeLock(lock=old, written=False), said, asked_of)
    failure = _written(made, asked.path)
    if failure is not None:
        return served(world, None, (*said, failure), asked_of)
    done = MadeLock(lock=made, written=asked.path is not None, dropped=_dropped(old, made))
    return served(world, done, said, asked_of)


def check_lock(world: World, path: Path) -> Served[tuple[LockChange, ...] | None]:
    """Hold the world against the lock; None where there is no lock to hold it against."""
    try:
        reading = open_lock(str(path), world.clock.now(), world.invocation)
        found = _of_entries(world, reading.lock.providers, str(path))
    except UnusableLockError as error:
        return served(world, None, (error.diagnostic,), world.evidence())
    checker = LockChecker(
        resolver=Resolver(catalog=world.catalog, asker=world.asker, components=world.components()),
        markers=partial(_markers, world),
        registry=partial(_registry, world),
        clock=world.clock,
        invocation=world.invocation,
    )
    locked = reading.lock.cert_manager
    cert_manager = cert_manager_of(world, locked.version) if locked is not None else None
    core = _core_contract(reading.lock, found.targets)
    try:
        checked = checker.check(reading.lock, found.targets, cert_manager, core)
    except UnusableLockError as error:
        return served(world, None, (error.diagnostic,), world.evidence())
    changes = diagnose_changes(checked.changes, world.invocation)
    said = (*reading.notes, *found.diagnostics, *checked.diagnostics, *changes)
    asked: tuple[Evidence, ...] = (reading.evidence, *world.evidence(), *checked.evidence)
    return served(world, checked.changes, said, asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What references stand for."""

    targets: tuple[Target, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    cert_manager: bool = False


def _before(world: World, asked: LockAsked) -> LockReading | None:
    """The lock that is there already; a file that is none is not replaced."""
    path = asked.path
    if path is None:
        return None
    try:
        refuse_other_than_file(path)
    except WholeFileError as error:
        raise UnusableLockError(_not_written(path, error.reason)) from error
    if not path.exists() and not asked.update:
        return None
    return open_lock(str(path), world.clock.now(), world.invocation)


def _targets(world: World, asked: LockAsked, before: LockReading | None) -> _Found:
    if asked.spec is not None:
        return _found(world, [(each.reference, each.requirement) for each in asked.spec.providers])
    if not asked.update or before is None:
        return _found(world, [(each, asked.requirement) for each in asked.references])
    others = [each for each in asked.references if each.name != CERT_MANAGER]
    found = _found(world, [(each, asked.requirement) for each in others])
    targets = tuple(_as_before(each, asked.requirement, before) for each in found.targets)
    return replace(found, targets=targets, cert_manager=len(others) < len(asked.references))


def _found(world: World, wanted: Iterable[tuple[ProviderReference, Requirement]]) -> _Found:
    targets: list[Target] = []
    said: list[Diagnostic] = []
    for reference, requirement in wanted:
        found = world.finder().find((reference,))
        targets += [replace(each, requirement=requirement) for each in found.found]
        said += found.diagnostics
    return _Found(targets=tuple(targets), diagnostics=tuple(said))


def _as_before(target: Target, requirement: Requirement, before: LockReading) -> Target:
    """A reference to an entry that names nothing new asks for what was asked for before."""
    entry = before.lock.provider(target.label)
    if entry is None or target.reference.version is not None or requirement != Requirement():
        return target
    reference, kept = _kept(entry, before.origin.name)
    return replace(target, reference=replace(target.reference, version=reference.version), requirement=kept)


def _kept(entry: LockedProvider, path: str) -> tuple[ProviderReference, Requirement]:
    """The reference of an entry and what was required of it, as the lock keeps it.

    Raises:
        UnusableLockError: somebody edited it into something else.
    """
    reference = ProviderReference(text=entry.provider, name=entry.provider)
    if entry.requested is not None and entry.version in spellings_of(entry.requested):
        return replace(reference, version=entry.requested), Requirement(tag=entry.requested)
    try:
        requirement = parse_requirement(entry.requested)
    except ConstraintError as error:
        detail = (
            f"The lock {path} cannot be used: 'requested' of {entry.provider} is no tag and no constraint:"
            f" {error.reason}."
        )
        raise UnusableLockError(
            Diagnostic(
                code=codes.LOCK_UNREADABLE,
                severity=Severity.ERROR,
                detail=detail,
                subject=Subject(provider=entry.provider, file=path),
                fixes=(
                    Fix(
                        applicability=Applicability.REVIEW,
                        title="take the lock from version control again; it is not meant to be edited",
                        command="capyctl explain CAPY1101",
                    ),
                ),
            )
        ) from error
    return replace(reference, version=requirement.tag), requirement


def _of_entries(world: World, entries: Iterable[LockedProvider], path: str) -> _Found:
    return _found(world, [_kept(each, path) for each in entries])


def _entries(world: World, asked: LockAsked, before: LockReading | None, found: _Found) -> Entries:
    """Resolve and read what was found; nothing is asked where a reference stands for nothing."""
    if any(item.is_error for item in found.diagnostics):
        return Entries()
    spec = asked.spec
    brings = found.cert_manager or not asked.update
    cert_manager = cert_manager_of(world, spec.cert_manager if spec is not None else None) if brings else None
    core = _core_contract(before.lock, found.targets) if before is not None and asked.update else None
    maker = LockMaker(
        planner=InstallPlanner(
            catalog=world.catalog, asker=world.asker, components=world.components(), cert_manager=None
        ),
        markers=partial(_markers, world),
        registry=partial(_registry, world),
        clock=world.clock,
        invocation=world.invocation,
    )
    return maker.make(
        LockOrder(
            request=ResolveRequest(targets=found.targets, core_contract=core),
            cert_manager=cert_manager,
            markers=(*asked.markers, *(spec.kubernetes if spec is not None else ())),
            image_digests=asked.image_digests,
        )
    )


def _dropped(before: Lock | None, made: Lock) -> tuple[str, ...]:
    if before is None:
        return ()
    labels = [each.provider for each in before.providers if made.provider(each.provider) is None]
    return (*labels, *(each.marker for each in before.kubernetes if made.marker(each.marker) is None))


def _core_contract(lock: Lock, targets: Iterable[Target]) -> str | None:
    """The contract of the locked core, for a run that does not resolve it again."""
    if any(each.entry.key.type is ProviderType.CORE and each.pin is None for each in targets):
        return None
    cores = (each for each in lock.providers if split_manifest_label(each.provider).type is ProviderType.CORE)
    return next((each.contract for each in cores), None)


def _markers(world: World) -> ReleaseMarkers:
    try:
        if world.offline:
            kept = KeptMarkers(world.cache, marker_base(world.settings.environment))
            return MemoizedMarkers(kept, world.transcript)
        return RememberedMarkers(source=live_markers(world), cache=world.cache)
    except MarkerAddressError as error:
        raise UnusableLockError(
            Diagnostic(code=codes.SETTING_INVALID, severity=Severity.ERROR, detail=str(error))
        ) from error


def _registry(world: World) -> Registry:
    from capyctl.wiring.registry import open_registry  # noqa: PLC0415 - oras, which most locks spare

    return open_registry(world)


def _written(lock: Lock, path: Path | None) -> Diagnostic | None:
    """Write the lock, once it is sure that it can be read again."""
    if path is None:
        return None
    text = lock_text(lock)
    try:
        read_lock(text.encode())
        write_whole_file(path, text)
    except WholeFileError as error:
        return _not_written(path, error.reason)
    except LockError as error:
        return _not_written(path, f"a source gave what no lock can hold: {error.reason}")
    return None


def _not_written(path: Path, reason: str) -> Diagnostic:
    return Diagnostic(
        code=codes.LOCK_NOT_WRITTEN,
        severity=Severity.ERROR,
        detail=f"The lock cannot be written as {path}: {reason}. What was there before still is.",
        subject=Subject(file=str(path)),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="run it in a folder that can be written, with room for the file",
            ),
        ),
    )
