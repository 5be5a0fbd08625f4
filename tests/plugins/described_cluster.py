"""A Cluster in memory with whatever is said of it, for tests of what is described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from capyctl.adapters.askers import SerialAsker
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.describe import DescribeRequest, Description, describe_cluster
from capyctl.core.api_reading import ApiRequest
from capyctl.core.object_tree import TreeOptions
from tests.plugins.memory_cluster import Kind, MemoryApiServer

Object = dict[str, Any]

NOW = "2026-11-22T10:00:00Z"
GROUP = "cluster.x-k8s.io"
_OWN = ("Cluster", "Machine", "MachineSet", "MachineDeployment", "MachinePool", "ClusterClass")
_FOREIGN = {
    "infrastructure": ("TestCluster", "TestMachine", "TestMachinePool"),
    "bootstrap": ("TestConfig",),
    "controlplane": ("TestControlPlane",),
}


class HandClock:
    """A clock that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> str:
        """Always the same."""
        return NOW

    def monotonic(self) -> float:
        """What was slept."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Pass at once."""
        self.seconds += seconds


def condition(kind: str, status: str, reason: str = "Why", message: str = "", since: str = NOW) -> Object:
    """A condition as it is stored."""
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since}


def owner(kind: str, name: str) -> Object:
    """Metadata with a controlling owner of Cluster API."""
    reference = {"apiVersion": f"{GROUP}/v1beta2", "kind": kind, "name": name, "controller": True, "uid": "u"}
    return {"ownerReferences": [reference]}


def group_of(kind: str) -> str:
    """The group of a kind."""
    for prefix, kinds in _FOREIGN.items():
        if kind in kinds:
            return f"{prefix}.{GROUP}"
    return GROUP


def item(
    kind: str,
    name: str,
    *,
    spec: Object | None = None,
    conditions: Sequence[Object] = (),
    metadata: Object | None = None,
    status: Object | None = None,
    version: str = "v1beta2",
) -> Object:
    """An object that belongs to the Cluster ``one``."""
    return {
        "apiVersion": f"{group_of(kind)}/{version}",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"{kind}-{name}",
            "creationTimestamp": "2026-11-21T10:00:00Z",
            "labels": {f"{GROUP}/cluster-name": "one"},
            **(metadata or {}),
        },
        "spec": spec or {},
        "status": {**({"conditions": list(conditions)} if conditions else {}), **(status or {})},
    }


def control_plane_labels() -> Object:
    """Metadata of a Machine of the control plane."""
    return {"labels": {f"{GROUP}/cluster-name": "one", f"{GROUP}/control-plane": ""}}


def reference(kind: str, name: str) -> Object:
    """A reference as contract v1beta2 writes it."""
    return {"apiGroup": group_of(kind), "kind": kind, "name": name}


def machine(name: str, ready: str = "True", *, of: str | None = None, **more: Any) -> Object:  # noqa: ANN401
    """A Machine with an infrastructure machine and a bootstrap configuration of its name."""
    spec = {
        "version": "v1.34.0",
        "infrastructureRef": reference("TestMachine", name),
        "bootstrap": {"configRef": reference("TestConfig", name)},
    }
    metadata = {**(owner("MachineSet", of) if of else {}), **more.pop("metadata", {})}
    conditions = [condition("Ready", ready), condition("Available", ready), condition("UpToDate", "True")]
    return item("Machine", name, spec=spec, conditions=conditions, metadata=metadata, **more)


def cluster(*conditions: Object, **spec: Any) -> Object:  # noqa: ANN401
    """The Cluster ``one``."""
    references = {
        "infrastructureRef": reference("TestCluster", "one"),
        "controlPlaneRef": reference("TestControlPlane", "one"),
    }
    return item("Cluster", "one", spec={**references, **spec}, conditions=conditions)


def infrastructure(*conditions: Object) -> Object:
    """Its infrastructure."""
    return item("TestCluster", "one", conditions=conditions)


def control_plane(*conditions: Object, **more: Any) -> Object:  # noqa: ANN401
    """Its control plane object."""
    return item("TestControlPlane", "one", conditions=conditions, **more)


def deployment_with(name: str, machines: Sequence[Object], **more: Any) -> list[Object]:  # noqa: ANN401
    """A MachineDeployment with one MachineSet, and Machines that are given to it."""
    owned = [{**each, "metadata": {**each["metadata"], **owner("MachineSet", name)}} for each in machines]
    spec = {
        "replicas": len(machines),
        "template": {
            "spec": {
                "version": "v1.34.0",
                "infrastructureRef": reference("TestMachine", "template"),
                "bootstrap": {"configRef": reference("TestConfig", "template")},
            }
        },
    }
    return [
        item("MachineDeployment", name, spec=spec, **more),
        item("MachineSet", name, spec=spec, metadata=owner("MachineDeployment", name)),
        *owned,
    ]


def crd(kind: str, contract: str = "v1beta2") -> Object:
    """The definition of a kind, as far as its contract goes."""
    name = f"{kind.lower()}s.{group_of(kind)}" if kind != "ClusterClass" else f"clusterclasses.{GROUP}"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": name,
            "labels": {f"{GROUP}/{contract}": "v1beta2" if contract == "v1beta2" else contract},
        },
    }


def kinds(version: str = "v1beta2") -> list[Kind]:
    """What the server serves."""
    served = [*_OWN, *(kind for each in _FOREIGN.values() for kind in each)]
    return [
        *(
            Kind(
                group=group_of(kind),
                versions=(version,),
                kind=kind,
                plural="clusterclasses" if kind == "ClusterClass" else f"{kind.lower()}s",
            )
            for kind in served
        ),
        Kind(
            group="apiextensions.k8s.io",
            versions=("v1",),
            kind="CustomResourceDefinition",
            plural="customresourcedefinitions",
            namespaced=False,
        ),
        Kind(group="apps", versions=("v1",), kind="Deployment", plural="deployments"),
        Kind(group=f"clusterctl.{GROUP}", versions=("v1alpha3",), kind="Provider", plural="providers"),
        Kind(
            group=f"addons.{GROUP}",
            versions=(version,),
            kind="ClusterResourceSetBinding",
            plural="clusterresourcesetbindings",
        ),
    ]


class Described(Struct, kw_only=True):
    """A management cluster in memory that can be described."""

    objects: list[Object] = field(default_factory=list)
    version: str = "v1beta2"
    server: MemoryApiServer = field(default_factory=MemoryApiServer)
    without_crds: bool = False

    def describe(
        self, options: TreeOptions | None = None, *, name: str = "one", namespace: str = "default"
    ) -> Description:
        """What is described, every request noted in ``server``."""
        served = [*_OWN, *(kind for each in _FOREIGN.values() for kind in each)]
        self.server.kinds = self.server.kinds or kinds(self.version)
        if not self.without_crds:
            self.server.objects += [crd(kind, self.version) for kind in served]
        self.server.objects += self.objects
        reader = ClusterReader(
            api=self.server, asker=SerialAsker(), clock=HandClock(), until=0.0, jitter=lambda: 0.5
        )
        request = DescribeRequest(name=name, namespace=namespace, options=options or TreeOptions())
        return describe_cluster(reader, request)

    @property
    def asked(self) -> Sequence[ApiRequest]:
        """Every request so far."""
        return self.server.asked


def described(*objects: Object, options: TreeOptions | None = None, **settings: Any) -> Description:  # noqa: ANN401
    """The Cluster ``one`` among these objects."""
    return Described(objects=list(objects), **settings).describe(options)


def provider(version: str) -> Object:
    """The core in clusterctl's inventory."""
    return {
        "apiVersion": f"clusterctl.{GROUP}/v1alpha3",
        "kind": "Provider",
        "metadata": {"name": "cluster-api", "namespace": "capi-system"},
        "providerName": "cluster-api",
        "type": "CoreProvider",
        "version": version,
    }


def outline(found: Description) -> Mapping[str, Any]:
    """The titles of the tree, nested."""
    assert found.tree is not None, [each.detail for each in found.diagnostics]
    return {found.tree.title: _below(found.tree)}


def _below(node: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return {each.title: _below(each) for each in node.children}
