"""A described Cluster as callers see it: what the document and the library hold (cli.md 5, ``describe cluster``)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from capyctl.core.cluster_conditions import JudgedCondition
from capyctl.core.condition_merge import Derived
from capyctl.core.conditions import stored_conditions
from capyctl.core.tree_node import Role, TreeNode, group_conditions


class ClusterCondition(Struct, frozen=True, kw_only=True):
    """A stored condition; ``computed`` is what its sources say, where that differs."""

    type: str
    status: str
    reason: str
    message: str
    computed: Derived | None = None


class ClusterNode(Struct, frozen=True, kw_only=True):
    """A node of a Cluster's tree; groups and headings have kind ``Virtual``."""

    kind: str
    name: str
    namespace: str
    conditions: tuple[ClusterCondition, ...] = ()
    children: tuple[ClusterNode, ...] = ()


def to_cluster_node(tree: TreeNode, judged: Sequence[JudgedCondition]) -> ClusterNode:
    """The tree with the judged conditions at its root."""
    virtual = tree.role in (Role.GROUP, Role.VIRTUAL)
    return ClusterNode(
        kind="Virtual" if virtual else tree.kind,
        name=tree.name,
        namespace=tree.namespace,
        conditions=tuple(_condition(each) for each in judged),
        children=tuple(to_cluster_node(each, judged_of(each)) for each in tree.children),
    )


def judged_of(node: TreeNode) -> tuple[JudgedCondition, ...]:
    """The conditions of a node below the root, which nobody computes anew."""
    if node.role is Role.GROUP:
        return tuple(JudgedCondition(stored=each) for each in group_conditions(node.members))
    found = () if node.item is None else stored_conditions(node.item)
    return tuple(JudgedCondition(stored=each) for each in found)


def _condition(judged: JudgedCondition) -> ClusterCondition:
    stored = judged.stored
    return ClusterCondition(
        type=stored.type,
        status=stored.status,
        reason=stored.reason,
        message=stored.message,
        computed=judged.computed,
    )
