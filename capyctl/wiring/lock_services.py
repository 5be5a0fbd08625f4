"""``lock`` over a world: what is named is resolved, read and recorded (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.lock.gaps import diagnose_gaps
from capyctl.app.lock.making import Entries, LockMaker, LockOrder
from capyctl.app.lock.markers import Marker
from capyctl.app.lock.withdrawn import withdrawn_images
from capyctl.app.plan_install import CertManager, InstallPlanner
from capyctl.app.resolution import ResolveRequest, Target
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix
from capyctl.core.identity import ProviderReference
from capyctl.core.lock_spec import LockSpec
from capyctl.core.requirement import Requirement
from capyctl.wiring.lock_reading import LockReading, UnusableLockError
from capyctl.wiring.lock_sources import lock_markers, lock_registry
from capyctl.wiring.lock_targets import (
    FoundTargets,
    core_contract_of,
    find_targets,
    kept_request,
    other_cert_managers,
)
from capyctl.wiring.lock_writing import MadeLock, lock_that_is_there, put_lock
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


def make_lock(world: World, asked: LockAsked) -> Served[MadeLock | None]:
    """Make the lock and write it; None where it was not made, or not written."""
    try:
        before = lock_that_is_there(world, asked.path, is_needed=asked.update)
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
    said += withdrawn_images(old, entries.kubernetes, entries.unasked, entries.evidence, world.invocation)
    done = put_lock(world, asked.path, entries, began=before if asked.update else None, found=found)
    if isinstance(done, Diagnostic):
        return served(world, None, (*said, done), asked_of)
    return served(world, done, (*said, *diagnose_gaps(entries.gaps, done.lock, world.invocation)), asked_of)


def _targets(world: World, asked: LockAsked, before: LockReading | None) -> FoundTargets:
    if asked.spec is not None:
        return _targets_of_spec(world, asked.spec, asked.requirement)
    old = before.lock if before is not None else None
    found = find_targets(world, [(each, asked.requirement) for each in asked.references], old)
    if not asked.update or before is None:
        return found
    unsaid = {
        each.label
        for each in found.targets
        if each.reference.version is None and asked.requirement == Requirement()
    }
    targets = tuple(_as_before(each, before) if each.label in unsaid else each for each in found.targets)
    return replace(found, targets=targets, as_before=frozenset(unsaid))


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


def _as_before(target: Target, before: LockReading) -> Target:
    """A reference to an entry that names nothing new asks for what was asked for before."""
    entry = before.lock.provider(target.label)
    if entry is None:
        return target
    reference, kept = kept_request(entry)
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
