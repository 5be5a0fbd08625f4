"""The tree of a Cluster in the document (cli.md 5, ``describe cluster``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from capyctl.core.cluster_conditions import JudgedCondition
from capyctl.core.condition_merge import Derived
from capyctl.core.conditions import Condition, stored_conditions
from capyctl.core.tree_node import Role, TreeNode, group_conditions

_Json = dict[str, object]


def tree_json(tree: TreeNode, judged: Sequence[JudgedCondition]) -> Mapping[str, object]:
    """The root with its judged conditions, and every node below it."""
    conditions = [_condition(each.stored, each.computed) for each in judged]
    return _node(tree, conditions)


def _node(node: TreeNode, conditions: Sequence[_Json]) -> _Json:
    virtual = node.role in (Role.GROUP, Role.VIRTUAL)
    return {
        "kind": "Virtual" if virtual else node.kind,
        "name": node.name,
        "namespace": node.namespace,
        "conditions": list(conditions),
        "children": [_node(each, _conditions(each)) for each in node.children],
    }


def _conditions(node: TreeNode) -> list[_Json]:
    if node.role is Role.GROUP:
        found = group_conditions(node.members)
    else:
        found = () if node.item is None else stored_conditions(node.item)
    return [_condition(each, None) for each in found]


def _condition(stored: Condition, computed: Derived | None) -> _Json:
    return {
        "type": stored.type,
        "status": stored.status,
        "reason": stored.reason,
        "message": stored.message,
        "computed": None
        if computed is None
        else {"status": computed.status, "reason": computed.reason, "message": computed.message},
    }
