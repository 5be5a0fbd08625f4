"""Stopping a provider while its conversion webhook is replaced: its Deployments at zero, and no longer than that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from capyctl.app.apply.engine import ApplyFailure
from capyctl.app.apply.writing import ClusterWriter
from capyctl.core.api_object import number_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble
from capyctl.core.api_writing import merging
from capyctl.core.installed_objects import LiveObject

STAGE = "scale-down"
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.1, 1.0, 1.5
_ZERO = {"spec": {"replicas": 0}}
_GONE = frozenset({ApiTrouble.NO_NAMESPACE, ApiTrouble.NOT_SERVED})


def deployments_of(live: Iterable[LiveObject], owners: Iterable[str]) -> tuple[LiveObject, ...]:
    """The Deployments that these providers have in the cluster."""
    wanted = frozenset(owners)
    return tuple(
        each
        for each in live
        if each.owner in wanted and (each.key.group, each.key.kind) == ("apps", "Deployment")
    )


def scale_down(
    writer: ClusterWriter, deployments: Sequence[LiveObject], *, limit: float = 60.0
) -> tuple[ApplyFailure, ...]:
    """Scale each to zero and wait until it has no replica left; nothing where all went well."""
    asked = writer.for_each(deployments, partial(_stop, writer), lambda failure: failure is None)
    failures = tuple(each for each in asked if each is not None)
    if failures:
        return failures
    waited = writer.for_each(deployments, partial(_wait, writer, limit), lambda failure: failure is None)
    return tuple(each for each in waited if each is not None)


def _stop(writer: ClusterWriter, found: LiveObject) -> ApplyFailure | None:
    failure = writer.write(merging(found.path, _ZERO), final=_GONE).failure
    if failure is None or failure.status == 404:
        return None
    return _failed(found, failure.reason, failure)


def _wait(writer: ClusterWriter, limit: float, found: LiveObject) -> ApplyFailure | None:
    begun, pause = writer.clock.monotonic(), _FIRST_PAUSE
    while True:
        read = writer.api.ask(ApiRequest(path=found.path))
        left = number_at(read.value or {}, "status", "replicas") or 0
        if read.failure is None and not left:
            return None
        if read.failure is not None and not read.failure.trouble.passes:
            return _failed(found, read.failure.reason, read.failure)
        if writer.clock.monotonic() - begun >= limit:
            reason = f"it still has {left} replicas" if read.failure is None else read.failure.reason
            return _failed(found, reason, read.failure)
        writer.clock.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def _failed(found: LiveObject, reason: str, failure: ApiFailure | None) -> ApplyFailure:
    return ApplyFailure(key=found.key, owner=found.owner, stage=STAGE, reason=reason, api=failure)
