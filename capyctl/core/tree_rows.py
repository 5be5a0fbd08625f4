"""What is shown of a node: its replica counters and its condition (clusterctl-cluster 7.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, number_at
from capyctl.core.conditions import AVAILABLE, READY, UP_TO_DATE, Condition, condition_of, find_condition
from capyctl.core.tree_node import Role, TreeNode, group_conditions

_NEW_STATUS: Final = ("status", "v1beta2")
"""Where API version v1beta1 keeps the counters of the newer meaning."""


class Counters(Struct, frozen=True):
    """Cells of a row; empty where the object tells nothing."""

    replicas: str = ""
    available: str = ""
    ready: str = ""
    up_to_date: str = ""


def counters(node: TreeNode) -> Counters:
    """The replica counters of a node."""
    match node.role:
        case Role.GROUP:
            return _of_members(node.members, "")
        case Role.CLUSTER if node.item is not None:
            return _of_cluster(node.item)
        case Role.MACHINE if node.item is not None:
            return _of_members([node.item], "1")
        case _:
            return _of_owner(node)


def _of_owner(node: TreeNode) -> Counters:
    if node.item is None:
        return Counters()
    match node.role:
        case Role.CONTROL_PLANE:
            older = node.contract == "v1beta1"
            return _of_control_plane(node.item, "updatedReplicas" if older else "upToDateReplicas")
        case Role.MACHINE_DEPLOYMENT | Role.MACHINE_SET | Role.MACHINE_POOL:
            return _of_replicas(node.item)
        case _:
            return Counters()


def row_condition(node: TreeNode) -> Condition | None:
    """The condition in the row of a node."""
    match node.role:
        case Role.GROUP:
            common = find_condition(group_conditions(node.members), READY)
            return None if common is None else replace(common, message="")
        case _ if node.item is None:
            return None
        case Role.CLUSTER | Role.MACHINE_DEPLOYMENT:
            return condition_of(node.item, AVAILABLE)
        case Role.CONTROL_PLANE | Role.MACHINE_POOL:
            return condition_of(node.item, AVAILABLE) or condition_of(node.item, READY)
        case Role.MACHINE_SET:
            return None
        case _:
            return condition_of(node.item, READY)


def group_message(members: Sequence[ApiObject]) -> str:
    """The members of a group in brief: the first two by name."""
    first = ", ".join(each.name for each in members[:2])
    return f"See {first}{', ...' if len(members) > 2 else ''}"


def _of_members(members: Sequence[ApiObject], replicas: str) -> Counters:
    available, ready, up_to_date = (_true_count(members, each) for each in (AVAILABLE, READY, UP_TO_DATE))
    return Counters(replicas, available, ready, up_to_date)


def _true_count(members: Sequence[ApiObject], wanted: str) -> str:
    found = (condition_of(each, wanted) for each in members)
    return str(sum(each is not None and each.status == "True" for each in found))


def _of_cluster(cluster: ApiObject) -> Counters:
    """Sums over control plane and workers, as far as either tells a number."""
    replicas, desired, available, ready, up_to_date = (
        _sum(cluster, name)
        for name in ("replicas", "desiredReplicas", "availableReplicas", "readyReplicas", "upToDateReplicas")
    )
    both = "" if replicas is None and desired is None else f"{replicas or 0}/{desired or 0}"
    return Counters(both, _cell(available), _cell(ready), _cell(up_to_date))


def _sum(cluster: ApiObject, name: str) -> int | None:
    told = [
        number
        for part in ("controlPlane", "workers")
        if (number := _first(cluster, (*_NEW_STATUS, part, name), ("status", part, name))) is not None
    ]
    return sum(told) if told else None


def _of_control_plane(plane: ApiObject, up_to_date: str) -> Counters:
    current, desired = number_at(plane.raw, "status", "replicas"), number_at(plane.raw, "spec", "replicas")
    return Counters(
        "" if current is None or desired is None else f"{current}/{desired}",
        _cell(number_at(plane.raw, "status", "availableReplicas")),
        _cell(number_at(plane.raw, "status", "readyReplicas")),
        _cell(number_at(plane.raw, "status", up_to_date)),
    )


def _of_replicas(owner: ApiObject) -> Counters:
    desired = number_at(owner.raw, "spec", "replicas")
    current = number_at(owner.raw, "status", "replicas") or 0
    available, ready, up_to_date = (
        _cell(_first(owner, (*_NEW_STATUS, name), ("status", name)))
        for name in ("availableReplicas", "readyReplicas", "upToDateReplicas")
    )
    return Counters("" if desired is None else f"{current}/{desired}", available, ready, up_to_date)


def _first(item: ApiObject, *paths: tuple[str, ...]) -> int | None:
    found = (number_at(item.raw, *path) for path in paths)
    return next((number for number in found if number is not None), None)


def _cell(number: int | None) -> str:
    return "" if number is None else str(number)
