"""A node of the tree of a Cluster, and what it is called (clusterctl-cluster 7.6)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, ObjectReference, text_at
from capyctl.core.conditions import AVAILABLE, READY, UP_TO_DATE, Condition, condition_of

GROUPED_BY: Final = (AVAILABLE, READY, UP_TO_DATE)
"""Conditions in which the members of a group agree."""


class Role(enum.Enum):
    """What a node stands for; it decides what is shown of it."""

    CLUSTER = "cluster"
    CONTROL_PLANE = "control-plane"
    MACHINE_DEPLOYMENT = "machine-deployment"
    MACHINE_SET = "machine-set"
    MACHINE_POOL = "machine-pool"
    MACHINE = "machine"
    OTHER = "other"
    GROUP = "group"
    VIRTUAL = "virtual"


class TreeNode(Struct, frozen=True, kw_only=True):
    """One node.

    Attributes:
        item: the object; None for a virtual node, for a template, and where it could not be read.
        trouble: why it could not be read; empty where it was. absent: whether the server says there is none.
        members: of a group. contract: of a control plane object, as its CRD states it.
        wanted: references whose objects belong below this node, not looked up yet.
    """

    role: Role
    kind: str
    name: str
    namespace: str
    item: ApiObject | None = None
    trouble: str = ""
    absent: bool = False
    members: tuple[ApiObject, ...] = ()
    contract: str = ""
    goes_first: bool = False
    wanted: tuple[ObjectReference, ...] = ()
    children: tuple[TreeNode, ...] = ()

    @property
    def title(self) -> str:
        """Its name as it is printed: ``Machine ns/m1, v1.34.0``, ``3 Machines...``, ``Workers``."""
        if self.role in (Role.GROUP, Role.VIRTUAL):
            return self.name
        version = _version(self)
        return f"{self.kind} {self.namespace}/{self.name}{f', {version}' if version else ''}"


def nodes_of(node: TreeNode) -> Iterator[TreeNode]:
    """Every node, parents first."""
    yield node
    for child in node.children:
        yield from nodes_of(child)


def group_conditions(members: Sequence[ApiObject]) -> tuple[Condition, ...]:
    """What the members of a group have in common, since the oldest change; the message names them all."""
    found: list[Condition] = []
    for wanted in GROUPED_BY:
        each = [condition for member in members if (condition := condition_of(member, wanted))]
        if each:
            since = min((one.since for one in each if one.since), default="")
            found.append(replace(each[0], message="", since=since))
    names = ", ".join(sorted(member.name for member in members))
    return tuple(replace(one, message=f"See {names}") if one.type == READY else one for one in found)


def in_order(nodes: Iterable[TreeNode]) -> tuple[TreeNode, ...]:
    """Templates first, then by the name as printed."""
    return tuple(sorted(nodes, key=lambda each: (not each.goes_first, each.title)))


def _version(node: TreeNode) -> str:
    if node.item is None:
        return ""
    match node.role:
        case Role.CLUSTER:
            return text_at(node.item.raw, "spec", "topology", "version")
        case Role.CONTROL_PLANE | Role.MACHINE:
            return text_at(node.item.raw, "spec", "version")
        case Role.MACHINE_DEPLOYMENT | Role.MACHINE_SET | Role.MACHINE_POOL:
            return text_at(node.item.raw, "spec", "template", "spec", "version")
        case _:
            return ""
