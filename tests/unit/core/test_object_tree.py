"""Rows of a tree and odd shapes of it (clusterctl-cluster 7.5, 7.6); whole trees are in app/test_describe.py."""

from __future__ import annotations

from capyctl.core.api_object import ApiObject
from capyctl.core.cluster_node import to_cluster_node
from capyctl.core.conditions import Condition
from capyctl.core.object_references import reference_at, reference_key
from capyctl.core.object_tree import ClusterPicture, TreeOptions, arrange, with_referents
from capyctl.core.tree_lookup import Lookup
from capyctl.core.tree_node import Role, TreeNode, group_conditions, nodes_of
from capyctl.core.tree_rows import Counters, counters, group_message, row_condition
from tests.plugins.described_cluster import (
    Object,
    cluster,
    condition,
    control_plane,
    deployment_with,
    item,
    machine,
    reference,
)


def node(role: Role, raw: Object | None, **more: object) -> TreeNode:
    """A node of an object."""
    held = None if raw is None else ApiObject(raw)
    return TreeNode(role=role, kind="K", name="n", namespace="ns", item=held, **more)  # type: ignore[arg-type]


def test_a_cluster_counts_control_plane_and_workers_together() -> None:
    """As far as either tells a number; of either API version."""
    both = {
        "controlPlane": {"replicas": 3, "desiredReplicas": 3, "readyReplicas": 2},
        "workers": {"replicas": 1, "desiredReplicas": 2, "availableReplicas": 1},
    }
    assert counters(node(Role.CLUSTER, {"status": both})) == Counters("4/5", "1", "2", "")
    assert counters(node(Role.CLUSTER, {"status": {"v1beta2": both}})) == Counters("4/5", "1", "2", "")
    assert counters(node(Role.CLUSTER, {"status": "odd"})) == Counters()


def test_a_control_plane_counts_by_its_contract() -> None:
    """v1beta1 calls up-to-date replicas updated."""
    raw = {
        "spec": {"replicas": 3},
        "status": {"replicas": 2, "availableReplicas": 1, "updatedReplicas": 2, "upToDateReplicas": 9},
    }
    assert counters(node(Role.CONTROL_PLANE, raw, contract="v1beta1")) == Counters("2/3", "1", "", "2")
    assert counters(node(Role.CONTROL_PLANE, raw, contract="v1beta2")) == Counters("2/3", "1", "", "9")
    assert counters(node(Role.CONTROL_PLANE, {"spec": {"replicas": 3}})) == Counters()


def test_owners_machines_groups_and_others_count_in_their_own_way() -> None:
    """MachinePools too (weakness 26)."""
    raw = {"spec": {"replicas": 2}, "status": {"v1beta2": {"readyReplicas": 1}, "readyReplicas": 7}}
    for role in (Role.MACHINE_DEPLOYMENT, Role.MACHINE_SET, Role.MACHINE_POOL):
        assert counters(node(role, raw)) == Counters("0/2", "", "1", "")
    assert counters(node(Role.MACHINE_SET, {})) == Counters()
    assert counters(node(Role.MACHINE, machine("m"))) == Counters("1", "1", "1", "1")
    members = tuple(ApiObject(machine(name, "False")) for name in ("a", "b", "c"))
    assert counters(node(Role.GROUP, None, members=members)) == Counters("", "0", "0", "3")
    for role in (Role.CLUSTER, Role.MACHINE, Role.CONTROL_PLANE, Role.OTHER, Role.VIRTUAL):
        assert counters(node(role, None)) == Counters()
    assert counters(node(Role.OTHER, raw)) == Counters()


def test_each_role_shows_its_condition() -> None:
    """7.6."""
    raw = {"status": {"conditions": [condition("Available", "True"), condition("Ready", "False")]}}
    only_ready = {"status": {"conditions": [condition("Ready", "False")]}}

    def shown(role: Role, found: Object | None) -> str | None:
        condition_shown = row_condition(node(role, found))
        return condition_shown.type if condition_shown is not None else None

    assert [shown(role, raw) for role in (Role.CLUSTER, Role.MACHINE_DEPLOYMENT, Role.CONTROL_PLANE)] == [
        "Available"
    ] * 3
    assert [shown(role, only_ready) for role in (Role.CONTROL_PLANE, Role.MACHINE_POOL)] == ["Ready"] * 2
    assert [shown(role, raw) for role in (Role.MACHINE, Role.OTHER)] == ["Ready"] * 2
    assert shown(Role.MACHINE_SET, raw) is None
    assert shown(Role.OTHER, None) is None


def test_a_group_has_what_its_members_have_in_common_since_the_oldest() -> None:
    """Its message names them; the row names two."""
    times = ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "")
    members = [
        ApiObject(
            item("Machine", name, conditions=[condition("Ready", "False", "Why", "each its own", since)])
        )
        for name, since in zip(("c", "b", "a"), times, strict=True)
    ]
    assert group_conditions(members) == (Condition("Ready", "False", "Why", "See a, b, c", times[1]),)
    group = node(Role.GROUP, None, members=tuple(members))
    assert row_condition(group) == Condition("Ready", "False", "Why", "", times[1])
    assert group_conditions([ApiObject({})]) == ()
    assert row_condition(node(Role.GROUP, None, members=(ApiObject({}),))) is None
    assert group_message(members) == "See c, b, ..."
    assert group_message(members[:2]) == "See c, b"


def test_a_described_group_is_virtual_and_names_its_members() -> None:
    """cli.md 5."""
    owned = deployment_with("md", [machine("w1"), machine("w2")])
    picture = ClusterPicture(
        cluster=ApiObject(cluster()),
        machines=[ApiObject(each) for each in owned[2:]],
        machine_sets=[ApiObject(owned[1])],
        machine_deployments=[ApiObject(owned[0])],
    )
    tree = arrange(picture, TreeOptions())
    found = to_cluster_node(tree, ())
    group = found.children[0].children[0].children[0]
    assert (group.kind, group.name, group.children) == ("Virtual", "2 Machines...", ())
    assert {each.type: each.message for each in group.conditions}["Ready"] == "See w1, w2"
    assert [each.kind for each in nodes_of(tree)] == ["Cluster", "Virtual", "MachineDeployment", "Machine"]
    assert with_referents(tree, lambda _: Lookup(), TreeOptions()) == tree


def test_machines_are_placed_once_and_loops_go_nowhere() -> None:
    """A Machine with the control-plane label stays with the control plane whoever owns it."""
    owned = deployment_with("md", [machine("w1")])
    both = owned[2]
    both["metadata"]["labels"]["cluster.x-k8s.io/control-plane"] = ""
    looped = item(
        "MachineSet",
        "loop",
        metadata={
            "ownerReferences": [
                {
                    "apiVersion": "cluster.x-k8s.io/v1beta2",
                    "kind": "MachineDeployment",
                    "name": "gone",
                    "controller": True,
                }
            ]
        },
    )
    foreign = machine(
        "f",
        metadata={
            "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "MachineSet", "name": "md", "controller": True}
            ]
        },
    )
    picture = ClusterPicture(
        cluster=ApiObject(cluster()),
        control_plane=Lookup(item=ApiObject(control_plane())),
        machines=[ApiObject(both), ApiObject(foreign)],
        machine_sets=[ApiObject(owned[1]), ApiObject(looped)],
        machine_deployments=[ApiObject(owned[0])],
    )
    titles = [each.title for each in nodes_of(arrange(picture, TreeOptions()))]
    assert titles.count("Machine default/w1, v1.34.0") == 1
    assert titles[-2:] == ["Machine default/f, v1.34.0", "MachineSet default/loop"]


def test_references_are_read_in_either_spelling() -> None:
    """``apiGroup`` or ``apiVersion``; the object's own namespace where none is written."""
    new = ApiObject({"metadata": {"namespace": "here"}, "ref": reference("TestMachine", "m")})
    old = ApiObject(
        {"ref": {"apiVersion": "g.example.org/v1", "kind": "K", "name": "m", "namespace": "there"}}
    )
    found, older = reference_at(new, "ref"), reference_at(old, "ref")
    assert found is not None
    assert older is not None
    assert reference_key(found) == ("infrastructure.cluster.x-k8s.io", "TestMachine", "here", "m")
    assert reference_key(older) == ("g.example.org", "K", "there", "m")
    assert reference_at(new, "other") is None
