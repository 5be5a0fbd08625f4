"""Applying stages: each object once, side by side within a stage; a failure ends the run and names its object."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct, field

from capyctl.app.apply.waiting import await_goals
from capyctl.app.apply.writing import ClusterWriter, Written
from capyctl.core.api_object import ApiObject, text_at
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.api_writing import applying, merging
from capyctl.core.apply_checks import is_to_be_left
from capyctl.core.apply_stages import Goal, Stage, StagedObject
from capyctl.core.field_ownership import adoption_patch, is_installer, other_managers
from capyctl.core.object_key import ObjectKey
from capyctl.core.readiness import judge_namespace
from capyctl.core.transaction import Phase


class Action(enum.Enum):
    """What became of an object (cli.md 5, ``applied``)."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    PRUNED = "pruned"


class AppliedObject(Struct, frozen=True, kw_only=True):
    """An object that is as it should be.

    Attributes:
        taken: fields that belonged to another field manager and were taken over, each with the server's words.
    """

    key: ObjectKey
    owner: str
    action: Action
    taken: tuple[tuple[str, str], ...] = ()


class ApplyFailure(Struct, frozen=True, kw_only=True):
    """Why a run ended before its end.

    Attributes:
        key: the object it is about; None where it is about the run's own record. owner: whose object.
        stage: the name of the stage. reason: one line. api: what the server said, None for what was only awaited.
    """

    key: ObjectKey | None
    owner: str
    stage: str
    reason: str
    api: ApiFailure | None = None


class ApplyResult(Struct, frozen=True, kw_only=True):
    """What was done; without failures everything was.

    Attributes:
        failures: the first is the one that ended the run, others happened beside it.
        pending: what was not written, in order. phase: the last that was begun; None where nothing was.
    """

    applied: tuple[AppliedObject, ...] = ()
    failures: tuple[ApplyFailure, ...] = ()
    pending: tuple[ObjectKey, ...] = ()
    phase: Phase | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return not self.failures


class ApplyObserver(Protocol):
    """Told how a run goes; cannot steer it. May be called from several threads."""

    def began(self, stage: Stage) -> None:
        """A stage begins."""

    def applied(self, done: AppliedObject) -> None:
        """An object is as it should be."""

    def awaits(self, goal: Goal, lacking: Mapping[ObjectKey, str], seconds: float) -> None:
        """Objects are waited for, each with what it lacks, for so many seconds so far."""


class SilentObserver:
    """Takes no notice."""

    def began(self, stage: Stage) -> None:
        """Nothing."""

    def applied(self, done: AppliedObject) -> None:
        """Nothing."""

    def awaits(self, goal: Goal, lacking: Mapping[ObjectKey, str], seconds: float) -> None:
        """Nothing."""


def _unmarked(_: Phase) -> ApiFailure | None:
    return None


class ApplyPolicy(Struct, frozen=True, kw_only=True):
    """How a run goes about what is there already.

    Attributes:
        existing: what is there (metadata is enough), as ``existing.read_existing`` found it.
        kept: kinds that are created where they are missing and never changed (``Secret`` in an upgrade).
        mark: called when a phase begins, before its first write; a failure ends the run.
    """

    existing: Mapping[ObjectKey, ApiObject] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    mark: Callable[[Phase], ApiFailure | None] = _unmarked


_Outcome = AppliedObject | ApplyFailure


def apply_stages(
    writer: ClusterWriter, stages: Sequence[Stage], policy: ApplyPolicy, observer: ApplyObserver
) -> ApplyResult:
    """Write every stage and wait for what it is to be awaited, until all is done or something fails for good.

    Applying the same stages again is safe at any point: what is as it should be stays as it is.
    """
    applied: list[AppliedObject] = []
    phase: Phase | None = None
    owners = {each.key: each.owner for stage in stages for each in stage.objects}
    for place, stage in enumerate(stages):
        failures: tuple[ApplyFailure, ...] = ()
        if stage.phase is not phase:
            failures = _marked(policy, stage)
            phase = stage.phase if not failures else phase
        outcomes = [] if failures else _written(writer, stage, policy, observer)
        applied += [each for each in outcomes if isinstance(each, AppliedObject)]
        failures += tuple(each for each in outcomes if isinstance(each, ApplyFailure))
        if not failures:
            failures = _awaited(writer, stage, owners, observer)
        if failures:
            done = {each.key for each in applied}
            pending = [each.key for left in stages[place:] for each in left.objects if each.key not in done]
            return ApplyResult(applied=tuple(applied), failures=failures, pending=tuple(pending), phase=phase)
    return ApplyResult(applied=tuple(applied), phase=phase)


def _marked(policy: ApplyPolicy, stage: Stage) -> tuple[ApplyFailure, ...]:
    failure = policy.mark(stage.phase)
    if failure is None:
        return ()
    return (ApplyFailure(key=None, owner="", stage=stage.name, reason=failure.reason, api=failure),)


def _written(
    writer: ClusterWriter, stage: Stage, policy: ApplyPolicy, observer: ApplyObserver
) -> list[_Outcome]:
    observer.began(stage)
    work = partial(_apply, writer, stage, policy)

    def told(staged: StagedObject) -> _Outcome:
        outcome = work(staged)
        if isinstance(outcome, AppliedObject):
            observer.applied(outcome)
        return outcome

    return writer.for_each(stage.objects, told, lambda outcome: isinstance(outcome, AppliedObject))


def _awaited(
    writer: ClusterWriter, stage: Stage, owners: Mapping[ObjectKey, str], observer: ApplyObserver
) -> tuple[ApplyFailure, ...]:
    if not stage.goals:
        return ()
    missed = await_goals(writer, stage.goals, observer.awaits)
    return tuple(
        ApplyFailure(key=each.key, owner=owners.get(each.key, ""), stage=stage.name, reason=each.reason)
        for each in missed
    )


def _apply(writer: ClusterWriter, stage: Stage, policy: ApplyPolicy, staged: StagedObject) -> _Outcome:
    before = policy.existing.get(staged.key)
    if is_to_be_left(staged, policy.existing, policy.kept):
        return AppliedObject(key=staged.key, owner=staged.owner, action=Action.UNCHANGED)
    if before is not None:
        failure = _adopt(writer, staged, before)
        if failure is not None:
            return _failed(stage, staged, failure)
    force = before is not None and not other_managers(before)
    written = writer.write(applying(staged.path, staged.body, force=force))
    taken: tuple[tuple[str, str], ...] = ()
    if written.failure is not None and written.failure.trouble is ApiTrouble.OWNED:
        taken = tuple(each for each in written.failure.causes if not _of_installer(each[1]))
        written = writer.write(applying(staged.path, staged.body, force=True))
    if written.failure is None and staged.key.kind == "Namespace":
        written = _once_active(writer, staged, written)
    if written.failure is not None:
        return _failed(stage, staged, written.failure)
    action = _action(written, before)
    return AppliedObject(key=staged.key, owner=staged.owner, action=action, taken=taken)


def _adopt(writer: ClusterWriter, staged: StagedObject, before: ApiObject) -> ApiFailure | None:
    """Make earlier tools' fields ours, so that those the new release drops are removed.

    Another write in between means that the object is no longer as it was read: then the apply alone goes on.
    """
    patch = adoption_patch(before)
    if patch is None:
        return None
    failure = writer.write(merging(staged.path, patch), final=frozenset({ApiTrouble.CONFLICT})).failure
    return None if failure is None or failure.trouble is ApiTrouble.CONFLICT else failure


def _once_active(writer: ClusterWriter, staged: StagedObject, written: Written) -> Written:
    """A namespace that is still going away takes nothing: wait until it is gone, and make it anew."""
    begun = writer.clock.monotonic()
    pause = 0.25
    while written.failure is None and written.value is not None:
        if judge_namespace(ApiObject(written.value)).ready or writer.clock.monotonic() - begun > writer.limit:
            break
        writer.clock.sleep(pause)
        pause = min(pause * 1.6, 5.0)
        written = writer.write(applying(staged.path, staged.body))
    return written


def _of_installer(message: str) -> bool:
    """Whether the server names an installer's field manager: ``conflict with "clusterctl" using v1``."""
    return is_installer(message.partition('"')[2].partition('"')[0])


def _action(written: Written, before: ApiObject | None) -> Action:
    if before is None:
        created = written.evidence and written.evidence[-1].status == 201
        return Action.CREATED if created else Action.CONFIGURED
    old = text_at(before.raw, "metadata", "resourceVersion")
    new = text_at(written.value, "metadata", "resourceVersion")
    return Action.UNCHANGED if old and old == new else Action.CONFIGURED


def _failed(stage: Stage, staged: StagedObject, failure: ApiFailure) -> ApplyFailure:
    return ApplyFailure(
        key=staged.key, owner=staged.owner, stage=stage.name, reason=failure.reason, api=failure
    )
