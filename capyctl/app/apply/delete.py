"""Deleting objects stage by stage: each by its identity, waited for until it is gone, and what blocks it told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct

from capyctl.app.apply.writing import ClusterWriter
from capyctl.core.api_object import ApiObject, items_at, text_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble
from capyctl.core.api_writing import deleting
from capyctl.core.deletion import DeletionStage
from capyctl.core.installed_objects import LiveObject
from capyctl.core.object_key import ObjectKey

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.1, 2.0, 1.6
_GONE = frozenset({ApiTrouble.NO_NAMESPACE, ApiTrouble.NOT_SERVED, ApiTrouble.CONFLICT})
"""Answers to a delete that mean that this very object is not there any more."""

_REMAINING = frozenset({"NamespaceContentRemaining", "NamespaceFinalizersRemaining"})
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"


class DeletedObject(Struct, frozen=True, kw_only=True):
    """An object that is gone; ``was_there`` tells whether this run took it away."""

    key: ObjectKey
    owner: str
    was_there: bool = True


class DeletionFailure(Struct, frozen=True, kw_only=True):
    """An object that did not go.

    Attributes:
        blocked_by: finalizers that somebody has to take away. reason: one line. api: what the server said.
    """

    key: ObjectKey
    owner: str
    reason: str
    blocked_by: tuple[str, ...] = ()
    api: ApiFailure | None = None


class DeletionResult(Struct, frozen=True, kw_only=True):
    """What was done; without failures everything is gone. ``pending`` was not tried."""

    deleted: tuple[DeletedObject, ...] = ()
    failures: tuple[DeletionFailure, ...] = ()
    pending: tuple[ObjectKey, ...] = ()


_Outcome = DeletedObject | DeletionFailure
Waits = Callable[[Mapping[ObjectKey, str], float], None]


def _untold(_lacking: Mapping[ObjectKey, str], _seconds: float) -> None:
    """Nobody listens."""


def delete_stages(
    writer: ClusterWriter, stages: Sequence[DeletionStage], *, limit: float = 60.0, waits: Waits = _untold
) -> DeletionResult:
    """Delete every stage and wait until it is gone, for at most ``limit`` seconds a stage.

    Doing the same again is safe: what is gone is gone, and an object of the same name made since stays.
    """
    deleted: list[DeletedObject] = []
    for place, stage in enumerate(stages):
        outcomes = writer.for_each(stage.objects, partial(_delete, writer), _is_good)
        failures = tuple(each for each in outcomes if isinstance(each, DeletionFailure))
        going = {each.key for each in outcomes if isinstance(each, DeletedObject) and each.was_there}
        wanted = [each for each in stage.objects if each.key in going]
        stuck = _wait(writer, wanted, limit, waits) if not failures else ()
        held = {each.key for each in stuck}
        deleted += [each for each in outcomes if isinstance(each, DeletedObject) and each.key not in held]
        if failures or stuck:
            tried = {each.key for each in outcomes}
            left = [each.key for later in stages[place:] for each in later.objects if each.key not in tried]
            return DeletionResult(deleted=tuple(deleted), failures=(*failures, *stuck), pending=tuple(left))
    return DeletionResult(deleted=tuple(deleted))


def _is_good(outcome: _Outcome) -> bool:
    return isinstance(outcome, DeletedObject)


def _delete(writer: ClusterWriter, found: LiveObject) -> _Outcome:
    written = writer.write(deleting(found.path, uid=found.uid), final=_GONE)
    failure = written.failure
    if failure is not None and failure.trouble not in _GONE:
        return DeletionFailure(key=found.key, owner=found.owner, reason=failure.reason, api=failure)
    there = failure is None and not written.absent
    return DeletedObject(key=found.key, owner=found.owner, was_there=there)


def _wait(
    writer: ClusterWriter, objects: Sequence[LiveObject], limit: float, waits: Waits
) -> tuple[DeletionFailure, ...]:
    """Wait until the objects are gone; those that are not when the time is over, with what holds them."""
    begun = writer.clock.monotonic()
    pause = _FIRST_PAUSE
    left = list(objects)
    while True:
        looks = writer.for_each(left, partial(_look, writer), lambda _: True)
        stuck = [look for look in looks if look is not None]
        seconds = writer.clock.monotonic() - begun
        if not stuck or seconds >= limit:
            return tuple(stuck)
        waits({each.key: each.reason for each in stuck}, seconds)
        kept = {each.key for each in stuck}
        left = [each for each in left if each.key in kept]
        writer.clock.sleep(min(pause, limit - seconds))
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def _look(writer: ClusterWriter, found: LiveObject) -> DeletionFailure | None:
    """Whether an object is still there, and why; another one of its name is not it."""
    accept = "application/json" if found.key.kind == "Namespace" else _METADATA
    read = writer.api.ask(ApiRequest(path=found.path, accept=accept))
    if read.failure is not None:
        return DeletionFailure(key=found.key, owner=found.owner, reason=read.failure.reason, api=read.failure)
    if read.value is None or ApiObject(read.value).uid != found.uid:
        return None
    listed = items_at(read.value, "metadata", "finalizers")
    finalizers = tuple(each for each in listed if isinstance(each, str))
    return DeletionFailure(
        key=found.key, owner=found.owner, reason=_why(read.value, finalizers), blocked_by=finalizers
    )


def _why(raw: Mapping[str, object], finalizers: tuple[str, ...]) -> str:
    """What holds it: finalizers, or what a Namespace tells of its content."""
    for each in items_at(raw, "status", "conditions"):
        if text_at(each, "type") in _REMAINING and text_at(each, "status") == "True":
            return f"it waits for its content: {text_at(each, 'message')}"
    if finalizers:
        return f"it waits for its finalizers: {', '.join(finalizers)}"
    return "it is still being deleted"
