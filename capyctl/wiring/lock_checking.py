"""``lock --check`` over a world: everything the lock records is asked again, and nothing is written (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.lock.change_diagnostics import diagnose_changes
from capyctl.app.lock.checking import Checked, LockChecker
from capyctl.app.plan_install import CertManager
from capyctl.app.resolution import Target
from capyctl.app.resolve import Resolver
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.location import LocalTree
from capyctl.core.lock import Lock
from capyctl.core.lock_changes import LockChange
from capyctl.core.status_rules import status_of
from capyctl.wiring.lock_reading import UnusableLockError, lock_contradicted, open_lock
from capyctl.wiring.lock_sources import lock_markers, lock_registry
from capyctl.wiring.lock_targets import core_contract_of, targets_of_entries
from capyctl.wiring.planning import cert_manager_of
from capyctl.wiring.served import Served, served
from capyctl.wiring.world import World


class Comparison(Struct, frozen=True, kw_only=True):
    """A lock held against the world.

    Attributes:
        changes: every difference that was found. same: labels and markers that are as they were locked.
        undecided: those of which not everything could be held against the world.
        unknown: those that the configuration does not have, so that there was nobody to ask.
    """

    changes: tuple[LockChange, ...]
    same: tuple[str, ...]
    undecided: tuple[str, ...]
    unknown: tuple[str, ...]


def check_lock(world: World, path: Path) -> Served[Comparison | None]:
    """Hold the world against the lock; None where there is no lock that it can be held against."""
    try:
        reading = open_lock(str(path), world.clock.now(), world.invocation)
        found = targets_of_entries(world, reading.lock)
    except UnusableLockError as error:
        return served(world, None, (error.diagnostic,), world.evidence())
    checker = LockChecker(
        resolver=Resolver(catalog=world.catalog, asker=world.asker, components=world.components()),
        markers=partial(lock_markers, world),
        registry=partial(lock_registry, world),
        clock=world.clock,
        invocation=world.invocation,
    )
    locked = reading.lock.cert_manager
    cert_manager = cert_manager_of(world, locked.version) if locked is not None else None
    core = core_contract_of(reading.lock, found.targets)
    lock, beyond_reach = _within_reach(world, reading.lock, found.targets, cert_manager)
    targets = [each for each in found.targets if lock.provider(each.label) is not None]
    try:
        checked = checker.check(lock, targets, cert_manager, configured=_named(world), core=core)
    except UnusableLockError as error:
        return served(world, None, (error.diagnostic,), world.evidence())
    if checked.contradictions:
        edited = [lock_contradicted(reading.lock, reading.origin, each) for each in checked.contradictions]
        asked = (reading.evidence, *world.evidence(), *checked.evidence)
        return served(world, None, (*reading.notes, *edited), asked)
    changes = tuple(diagnose_changes(checked.changes, lock, world.invocation, checked.asked))
    faults = (*reading.notes, *found.diagnostics, *checked.diagnostics, *changes)
    unanswered = (*beyond_reach, *checked.unanswered)
    known = {each.key.manifest_label for each in world.table.entries}
    unknown = tuple(each.provider for each in reading.lock.providers if each.provider not in known)
    reached = _reached(lock, targets, cert_manager)
    compared = _comparison(reading.lock, checked, reached, unknown)
    answer: Served[Comparison | None] = served(
        world, compared, (*faults, *unanswered), (reading.evidence, *world.evidence(), *checked.evidence)
    )
    if (
        checked.changes
        or not (compared.undecided or compared.unknown)
        or status_of((*world.notes, *faults)) is not ExitStatus.DONE
    ):
        return answer
    # Whatever came in the place of an answer: nothing is known to have changed, and not that nothing has.
    return replace(answer, status=ExitStatus.UNDETERMINED)


def _named(world: World) -> str | None:
    return world.cert_manager.version if world.cert_manager.names_version else None


def _reached(lock: Lock, targets: Sequence[Target], cert_manager: CertManager | None) -> set[str]:
    """The entries that could be asked about, of the part of the lock that is within reach."""
    reached = {each.label for each in targets} | {each.marker for each in lock.kubernetes}
    return reached | ({CERT_MANAGER} if lock.cert_manager is not None and cert_manager is not None else set())


def _comparison(lock: Lock, checked: Checked, reached: Set[str], unknown: tuple[str, ...]) -> Comparison:
    """Every entry is changed, or as it was locked, or undecided, or unknown."""
    every = [each.provider for each in lock.providers]
    every += [CERT_MANAGER] if lock.cert_manager is not None else []
    every += [each.marker for each in lock.kubernetes]
    changed = {row.provider or row.marker for row in checked.changes}
    open_ones = tuple(each for each in every if each in checked.undecided or each not in reached)
    return Comparison(
        changes=checked.changes,
        same=tuple(each for each in every if each not in changed and each not in open_ones),
        undecided=tuple(each for each in open_ones if each not in unknown),
        unknown=unknown,
    )


def _within_reach(
    world: World, lock: Lock, targets: Sequence[Target], cert_manager: CertManager | None
) -> tuple[Lock, tuple[Diagnostic, ...]]:
    """The part of a lock that this run can ask about: offline, what is kept of the world is not the world."""
    if not world.offline:
        return lock, ()
    here = {each.label for each in targets if isinstance(each.entry.location, LocalTree)}
    keeps = cert_manager is not None and isinstance(cert_manager.entry.location, LocalTree)
    reduced = replace(
        lock,
        providers=tuple(each for each in lock.providers if each.provider in here),
        cert_manager=lock.cert_manager if keeps else None,
        kubernetes=(),
    )
    away = [each.label for each in targets if each.label not in here]
    away += [CERT_MANAGER] if lock.cert_manager is not None and not keeps else []
    away += [each.marker for each in lock.kubernetes]
    return reduced, (_out_of_reach(world, away),) if away else ()


def _out_of_reach(world: World, names: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        code=codes.NO_DATA_OFFLINE,
        severity=Severity.ERROR,
        detail=(
            f"The run is offline, and a check asks the world: nothing can be said of {', '.join(names)}."
        ),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="check where there is a network",
                command=world.invocation.without("--offline"),
            ),
        ),
    )
