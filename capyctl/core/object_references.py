"""References between objects of Cluster API, in either spelling (clusterctl-cluster 7.5)."""

from __future__ import annotations

from capyctl.core.api_object import ApiObject, ObjectReference, group_of, mapping_at, text_at

ReferenceKey = tuple[str, str, str, str]
"""Group, kind, namespace and name."""


def reference_at(item: ApiObject, *path: str) -> ObjectReference | None:
    """The reference at a path of an object; None where there is none that names a kind and an object.

    Contract v1beta2 writes ``apiGroup``, older ones ``apiVersion`` and at times a namespace; the object's own
    namespace stands where none is written.
    """
    found = mapping_at(item.raw, *path)
    kind, name = text_at(found, "kind"), text_at(found, "name")
    if not kind or not name:
        return None
    return ObjectReference(
        group=text_at(found, "apiGroup") or group_of(text_at(found, "apiVersion")),
        kind=kind,
        name=name,
        namespace=text_at(found, "namespace") or item.namespace,
    )


def reference_key(reference: ObjectReference) -> ReferenceKey:
    """What tells one object from another."""
    return reference.group, reference.kind, reference.namespace, reference.name


def infrastructure_reference(cluster: ApiObject) -> ObjectReference | None:
    """What a Cluster names as its infrastructure."""
    return reference_at(cluster, "spec", "infrastructureRef")


def control_plane_reference(cluster: ApiObject) -> ObjectReference | None:
    """What a Cluster names as its control plane."""
    return reference_at(cluster, "spec", "controlPlaneRef")


def machine_references(machine: ApiObject) -> tuple[ObjectReference, ...]:
    """The infrastructure and the bootstrap configuration of a Machine."""
    return _both(machine, "spec")


def template_references(owner: ApiObject) -> tuple[ObjectReference, ...]:
    """The same of what Machines are made from: of a MachineDeployment, a MachineSet or a MachinePool."""
    return _both(owner, "spec", "template", "spec")


def control_plane_template(plane: ApiObject) -> ObjectReference | None:
    """The infrastructure template of a control plane, where contract v1beta2 or v1beta1 has it."""
    newer = reference_at(plane, "spec", "machineTemplate", "spec", "infrastructureRef")
    return newer or reference_at(plane, "spec", "machineTemplate", "infrastructureRef")


def _both(item: ApiObject, *path: str) -> tuple[ObjectReference, ...]:
    found = (
        reference_at(item, *path, "infrastructureRef"),
        reference_at(item, *path, "bootstrap", "configRef"),
    )
    return tuple(each for each in found if each is not None)
