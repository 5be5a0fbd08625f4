"""The conditions of a Cluster from their sources (clusterctl-cluster 9.4, 9.5); tests/cluster has real cores."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.cluster_conditions import ClusterSources, Gate, JudgedCondition, judge_conditions
from capyctl.core.condition_merge import Derived
from capyctl.core.mirrored_conditions import Referent
from tests.plugins.described_cluster import (
    GROUP,
    NOW,
    Object,
    cluster,
    condition,
    control_plane,
    control_plane_labels,
    infrastructure,
    item,
    machine,
)


def _stored(kind: str) -> Object:
    return condition(kind, "Odd", "Odd", "nobody says this")


def _judged(kind: str, owner: Object | None = None, **sources: Any) -> Derived | None:  # noqa: ANN401
    """What should be said in place of something that is never said."""
    held = {
        **(owner or cluster()),
        "status": {**(owner or {}).get("status", {}), "conditions": [_stored(kind)]},
    }
    found = judge_conditions(ClusterSources(cluster=ApiObject(held), now=NOW, **sources))
    assert [each.stored.type for each in found] == [kind]
    return found[0].computed


def _objects(*raw: Object) -> tuple[ApiObject, ...]:
    return tuple(ApiObject(each) for each in raw)


def _referent(raw: Object | None, *, absent: bool = False, contract: str = "v1beta2") -> Referent:
    kind = "TestControlPlane" if raw is None else raw["kind"]
    return Referent(kind=kind, item=None if raw is None else ApiObject(raw), absent=absent, contract=contract)


@pytest.mark.parametrize(
    ("kind", "nothing"),
    [
        ("RollingOut", Derived("False", "NotRollingOut")),
        ("ScalingUp", Derived("False", "NotScalingUp")),
        ("ScalingDown", Derived("False", "NotScalingDown")),
        ("Remediating", Derived("False", "NotRemediating")),
        ("WorkersAvailable", Derived("True", "NoWorkers")),
        ("ControlPlaneMachinesReady", Derived("True", "NoReplicas")),
        ("WorkerMachinesReady", Derived("True", "NoReplicas")),
        ("ControlPlaneMachinesUpToDate", Derived("True", "NoReplicas")),
        ("WorkerMachinesUpToDate", Derived("True", "NoReplicas")),
        ("Deleting", Derived("False", "NotDeleting")),
    ],
)
def test_the_aggregate_of_nothing_is_benign(kind: str, nothing: Derived) -> None:
    """9.5."""
    assert _judged(kind) == nothing


@pytest.mark.parametrize("kind", ["RemoteConnectionProbe", "Paused", "TopologyReconciled", "Anything"])
def test_what_no_object_tells_stays_as_stored(kind: str) -> None:
    """9.4: connection cache, other controllers."""
    assert _judged(kind) is None


@pytest.mark.parametrize(
    "kind",
    [
        "RollingOut",
        "ScalingUp",
        "WorkersAvailable",
        "WorkerMachinesReady",
        "WorkerMachinesUpToDate",
        "Remediating",
        "Available",
    ],
)
def test_nothing_is_computed_from_what_could_not_be_read(kind: str) -> None:
    """No half-truths."""
    assert _judged(kind, machines=None, machine_deployments=None, machine_sets=None, gates=None) is None


def test_scaling_needs_machine_sets_and_rolling_out_does_not() -> None:
    """9.4."""
    assert _judged("ScalingUp", machine_sets=None) is None
    assert _judged("RollingOut", machine_sets=None) == Derived("False", "NotRollingOut")


def test_only_machine_sets_of_the_cluster_itself_take_part_in_scaling() -> None:
    """Those with an ownerReference to the Cluster, not merely without a MachineDeployment."""
    up = [condition("ScalingUp", "True", "ScalingUp", "up")]
    mine = {"ownerReferences": [{"apiVersion": f"{GROUP}/v1beta1", "kind": "Cluster", "name": "one"}]}
    own = item("MachineSet", "own", conditions=up, metadata=mine)
    ownerless = item("MachineSet", "ownerless", conditions=up)
    assert _judged("ScalingUp", machine_sets=_objects(own, ownerless)) == Derived(
        "True", "ScalingUp", "* MachineSet own: up"
    )
    assert _judged("ScalingUp", machine_sets=_objects(ownerless)) == Derived("False", "NotScalingUp")


def test_a_control_plane_takes_part_only_where_it_reports() -> None:
    """Either style counts; broken conditions do not, and an unreadable object makes it impossible to tell."""
    out = condition("RollingOut", "True", "RollingOut", "out")
    assert _judged("RollingOut", control_plane=_referent(control_plane(out))) == Derived(
        "True", "RollingOut", "* TestControlPlane one: out"
    )
    nothing = Derived("False", "NotRollingOut")
    assert _judged("RollingOut", control_plane=_referent(control_plane())) == nothing
    broken = control_plane(out, {"type": "Ready", "status": "Perhaps"})
    assert _judged("RollingOut", control_plane=_referent(broken)) == nothing
    assert _judged("RollingOut", control_plane=_referent(None, absent=True)) == nothing
    assert _judged("RollingOut", control_plane=_referent(None)) is None


def test_machines_of_pools_take_no_part() -> None:
    """9.4."""
    pooled = machine("p", "False", metadata={"labels": {f"{GROUP}/pool-name": "pool"}})
    leader = machine("c", "False", metadata=control_plane_labels())
    assert _judged("WorkerMachinesReady", machines=_objects(pooled, leader)) == Derived("True", "NoReplicas")
    assert _judged("ControlPlaneMachinesReady", machines=_objects(pooled, leader)) == Derived(
        "False", "NotReady", "* Machine c: "
    )


def test_young_machines_without_the_condition_are_left_out_of_up_to_date() -> None:
    """Ten seconds (9.4); a time that cannot be read is old."""
    young = item("Machine", "young", metadata={"creationTimestamp": "2026-11-22T09:59:55Z", "labels": {}})
    timeless = item("Machine", "timeless", metadata={"creationTimestamp": "yesterday", "labels": {}})
    assert _judged("WorkerMachinesUpToDate", machines=_objects(young)) == Derived("True", "NoReplicas")
    assert _judged("WorkerMachinesUpToDate", machines=_objects(young, timeless)) == Derived(
        "Unknown", "UpToDateUnknown", "* Machine timeless: Condition UpToDate not yet reported"
    )


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (1, "Machine m0 is not healthy (not to be remediated)"),
        (3, "Machines m0, m1, m2 are not healthy (not to be remediated)"),
        (5, "Machines m0, m1, m2, ... (2 more) are not healthy (not to be remediated)"),
    ],
)
def test_unhealthy_machines_that_nobody_remediates_are_named(count: int, message: str) -> None:
    """9.4."""
    failed = [condition("HealthCheckSucceeded", "False")]
    found = _objects(*(item("Machine", f"m{number}", conditions=failed) for number in range(count)))
    assert _judged("Remediating", machines=found) == Derived("False", "NotRemediating", message)


def test_machines_that_wait_for_their_owner_are_being_remediated() -> None:
    """HealthCheckSucceeded and OwnerRemediated both False."""
    waiting = [
        condition("HealthCheckSucceeded", "False"),
        condition("OwnerRemediated", "False", "Why", "waiting"),
    ]
    assert _judged("Remediating", machines=_objects(item("Machine", "m", conditions=waiting))) == Derived(
        "True", "Remediating", "* Machine m: waiting"
    )


def _deleted(owner: Object) -> Object:
    return {**owner, "metadata": {**owner["metadata"], "deletionTimestamp": NOW}}


def _flagged(**flags: bool) -> Object:
    return {**cluster(), "status": {"initialization": flags}}


def test_infrastructure_is_mirrored_else_the_flag_speaks() -> None:
    """9.4: an old-style True without a reason reads Ready."""
    bad = infrastructure(condition("Ready", "False", "NoQuota", "none left"))
    assert _judged("InfrastructureReady", infrastructure=_referent(bad)) == Derived(
        "False", "NoQuota", "none left"
    )
    old = infrastructure({"type": "Ready", "status": "True"})
    assert _judged("InfrastructureReady", infrastructure=_referent(old)) == Derived("True", "Ready")
    silent = _referent(infrastructure())
    assert _judged("InfrastructureReady", infrastructure=silent) == Derived(
        "False", "NotReady", "TestCluster status.initialization.provisioned is false"
    )
    provisioned = _flagged(infrastructureProvisioned=True)
    assert _judged("InfrastructureReady", provisioned, infrastructure=silent) == Derived("True", "Ready")
    broken = infrastructure({"type": "Ready", "status": "Perhaps"})
    found = _judged("InfrastructureReady", infrastructure=_referent(broken))
    assert found is not None
    assert found.reason == "InvalidConditionReported"


def test_what_is_gone_is_told_by_whether_it_was_ever_there() -> None:
    """9.4."""
    gone = _referent(None, absent=True)
    was_there = _flagged(controlPlaneInitialized=True)
    assert _judged("ControlPlaneAvailable", control_plane=gone) == Derived(
        "False", "ObjectDoesNotExist", "TestControlPlane does not exist"
    )
    assert _judged("ControlPlaneAvailable", was_there, control_plane=gone) == Derived(
        "False", "ObjectDeleted", "TestControlPlane has been deleted while the cluster still exists"
    )
    assert _judged("ControlPlaneAvailable", _deleted(was_there), control_plane=gone) == Derived(
        "False", "ObjectDeleted", "TestControlPlane has been deleted"
    )
    assert _judged("ControlPlaneAvailable", control_plane=_referent(None)) is None


def test_without_a_reference_it_is_an_error_but_for_a_topology() -> None:
    """9.4: Unknown, InternalError; with a class, waiting."""
    found = _judged("ControlPlaneAvailable")
    assert found is not None
    assert (found.status, found.reason) == ("Unknown", "InternalError")
    classy = cluster(topology={"classRef": {"name": "c"}})
    waiting = "Waiting for cluster topology to be reconciled"
    assert _judged("ControlPlaneAvailable", classy) == Derived("False", "ObjectDoesNotExist", waiting)
    assert _judged("InfrastructureReady", _deleted(classy)) == Derived("False", "ObjectDoesNotExist")
    assert _judged("ControlPlaneInitialized", classy) == Derived("Unknown", "ObjectDoesNotExist", waiting)


def test_initialized_is_told_by_the_control_plane_of_either_contract() -> None:
    """9.4."""
    new = control_plane(status={"initialization": {"controlPlaneInitialized": True}})
    old = control_plane(status={"initialized": True})
    yes, no = (
        Derived("True", "Initialized"),
        Derived("False", "NotInitialized", "Control plane not yet initialized"),
    )
    assert _judged("ControlPlaneInitialized", control_plane=_referent(new)) == yes
    assert _judged("ControlPlaneInitialized", control_plane=_referent(old)) == no
    assert _judged("ControlPlaneInitialized", control_plane=_referent(old, contract="v1beta1")) == yes
    assert _judged("ControlPlaneInitialized", control_plane=_referent(old, contract="")) is None
    assert _judged("ControlPlaneInitialized", control_plane=_referent(None, absent=True)) == Derived(
        "Unknown", "ObjectDoesNotExist", "TestControlPlane does not exist"
    )


def test_initialized_is_told_by_hand_made_machines_where_there_is_no_object() -> None:
    """Any control plane Machine with a node; never taken back once True."""
    bare = machine("c", metadata=control_plane_labels())
    with_node = {**bare, "status": {"nodeRef": {"name": "node"}}}
    assert _judged("ControlPlaneInitialized", machines=_objects(bare)) == Derived(
        "False", "NotInitialized", "Waiting for the first control plane machine to have status.nodeRef set"
    )
    assert _judged("ControlPlaneInitialized", machines=_objects(with_node)) == Derived("True", "Initialized")
    assert _judged("ControlPlaneInitialized", machines=None) is None
    stored = cluster(condition("ControlPlaneInitialized", "True", "Initialized"))
    found = judge_conditions(ClusterSources(cluster=ApiObject(stored), now=NOW))
    assert found[0].computed is None


def _available(*stored: Object, owner: Object | None = None, **sources: Any) -> JudgedCondition:  # noqa: ANN401
    held = {**(owner or cluster()), "status": {"conditions": [condition("Available", "Odd"), *stored]}}
    return judge_conditions(ClusterSources(cluster=ApiObject(held), now=NOW, **sources))[0]


def test_available_sums_up_what_the_others_should_say() -> None:
    """9.4: the stored InfrastructureReady is stale, and what nobody can compute is taken as stored."""
    good: dict[str, Any] = {
        "infrastructure": _referent(infrastructure(condition("Ready", "True"))),
        "control_plane": _referent(control_plane(condition("Available", "True"))),
    }
    probe = condition("RemoteConnectionProbe", "True")
    stale = condition("InfrastructureReady", "False", "NotReady", "not yet")
    assert _available(probe, stale, **good).computed == Derived("True", "Available")
    gates = (Gate(type="Addons"), Gate(type="Melting", negative=True))
    melting = condition("Melting", "True", "Hot", "too hot")
    assert _available(probe, melting, gates=gates, **good).computed == Derived(
        "False", "NotAvailable", "* Addons: Condition not yet reported\n* Melting: too hot"
    )


def test_a_topology_that_is_merely_on_its_way_is_no_issue() -> None:
    """9.4: only two reasons are."""
    good: dict[str, Any] = {
        "infrastructure": _referent(infrastructure(condition("Ready", "True"))),
        "control_plane": _referent(control_plane(condition("Available", "True"))),
        "owner": cluster(topology={"classRef": {"name": "c"}}),
    }
    probe = condition("RemoteConnectionProbe", "True")
    waiting = condition("TopologyReconciled", "False", "ClusterUpgrading")
    failed = condition("TopologyReconciled", "False", "ReconcileFailed", "broken")
    assert _available(probe, waiting, **good).computed == Derived("True", "Available")
    assert _available(probe, failed, **good).computed == Derived(
        "False", "NotAvailable", "* TopologyReconciled: broken"
    )
    assert _available(probe, **good).computed == Derived(
        "Unknown", "AvailableUnknown", "* TopologyReconciled: Condition not yet reported"
    )


def test_while_deleting_what_is_gone_is_no_issue() -> None:
    """9.4."""
    gone = _referent(None, absent=True)
    found = _available(
        condition("RemoteConnectionProbe", "True"),
        condition("Deleting", "True", "WaitingForWorkersDeletion", "on its way"),
        owner=_deleted(cluster()),
        infrastructure=gone,
        control_plane=gone,
    )
    assert found.computed == Derived("False", "NotAvailable", "* Deleting: on its way")


def test_a_message_in_the_words_of_an_older_core_is_no_difference() -> None:
    """v1.9 names the flag ``status.ready`` (9.4)."""
    told = condition("InfrastructureReady", "False", "NotReady", "TestCluster status.ready is false")
    sources = ClusterSources(
        cluster=ApiObject(cluster(told)), infrastructure=_referent(infrastructure()), now=NOW
    )
    assert judge_conditions(sources)[0].computed is None
