"""``upgrade apply`` on a cluster: look, choose, fetch and render, check everything, then write (ADR 24)."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.apply.delete import DeletedObject, DeletionResult
from capyctl.app.apply.engine import Action, AppliedObject, ApplyFailure
from capyctl.app.apply.prune import prune
from capyctl.app.apply.rehearsal import Rehearsed, rehearse
from capyctl.app.install.write_diagnostics import interrupted, overtaken, resumed
from capyctl.app.upgrade_apply.rehearsing import rehearsal_problems
from capyctl.app.upgrade_apply.scaling import deployments_of, scale_down
from capyctl.core.apply_stages import staged_objects
from capyctl.core.object_key import ObjectKey
from capyctl.core.transaction import (
    Operation,
    Phase,
    ProviderRecord,
    ResumeKind,
    Transaction,
    decide_resume,
    mark_of,
)
from capyctl.core.upgrade_work import STOPPED, before_definitions, remembered, stopped_owners
from capyctl.wiring.installing import Looked, WritingRun
from capyctl.wiring.locked_upgrade import compare_steps
from capyctl.wiring.resuming import finish_unfinished
from capyctl.wiring.upgrade_choosing import UpgradeOptions, choose_steps
from capyctl.wiring.upgrade_preparing import Prepared, Work, prepare, recorded_steps
from capyctl.wiring.upgrade_services import ClusterFacts
from capyctl.wiring.upgrade_standing import Standing, look_at, standing_of

_WAIT = "wait-providers"
_KEPT = frozenset({"Secret"})
"""What is there of these kinds stays as it is: a user's credentials, in whatever environment this runs (weakness 8)."""


class UpgradeDone(Struct, kw_only=True):
    """What came of it beside ``WritingRun.applied``.

    Attributes:
        looked: whether it is known what is installed. rehearsed: of a dry run.
        pruned: what was taken away, or would be.
    """

    looked: bool = False
    rehearsed: tuple[Rehearsed, ...] = ()
    pruned: list[DeletedObject] = field(default_factory=list)

    def rows(self, writing: WritingRun, *, dry_run: bool) -> tuple[tuple[ObjectKey, str, str], ...]:
        """What was done, or would be: each object, whose it is, and what becomes of it."""
        if not dry_run:
            return tuple((each.key, each.owner, each.action.value) for each in writing.applied)
        rehearsed = ((each.key, each.owner, each.action.value) for each in self.rehearsed if each.action)
        pruned = ((each.key, each.owner, Action.PRUNED.value) for each in self.pruned)
        return (*rehearsed, *pruned)


def apply_upgrade(writing: WritingRun, options: UpgradeOptions, done: UpgradeDone) -> None:
    """Do it, or tell in ``writing.said`` why not; ``done`` is filled as things are done."""
    standing = look_at(writing)
    if standing is None:
        return
    done.looked = True
    record = standing.looked.record
    if record is not None and not record.is_finished:
        if options.dry_run:
            command = writing.world.invocation.without("--dry-run")
            writing.said.append(interrupted(record, command))
        else:
            if not finish_unfinished(writing, standing.facts, standing.looked):
                return
            standing = look_at(writing)
            if standing is None:
                return
    chosen = choose_steps(writing, standing, options)
    if chosen is None:
        return
    prepared = prepare(writing, standing, chosen)
    if prepared is None or prepared.is_empty:
        return
    rehearsed = rehearse(
        (writing.reader, writing.writer),
        staged_objects(prepared.stages),
        prepared.existing,
        prepared.kinds,
        _KEPT,
    )
    problems = rehearsal_problems(rehearsed)
    writing.said += problems
    if options.dry_run:
        done.rehearsed = rehearsed
        done.pruned += [DeletedObject(key=each.key, owner=each.owner) for each in prepared.pruned]
        return
    if not problems:
        _carry_out(writing, prepared, _transaction(writing, standing, prepared, options), done)


def finish_upgrade(writing: WritingRun, facts: ClusterFacts, looked: Looked) -> bool:
    """Finish an upgrade that was broken off, with the versions that it had chosen; False where that failed.

    The note ``installation-resumed`` says what was finished. What somebody else changed since stays as it is.
    """
    standing = standing_of(facts, looked)
    resume = decide_resume(looked.record, standing.versions, ())
    record = resume.transaction
    if resume.overtaken:
        writing.said.append(overtaken(resume.overtaken))
    if record is None or resume.kind is ResumeKind.NOTHING:
        return True
    if resume.kind is ResumeKind.CLOSE:
        return writing.begin(record) and writing.finish()
    steps = recorded_steps(record, standing)
    by = "is what the upgrade goes to that was broken off"
    differing = compare_steps(writing.world, steps, by, cert_manager=record.cert_manager or None)
    writing.said += differing
    if any(each.is_error for each in differing):
        return False
    work = Work(
        steps=steps,
        cert_manager=record.cert_manager or None,
        stopped=stopped_owners(record),
        upgrades=True,
        wait=_seconds(record),
    )
    prepared = prepare(writing, standing, work)
    if prepared is None:
        return False
    again = replace(record, run=writing.run, phase=Phase.BEGUN, flags=_flags(prepared, work.wait))
    if not _carry_out(writing, prepared, again, UpgradeDone()):
        return False
    writing.said.append(resumed(record))
    return True


def _transaction(
    writing: WritingRun, standing: Standing, prepared: Prepared, options: UpgradeOptions
) -> Transaction:
    before = dict(standing.looked.record.providers) if standing.looked.record is not None else {}
    records = {
        each.key.manifest_label: ProviderRecord(
            label=each.key.manifest_label,
            version=each.tag,
            namespace=each.step.installed.namespace,
            contract=each.resolved.contract or "",
            previous=each.step.installed.version_text,
            files=each.digests,
            objects=remembered(
                tuple(mark_of(prepared.kinds.placed(raw)) for raw in each.objects),
                before.get(each.key.manifest_label),
            ),
        )
        for each in prepared.steps
    }
    return Transaction(
        operation=Operation.UPGRADE,
        run=writing.run,
        started_at=writing.world.clock.now(),
        cert_manager=prepared.cert_manager or "",
        planned=tuple(records),
        providers={**before, **records},
        flags=_flags(prepared, options.wait),
    )


def _flags(prepared: Prepared, wait: float) -> dict[str, str]:
    """What must hold for whoever finishes this run in its place."""
    told = {_WAIT: f"{wait:g}" if wait else "", STOPPED: ",".join(sorted(prepared.stopped))}
    return {name: value for name, value in told.items() if value}


def _seconds(record: Transaction) -> float:
    text = record.flags.get(_WAIT, "")
    try:
        return min(max(float(text), 0.0), 86400.0)
    except ValueError:
        return 0.0


def _carry_out(writing: WritingRun, prepared: Prepared, transaction: Transaction, done: UpgradeDone) -> bool:
    """Write: stop where that is demanded, apply, take away what is gone, close the record."""
    if not writing.begin(transaction):
        return False
    first, rest = before_definitions(prepared.stages) if prepared.stopped else ((), prepared.stages)
    if first and writing.apply(first, prepared.existing, _KEPT).failures:
        return False
    if prepared.stopped:
        failures = scale_down(writing.guarded, deployments_of(prepared.live, prepared.stopped))
        for each in failures:
            writing.fail(each)
        if failures:
            writing.pending = tuple(each.key for each in staged_objects(rest))
            return False
    if writing.apply(rest, prepared.existing, _KEPT).failures:
        return False
    result = prune(writing.guarded, prepared.pruning)
    done.pruned += result.deleted
    writing.applied += [
        AppliedObject(key=each.key, owner=each.owner, action=Action.PRUNED)
        for each in result.deleted
        if each.was_there
    ]
    return _told(writing, result) and writing.finish()


def _told(writing: WritingRun, result: DeletionResult) -> bool:
    """Whether everything is gone that was to go."""
    for each in result.failures:
        writing.fail(
            ApplyFailure(key=each.key, owner=each.owner, stage="pruning", reason=each.reason, api=each.api)
        )
    writing.pending = tuple(_left(result))
    return not result.failures


def _left(result: DeletionResult) -> list[ObjectKey]:
    return [*(each.key for each in result.failures), *result.pending]
