"""A server-side dry run of a deletion: what the server would refuse is known before the first write."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from capyctl.app.apply.delete import DeletionFailure
from capyctl.app.apply.writing import ClusterWriter
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.api_writing import deleting
from capyctl.core.installed_objects import LiveObject

_GONE: Final = frozenset({ApiTrouble.NO_NAMESPACE, ApiTrouble.NOT_SERVED, ApiTrouble.CONFLICT})
_NOT_TOLD: Final = frozenset({ApiTrouble.WEBHOOK_UNAVAILABLE, ApiTrouble.TERMINATING})
"""What a provider's own webhook keeps from being judged; it goes before the objects that it guards."""

_NO_DRY_RUN: Final = "dry run"


def rehearse_deletion(writer: ClusterWriter, objects: Sequence[LiveObject]) -> tuple[DeletionFailure, ...]:
    """What the server would refuse to delete; nothing is deleted."""
    results = writer.for_each(objects, partial(_rehearse, writer), lambda _: True)
    return tuple(each for each in results if each is not None)


def _rehearse(writer: ClusterWriter, found: LiveObject) -> DeletionFailure | None:
    request = deleting(found.path, uid=found.uid, dry_run=True)
    failure = writer.write(request, final=_GONE | _NOT_TOLD).failure
    if failure is None or failure.trouble in _GONE | _NOT_TOLD or _is_unjudged(failure):
        return None
    return DeletionFailure(key=found.key, owner=found.owner, reason=failure.reason, api=failure)


def _is_unjudged(failure: ApiFailure) -> bool:
    """A webhook that cannot be asked for show says nothing about the deed."""
    return failure.trouble is ApiTrouble.REJECTED and _NO_DRY_RUN in failure.reason
