"""Conditions as objects hold them, of either style (clusterctl-cluster 9.1); nothing here raises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from capyctl.core.api_object import ApiObject, value_at

AVAILABLE: Final = "Available"
READY: Final = "Ready"
UP_TO_DATE: Final = "UpToDate"

NO_REASON: Final = "NoReasonReported"
"""Stands for the reason that old-style conditions often leave out (clusterctl-cluster 7.6)."""

NEGATIVE: Final = frozenset(
    {"Paused", "Deleting", "RollingOut", "ScalingUp", "ScalingDown", "Updating", "Remediating"}
)
"""Types for which False is good."""

STATUSES: Final = ("True", "False", "Unknown")

CORE_GROUP: Final = "cluster.x-k8s.io"


class Condition(Struct, frozen=True):
    """One condition; texts are as they came and may hold anything.

    Attributes:
        status: ``True``, ``False``, ``Unknown``, or whatever else stands there.
        since: RFC 3339 time of the last change of status; empty where none is told.
    """

    type: str
    status: str
    reason: str = ""
    message: str = ""
    since: str = ""


def stored_conditions(item: ApiObject) -> tuple[Condition, ...]:
    """The conditions of an object in the order stored: ``status.v1beta2.conditions``, else ``status.conditions``."""
    return tuple(filter(None, map(_condition, _raw_conditions(item))))


def condition_of(item: ApiObject, wanted: str) -> Condition | None:
    """One condition of an object by its type; the first, where several claim the type."""
    for raw in _raw_conditions(item):
        if isinstance(raw, dict) and raw.get("type") == wanted:
            return _condition(raw)
    return None


def condition_states(item: ApiObject, wanted: Sequence[str]) -> tuple[tuple[str, str] | None, ...]:
    """Status and reason of several conditions of an object, None for each that is missing."""
    found: dict[object, Condition | None] = {}
    for raw in _raw_conditions(item):
        if isinstance(raw, dict) and (name := raw.get("type")) in wanted and name not in found:
            found[name] = _condition(raw)
    return tuple((each.status, each.reason) if (each := found.get(name)) else None for name in wanted)


def counted_condition(item: ApiObject, wanted: str) -> Condition | None:
    """The condition by which an object takes part in a merge.

    Cluster API's own objects in API version v1beta1 hold old-style conditions in ``status.conditions``, which
    the core does not take for new ones; of any other object either style counts (9.1, run).
    """
    if item.api_version == f"{CORE_GROUP}/v1beta1" and not _has_new_style(item):
        return None
    return condition_of(item, wanted)


def find_condition(conditions: Iterable[Condition], wanted: str) -> Condition | None:
    """The first condition of a type."""
    return next((each for each in conditions if each.type == wanted), None)


def conditions_fault(item: ApiObject) -> str | None:
    """Why the core takes none of a foreign object's conditions, in its words; None where it takes them.

    One condition without a type, without a status or with another status than the three spoils them all.
    """
    for raw in _raw_conditions(item):
        if not isinstance(raw, dict):
            continue
        name, status = raw.get("type"), raw.get("status")
        if not isinstance(name, str) or not name:
            return _unconverted(item, "type must be set for all conditions")
        if not isinstance(status, str) or not status:
            return _unconverted(item, f"status must be set for the {name} condition")
        if status not in STATUSES:
            told = f"status for the {name} condition must be one of True, False, Unknown"
            return _unconverted(item, told)
    return None


def is_good(condition: Condition) -> bool:
    """Whether a condition is in the state that is normal for its type."""
    return condition.status == ("False" if condition.type in NEGATIVE else "True")


def _raw_conditions(item: ApiObject) -> Sequence[object]:
    status = item.raw.get("status")
    if not isinstance(status, dict):
        return ()
    newer = status.get("v1beta2")
    found = newer.get("conditions") if isinstance(newer, dict) else None
    if not isinstance(found, list):
        found = status.get("conditions")
    return found if isinstance(found, list) else ()


def _has_new_style(item: ApiObject) -> bool:
    return isinstance(value_at(item.raw, "status", "v1beta2", "conditions"), list)


def _condition(raw: object) -> Condition | None:
    """One entry, read without a call for each field: a list of 1,000 Machines has more than ten times as many."""
    if not isinstance(raw, dict):
        return None
    name, status, reason = raw.get("type"), raw.get("status"), raw.get("reason")
    message, since = raw.get("message"), raw.get("lastTransitionTime")
    if not isinstance(name, str) or not name:
        return None
    return Condition(
        name,
        status if isinstance(status, str) and status else "Unknown",
        reason if isinstance(reason, str) and reason else NO_REASON,
        message if isinstance(message, str) else "",
        since if isinstance(since, str) else "",
    )


def _unconverted(item: ApiObject, cause: str) -> str:
    field = "status.v1beta2.conditions" if _has_new_style(item) else "status.conditions"
    return f"failed to convert {field} from {item.kind} to []metav1.Condition: {cause}"
