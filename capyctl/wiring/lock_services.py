"""``lock`` over a world: what is named is resolved, read and recorded (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.whole_file import WholeFileError, place_of, write_whole_file
from capyctl.app.lock.making import Entries, LockMaker, LockOrder
from capyctl.app.lock.markers import Marker
from capyctl.app.lock.withdrawn import withdrawn_images
from capyctl.app.plan_install import CertManager, InstallPlanner
from capyctl.app.resolution import ResolveRequest, Target
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderReference
from capyctl.core.lock import Lock
from capyctl.core.lock_changes import same_answers, with_known
from capyctl.core.lock_spec import LockSpec
from capyctl.core.lock_text import LockError, lock_text, read_lock
from capyctl.core.requirement import Requirement
from capyctl.version import __version__
from capyctl.wiring.lock_reading import LockReading, UnusableLockError, open_lock
from capyctl.wiring.lock_sources import lock_markers, lock_registry
from capyctl.wiring.lock_targets import (
    FoundTargets,
    core_contract_of,
    find_targets,
    kept_request,
    other_cert_managers,
)
from capyctl.wiring.planning import cert_manager_of
from capyctl.wiring.served import Served, served
from capyctl.wiring.spec_reading import spec_contradicted
from capyctl.wiring.world import World


class LockAsked(Struct, frozen=True, kw_only=True):
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


class MadeLock(Struct, frozen=True, kw_only=True):
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
    said += withdrawn_images(old, entries.kubernetes, entries.unasked, entries.evidence, world.invocation)
    if old is not None and same_answers(made, old):
        return served(world, MadeLock(lock=old, written=False), said, asked_of)
    failure = _written(made, asked.path)
    if failure is not None:
        return served(world, None, (*said, failure), asked_of)
    done = MadeLock(lock=made, written=asked.path is not None, dropped=_dropped(old, made))
    return served(world, done, said, asked_of)


def _before(world: World, asked: LockAsked) -> LockReading | None:
    """The lock that is there already; a file that is none is not replaced."""
    path = asked.path
    if path is None:
        return None
    try:
        place_of(path)
    except WholeFileError as error:
        raise UnusableLockError(_not_written(path, error.reason)) from error
    if not path.exists() and not asked.update:
        return None
    return open_lock(str(path), world.clock.now(), world.invocation)


def _targets(world: World, asked: LockAsked, before: LockReading | None) -> FoundTargets:
    if asked.spec is not None:
        return _targets_of_spec(world, asked.spec, asked.requirement)
    found = find_targets(world, [(each, asked.requirement) for each in asked.references])
    if not asked.update or before is None:
        return found
    return replace(
        found, targets=tuple(_as_before(each, asked.requirement, before) for each in found.targets)
    )


def _targets_of_spec(world: World, spec: LockSpec, general: Requirement) -> FoundTargets:
    """What the entries of a spec stand for; the options apply to each that does not say its own."""
    contradicting = tuple(each for each in spec.providers if each.contradicts(general))
    if contradicting:
        return FoundTargets(
            targets=(), diagnostics=(spec_contradicted(contradicting, general, world.invocation),)
        )
    found = find_targets(world, [(each.reference, each.under(general)) for each in spec.providers])
    said = (
        replace(each, code=codes.SPEC_UNREADABLE) if each.code is codes.USAGE else each
        for each in found.diagnostics
    )
    return replace(found, diagnostics=tuple(said))


def _as_before(target: Target, requirement: Requirement, before: LockReading) -> Target:
    """A reference to an entry that names nothing new asks for what was asked for before."""
    entry = before.lock.provider(target.label)
    if entry is None or target.reference.version is not None or requirement != Requirement():
        return target
    reference, kept = kept_request(entry, before.origin.name)
    return replace(target, reference=replace(target.reference, version=reference.version), requirement=kept)


def _entries(world: World, asked: LockAsked, before: LockReading | None, found: FoundTargets) -> Entries:
    """Resolve and read what was found; nothing is asked where a reference stands for nothing."""
    if any(item.is_error for item in found.diagnostics):
        return Entries()
    spec = asked.spec
    core = core_contract_of(before.lock, found.targets) if before is not None and asked.update else None
    maker = LockMaker(
        planner=InstallPlanner(
            catalog=world.catalog, asker=world.asker, components=world.components(), cert_manager=None
        ),
        markers=partial(lock_markers, world),
        registry=partial(lock_registry, world),
        clock=world.clock,
        invocation=world.invocation,
    )
    return maker.make(
        LockOrder(
            request=ResolveRequest(targets=found.targets, core_contract=core),
            cert_manager=_cert_manager(world, asked, found),
            markers=(*asked.markers, *(spec.kubernetes if spec is not None else ())),
            image_digests=asked.image_digests,
        )
    )


def _cert_manager(world: World, asked: LockAsked, found: FoundTargets) -> CertManager | None:
    """cert-manager in the version that is named, else in the configured one; None where it is left alone."""
    if asked.spec is not None:
        title = (
            "name a version that is published under cert-manager: in the spec, or none for the configured one"
        )
        cert_manager = cert_manager_of(world, asked.spec.cert_manager)
        ways_out = (Fix(applicability=Applicability.REVIEW, title=title),)
        named = asked.spec.cert_manager is not None
        return (
            replace(cert_manager, ways_out=ways_out) if cert_manager is not None and named else cert_manager
        )
    reference = found.cert_manager
    if reference is None:
        return cert_manager_of(world) if not asked.update else None
    cert_manager = cert_manager_of(world, reference.version)
    if cert_manager is None or reference.version is None:
        return cert_manager
    return replace(cert_manager, ways_out=other_cert_managers(reference, world.invocation))


def _dropped(before: Lock | None, made: Lock) -> tuple[str, ...]:
    if before is None:
        return ()
    labels = [each.provider for each in before.providers if made.provider(each.provider) is None]
    return (*labels, *(each.marker for each in before.kubernetes if made.marker(each.marker) is None))


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
