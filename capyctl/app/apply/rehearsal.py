"""A server-side dry run of everything that can be judged now, with what it would change (ADR 21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct

from capyctl.app.apply.engine import Action
from capyctl.app.apply.writing import ClusterWriter
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble
from capyctl.core.api_writing import applying
from capyctl.core.apply_checks import is_to_be_left
from capyctl.core.apply_stages import StagedObject
from capyctl.core.object_diff import Change, diff_objects
from capyctl.core.object_key import Kinds, ObjectKey

_NOT_YET = frozenset({ApiTrouble.NO_NAMESPACE, ApiTrouble.NOT_SERVED})
_AT_ONCE = _NOT_YET | {ApiTrouble.WEBHOOK_UNAVAILABLE, ApiTrouble.TERMINATING, ApiTrouble.CONFLICT}


class Rehearsed(Struct, frozen=True, kw_only=True):
    """What applying one object would do.

    Attributes:
        action: as it would be; None where it failed or cannot be judged yet (its namespace or kind comes first).
        changes: of an object that is there. taken: fields of other managers that would be taken over.
    """

    key: ObjectKey
    owner: str
    action: Action | None
    changes: tuple[Change, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()
    failure: ApiFailure | None = None


def rehearse(
    cluster: tuple[ClusterReader, ClusterWriter],
    staged: Sequence[StagedObject],
    existing: Mapping[ObjectKey, ApiObject],
    kinds: Kinds,
    kept: frozenset[str] = frozenset(),
) -> tuple[Rehearsed, ...]:
    """Ask the server about each object, side by side, storing nothing; failures are gathered, none ends it.

    What is there is read whole for its diff; what is not costs one request. ``kept`` are kinds that the run never
    changes where they are there (``ApplyPolicy``): of those nobody is asked.
    """
    _, writer = cluster
    there = {key.name for key in existing if key.kind == "Namespace" and not key.group}
    work = partial(_rehearse, cluster, existing, kept)
    judged = [
        each
        for each in staged
        if kinds.is_served(each.body) and (not each.key.namespace or each.key.namespace in there)
    ]
    results = {each.key: each for each in writer.for_each(judged, work, lambda _: True)}
    unjudged = (Rehearsed(key=each.key, owner=each.owner, action=Action.CREATED) for each in staged)
    return tuple(results.get(each.key, each) for each in unjudged)


def _rehearse(
    cluster: tuple[ClusterReader, ClusterWriter],
    existing: Mapping[ObjectKey, ApiObject],
    kept: frozenset[str],
    staged: StagedObject,
) -> Rehearsed:
    reader, writer = cluster
    if is_to_be_left(staged, existing, kept):
        return Rehearsed(key=staged.key, owner=staged.owner, action=Action.UNCHANGED)
    live = reader.read(ApiRequest(path=staged.path)) if staged.key in existing else None
    if live is not None and live.failure is not None:
        return Rehearsed(key=staged.key, owner=staged.owner, action=None, failure=live.failure)
    written = writer.write(applying(staged.path, staged.body, dry_run=True), final=_AT_ONCE)
    taken: tuple[tuple[str, str], ...] = ()
    if written.failure is not None and written.failure.trouble is ApiTrouble.OWNED:
        taken = written.failure.causes
        written = writer.write(applying(staged.path, staged.body, dry_run=True, force=True), final=_AT_ONCE)
    before = live.value if live is not None else None
    if written.failure is not None or written.value is None:
        coming = written.failure is not None and written.failure.trouble in _NOT_YET
        failure = None if coming else written.failure
        return Rehearsed(key=staged.key, owner=staged.owner, action=None, failure=failure)
    if before is None:
        return Rehearsed(key=staged.key, owner=staged.owner, action=Action.CREATED)
    changes = diff_objects(before, written.value)
    action = Action.CONFIGURED if changes else Action.UNCHANGED
    return Rehearsed(key=staged.key, owner=staged.owner, action=action, changes=changes, taken=taken)
