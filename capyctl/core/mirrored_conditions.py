"""Conditions of a Cluster that follow its infrastructure and its control plane object (clusterctl-cluster 9.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, mapping_at, text_at, value_at
from capyctl.core.condition_merge import Derived, mirror
from capyctl.core.conditions import NO_REASON, condition_of, conditions_fault

INTERNAL_ERROR: Final = Derived("Unknown", "InternalError", "Please check controller logs for errors")
"""What a core writes that could not compute a condition."""


class Referent(Struct, frozen=True, kw_only=True):
    """What a reference of the Cluster leads to.

    Attributes:
        kind: of the reference. item: the object, if it was read. absent: the server says that there is none.
        contract: the object's contract, such as ``v1beta2``; empty where its CRD states none.

    Neither an item nor absent: it could not be read.
    """

    kind: str
    item: ApiObject | None = None
    absent: bool = False
    contract: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it is certain what the reference leads to."""
        return self.item is not None or self.absent


def has_topology(cluster: ApiObject) -> bool:
    """Whether the Cluster is made from a ClusterClass."""
    return bool(mapping_at(cluster.raw, "spec", "topology"))


def in_new_words(message: str, infrastructure: Referent | None, control_plane: Referent | None) -> str:
    """A message of an older core in the words of the newest: flags had other names in contract v1beta1."""
    for referent, flag in ((infrastructure, "provisioned"), (control_plane, "controlPlaneInitialized")):
        if referent is not None:
            kind = referent.kind
            message = message.replace(f"{kind} status.ready is false", _flag_message(kind, flag))
    return message


def _flag(cluster: ApiObject, newer: str, older: str) -> bool:
    """A flag of the Cluster's status by its name in API version v1beta2, else by its older name."""
    found = value_at(cluster.raw, "status", "initialization", newer)
    return (value_at(cluster.raw, "status", older) if found is None else found) is True


def _flag_message(kind: str, flag: str) -> str:
    return f"{kind} status.initialization.{flag} is false"


class _Mirrored(Struct, frozen=True, kw_only=True):
    """How one condition of the Cluster follows a condition of an object that the Cluster refers to."""

    wanted: str
    flag: bool
    flag_name: str
    good: str
    bad: str


def infrastructure_ready(cluster: ApiObject, referent: Referent | None) -> Derived | None:
    """InfrastructureReady: what the infrastructure says of itself, else the flag; None where nobody can tell."""
    flag = _flag(cluster, "infrastructureProvisioned", "infrastructureReady")
    rule = _Mirrored(wanted="Ready", flag=flag, flag_name="provisioned", good="Ready", bad="NotReady")
    return _mirrored(cluster, referent, rule)


def control_plane_available(cluster: ApiObject, referent: Referent | None) -> Derived | None:
    """ControlPlaneAvailable: what the control plane says of itself, else the flag; None where nobody can tell."""
    flag = _flag(cluster, "controlPlaneInitialized", "controlPlaneReady")
    rule = _Mirrored(
        wanted="Available",
        flag=flag,
        flag_name="controlPlaneInitialized",
        good="Available",
        bad="NotAvailable",
    )
    return _mirrored(cluster, referent, rule)


def _mirrored(cluster: ApiObject, referent: Referent | None, rule: _Mirrored) -> Derived | None:
    if referent is None:
        if not has_topology(cluster):
            return INTERNAL_ERROR
        return Derived("False", "ObjectDoesNotExist", _waiting_for_topology(cluster))
    if referent.absent:
        return _gone(cluster, referent.kind, was_there=rule.flag)
    return None if referent.item is None else _mirror_of(referent.item, referent.kind, rule)


def _mirror_of(item: ApiObject, kind: str, rule: _Mirrored) -> Derived:
    fault = conditions_fault(item)
    if fault is not None:
        return Derived("Unknown", "InvalidConditionReported", fault)
    fallback = (
        Derived("True", rule.good)
        if rule.flag
        else Derived("False", rule.bad, _flag_message(kind, rule.flag_name))
    )
    mirrored = mirror(condition_of(item, rule.wanted), rule.wanted, fallback)
    if mirrored.reason == NO_REASON and mirrored.status == "True":
        return replace(mirrored, reason=rule.good)
    return mirrored


def _waiting_for_topology(cluster: ApiObject) -> str:
    return "" if cluster.is_being_deleted else "Waiting for cluster topology to be reconciled"


def _gone(cluster: ApiObject, kind: str, *, was_there: bool) -> Derived:
    if not was_there:
        return Derived("False", "ObjectDoesNotExist", f"{kind} does not exist")
    while_exists = "" if cluster.is_being_deleted else " while the cluster still exists"
    return Derived("False", "ObjectDeleted", f"{kind} has been deleted{while_exists}")


def control_plane_initialized(
    cluster: ApiObject, plane: Referent | None, machines: Sequence[ApiObject] | None
) -> Derived | None:
    """ControlPlaneInitialized, from the control plane object or else from Machines of the control plane.

    Once True it is never taken back; None then, and where nobody can tell.
    """
    stored = condition_of(cluster, "ControlPlaneInitialized")
    if stored is not None and stored.status == "True":
        return None
    if plane is not None:
        return _initialized_of(plane)
    if has_topology(cluster):
        return Derived("Unknown", "ObjectDoesNotExist", _waiting_for_topology(cluster))
    if machines is None:
        return None
    if any(text_at(each.raw, "status", "nodeRef", "name") for each in machines):
        return Derived("True", "Initialized")
    waiting = "Waiting for the first control plane machine to have status.nodeRef set"
    return Derived("False", "NotInitialized", waiting)


def _initialized_of(plane: Referent) -> Derived | None:
    if plane.absent:
        return Derived("Unknown", "ObjectDoesNotExist", f"{plane.kind} does not exist")
    if plane.item is None or not plane.contract:
        return None
    if plane.contract == "v1beta1":
        initialized = value_at(plane.item.raw, "status", "initialized")
    else:
        initialized = value_at(plane.item.raw, "status", "initialization", "controlPlaneInitialized")
    if initialized is True:
        return Derived("True", "Initialized")
    return Derived("False", "NotInitialized", "Control plane not yet initialized")
