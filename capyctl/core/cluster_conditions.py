"""The conditions of a Cluster computed anew from their sources, as the newest core does (clusterctl-cluster 9.4, 9.5).

Each is judged by the sources that really take part in it: the aggregate of nothing is the normal state with its
reason. What cannot be computed from objects (RemoteConnectionProbe, Paused, TopologyReconciled) stays as stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject
from capyctl.core.condition_merge import (
    Aggregation,
    Derived,
    Reasons,
    Source,
    Summary,
    Weight,
    aggregate,
    plural_of,
    same_message,
    sources_of,
    summarize,
    weight_of,
)
from capyctl.core.conditions import (
    CORE_GROUP,
    Condition,
    condition_of,
    conditions_fault,
    counted_condition,
    stored_conditions,
)
from capyctl.core.mirrored_conditions import (
    Referent,
    control_plane_available,
    control_plane_initialized,
    has_topology,
    in_new_words,
    infrastructure_ready,
)

CONTROL_PLANE_LABEL: Final = "cluster.x-k8s.io/control-plane"
POOL_LABEL: Final = "cluster.x-k8s.io/pool-name"

_YOUNG: Final = timedelta(seconds=10)
"""A Machine younger than this without UpToDate takes no part in that aggregate yet."""


class Gate(Struct, frozen=True, kw_only=True):
    """A condition of the Cluster's own author that Available depends on."""

    type: str
    negative: bool = False


class ClusterSources(Struct, frozen=True, kw_only=True):
    """Everything the conditions of a Cluster come from; None where it could not be read.

    Attributes:
        infrastructure, control_plane: None where the Cluster names none.
        gates: availability gates of the Cluster or else of its class.
        now: RFC 3339 time of this run.
    """

    cluster: ApiObject
    infrastructure: Referent | None = None
    control_plane: Referent | None = None
    machines: Sequence[ApiObject] | None = ()
    machine_deployments: Sequence[ApiObject] | None = ()
    machine_sets: Sequence[ApiObject] | None = ()
    gates: Sequence[Gate] | None = ()
    now: str = ""


class JudgedCondition(Struct, frozen=True, kw_only=True):
    """A stored condition, and what it should say where that differs; None where it agrees or nobody can tell.

    Attributes:
        sources: how many objects take part in the aggregate; None where it is no aggregate, or none was computed.
    """

    stored: Condition
    computed: Derived | None = None
    sources: int | None = None


def judge_conditions(found: ClusterSources) -> tuple[JudgedCondition, ...]:
    """Every stored condition of the Cluster beside what its sources say, in the order stored."""
    stored = stored_conditions(found.cluster)
    computed = _computed(found)
    computed["Available"] = _available(found, stored, computed)
    counts = {name: _count(found, name) for name in ("RollingOut", "ScalingUp", "ScalingDown")}
    return tuple(_judged(each, computed.get(each.type), counts.get(each.type), found) for each in stored)


def _judged(
    stored: Condition, computed: Derived | None, sources: int | None, found: ClusterSources
) -> JudgedCondition:
    if computed is None or _agrees(stored, computed, found):
        return JudgedCondition(stored=stored, sources=sources)
    return JudgedCondition(stored=stored, computed=computed, sources=sources)


def _agrees(stored: Condition, computed: Derived, found: ClusterSources) -> bool:
    if (stored.status, stored.reason) != (computed.status, computed.reason):
        return False
    if same_message(stored.message, computed.message):
        return True
    return same_message(
        in_new_words(stored.message, found.infrastructure, found.control_plane), computed.message
    )


def _computed(found: ClusterSources) -> dict[str, Derived | None]:
    workers = _workers(found.machines)
    leaders = _control_plane_machines(found.machines)
    return {
        "InfrastructureReady": infrastructure_ready(found.cluster, found.infrastructure),
        "ControlPlaneAvailable": control_plane_available(found.cluster, found.control_plane),
        "ControlPlaneInitialized": control_plane_initialized(found.cluster, found.control_plane, leaders),
        "WorkersAvailable": _workers_available(found),
        "ControlPlaneMachinesReady": _machines_ready(leaders),
        "WorkerMachinesReady": _machines_ready(workers),
        "ControlPlaneMachinesUpToDate": _machines_up_to_date(leaders, found.now),
        "WorkerMachinesUpToDate": _machines_up_to_date(workers, found.now),
        "RollingOut": _operation(found, _ROLLING_OUT),
        "ScalingUp": _operation(found, _SCALING_UP),
        "ScalingDown": _operation(found, _SCALING_DOWN),
        "Remediating": _remediating(found.machines),
        "Deleting": None if found.cluster.is_being_deleted else Derived("False", "NotDeleting"),
    }


def _operation_rule(name: str) -> Aggregation:
    return Aggregation(
        source_type=name,
        negative=True,
        reasons=Reasons(name, f"{name}Unknown", f"Not{name}"),
        nothing=Derived("False", f"Not{name}"),
    )


def _machines_rule(source: str) -> Aggregation:
    return Aggregation(
        source_type=source,
        reasons=Reasons(f"Not{source}", f"{source}Unknown", source),
        nothing=Derived("True", "NoReplicas"),
    )


_ROLLING_OUT: Final = _operation_rule("RollingOut")
_SCALING_UP: Final = _operation_rule("ScalingUp")
_SCALING_DOWN: Final = _operation_rule("ScalingDown")
_MACHINES_READY: Final = _machines_rule("Ready")
_MACHINES_UP_TO_DATE: Final = _machines_rule("UpToDate")
_WORKERS_AVAILABLE: Final = Aggregation(
    source_type="Available",
    reasons=Reasons("NotAvailable", "AvailableUnknown", "Available"),
    nothing=Derived("True", "NoWorkers"),
)
_REMEDIATED: Final = Aggregation(
    source_type="OwnerRemediated",
    reasons=Reasons("Remediating", "Remediating", "Remediating"),
    nothing=Derived("False", "NotRemediating"),
)


def operation_sources(found: ClusterSources, name: str) -> list[Source] | None:
    """What takes part in RollingOut, ScalingUp or ScalingDown; None where a part of it could not be read.

    The control plane only where it reports the condition; standalone MachineSets only in scaling, and only with
    an ownerReference to the Cluster; MachinePools never.
    """
    plane = found.control_plane
    if found.machine_deployments is None or (plane is not None and not plane.is_known):
        return None
    objects: list[ApiObject] = []
    if plane is not None and plane.item is not None and _reports(plane.item, name):
        objects.append(plane.item)
    objects += found.machine_deployments
    if name != "RollingOut":
        if found.machine_sets is None:
            return None
        objects += [each for each in found.machine_sets if _belongs_to(each, found.cluster)]
    return sources_of(objects, name)


def _count(found: ClusterSources, name: str) -> int | None:
    sources = operation_sources(found, name)
    return None if sources is None else len(sources)


def _operation(found: ClusterSources, rule: Aggregation) -> Derived | None:
    sources = operation_sources(found, rule.source_type)
    return None if sources is None else aggregate(sources, rule)


def _reports(item: ApiObject, name: str) -> bool:
    return condition_of(item, name) is not None and conditions_fault(item) is None


def _belongs_to(item: ApiObject, cluster: ApiObject) -> bool:
    return any(
        (each.group, each.kind, each.name) == (CORE_GROUP, "Cluster", cluster.name) for each in item.owners
    )


def _control_plane_machines(machines: Sequence[ApiObject] | None) -> Sequence[ApiObject] | None:
    return None if machines is None else [each for each in machines if each.has_label(CONTROL_PLANE_LABEL)]


def _workers(machines: Sequence[ApiObject] | None) -> Sequence[ApiObject] | None:
    """Worker Machines without those of MachinePools, which do not report what the others do."""
    if machines is None:
        return None
    return [
        each
        for each in machines
        if not each.has_label(CONTROL_PLANE_LABEL) and not each.has_label(POOL_LABEL)
    ]


def _machine_sources(machines: Iterable[ApiObject], wanted: str) -> list[Source]:
    listed = list(machines)
    leads = {each.name for each in listed if each.has_label(CONTROL_PLANE_LABEL)}
    return sources_of(listed, wanted, leads)


def _machines_ready(machines: Sequence[ApiObject] | None) -> Derived | None:
    return None if machines is None else aggregate(_machine_sources(machines, "Ready"), _MACHINES_READY)


def _machines_up_to_date(machines: Sequence[ApiObject] | None, now: str) -> Derived | None:
    if machines is None:
        return None
    counted = [each for each in machines if counted_condition(each, "UpToDate") or not _is_young(each, now)]
    return aggregate(_machine_sources(counted, "UpToDate"), _MACHINES_UP_TO_DATE)


def _is_young(machine: ApiObject, now: str) -> bool:
    try:
        age = datetime.fromisoformat(now) - datetime.fromisoformat(machine.created_at)
    except (ValueError, TypeError):
        return False
    return age <= _YOUNG


def _workers_available(found: ClusterSources) -> Derived | None:
    if found.machine_deployments is None:
        return None
    return aggregate(sources_of(found.machine_deployments, "Available"), _WORKERS_AVAILABLE)


def _remediating(machines: Sequence[ApiObject] | None) -> Derived | None:
    if machines is None:
        return None
    unhealthy = [
        each
        for each in machines
        if _is_false(each, "HealthCheckSucceeded") and not each.has_label(POOL_LABEL)
    ]
    remediated = [each for each in unhealthy if _is_false(each, "OwnerRemediated")]
    if not remediated:
        return replace(_REMEDIATED.nothing, message=_unhealthy_message(unhealthy))
    merged = aggregate(_machine_sources(remediated, "OwnerRemediated"), _REMEDIATED)
    return replace(merged, status="True")


def _is_false(machine: ApiObject, wanted: str) -> bool:
    found = counted_condition(machine, wanted)
    return found is not None and found.status == "False"


def _unhealthy_message(machines: Sequence[ApiObject]) -> str:
    names = sorted(each.name for each in machines)
    if not names:
        return ""
    listed = [*names[:3], *([f"... ({len(names) - 3} more)"] if len(names) > 3 else [])]
    subject, verb = ("Machine", "is") if len(names) == 1 else (plural_of("Machine"), "are")
    return f"{subject} {', '.join(listed)} {verb} not healthy (not to be remediated)"


_AVAILABLE_TYPES: Final = (
    "Deleting",
    "RemoteConnectionProbe",
    "InfrastructureReady",
    "ControlPlaneAvailable",
    "WorkersAvailable",
    "TopologyReconciled",
)
_TOPOLOGY_ISSUES: Final = ("ReconcileFailed", "ClusterClassNotReconciled")


def _available(
    found: ClusterSources, stored: Sequence[Condition], computed: Mapping[str, Derived | None]
) -> Derived | None:
    """The summary of what the other conditions should say, as far as that is known."""
    if found.gates is None:
        return None
    rule = Summary(
        types=tuple(dict.fromkeys([*_AVAILABLE_TYPES, *(each.type for each in found.gates)])),
        reasons=Reasons("NotAvailable", "AvailableUnknown", "Available"),
        weigh=partial(_weight, found.cluster, {each.type for each in found.gates if each.negative}),
        optional=() if has_topology(found.cluster) else ("TopologyReconciled",),
    )
    told = {each.type: _as_computed(each, computed.get(each.type)) for each in stored}
    for name, derived in computed.items():
        if name not in told and derived is not None:
            told[name] = Condition(name, derived.status, derived.reason, derived.message)
    return summarize(told.values(), rule)


def _as_computed(stored: Condition, computed: Derived | None) -> Condition:
    if computed is None:
        return stored
    return Condition(stored.type, computed.status, computed.reason, computed.message, stored.since)


def _weight(cluster: ApiObject, negative_gates: set[str], condition: Condition) -> Weight:
    gone = condition.reason in ("ObjectDeleted", "ObjectDoesNotExist")
    mirrored = condition.type in ("InfrastructureReady", "ControlPlaneAvailable")
    if cluster.is_being_deleted and mirrored and gone:
        return Weight.INFO
    is_topology = condition.type == "TopologyReconciled" and condition.status == "False"
    if is_topology and condition.reason not in _TOPOLOGY_ISSUES:
        return Weight.INFO
    return weight_of(condition, negative=condition.type == "Deleting" or condition.type in negative_gates)
