"""The tree of a Cluster in the document (cli.md 5, ``describe cluster``)."""

from __future__ import annotations

from msgspec.structs import asdict

from capyctl.core.cluster_node import ClusterCondition, ClusterNode


def tree_json(node: ClusterNode) -> dict[str, object]:
    """A node and everything below it."""
    return {
        "kind": node.kind,
        "name": node.name,
        "namespace": node.namespace,
        "conditions": [_condition(each) for each in node.conditions],
        "children": [tree_json(each) for each in node.children],
    }


def _condition(found: ClusterCondition) -> dict[str, object]:
    return {
        "type": found.type,
        "status": found.status,
        "reason": found.reason,
        "message": found.message,
        "computed": None if found.computed is None else asdict(found.computed),
    }
