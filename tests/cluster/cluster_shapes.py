"""Clusters of many shapes for a real core manager to judge: what a user or a provider would write (issue 4, 4).

What a manager of another kind would write is written here as status; everything else is the manager's own doing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from tests.plugins.cluster_api import CoreManager
from tests.plugins.kube_client import Object

CONTROL_PLANE = "cluster.x-k8s.io/control-plane"
_CLUSTER_NAME = "cluster.x-k8s.io/cluster-name"
_DEPLOYMENT_NAME = "cluster.x-k8s.io/deployment-name"
_LONG_AGO = "2026-01-01T00:00:00Z"

Told = tuple[str, str]
"""Status and reason."""


class Scene(Struct, frozen=True, kw_only=True):
    """A namespace in which one Cluster named ``one`` is set up."""

    manager: CoreManager
    namespace: str

    @property
    def cluster(self) -> Object:
        """The Cluster as a reference."""
        return self.manager.object("Cluster", "one", self.namespace)

    def apply(self, *objects: Object) -> None:
        """Apply objects in order."""
        self.manager.client.apply(*objects)

    def made(
        self,
        kind: str,
        name: str,
        *,
        spec: Object | None = None,
        status: Object | None = None,
        **metadata: object,
    ) -> Object:
        """An object that belongs to the Cluster."""
        labels = {_CLUSTER_NAME: "one", **metadata.pop("labels", {})}  # type: ignore[dict-item]
        return self.manager.object(
            kind, name, self.namespace, spec=spec, status=status, metadata={"labels": labels, **metadata}
        )

    def conditions(self, *found: Object) -> Object:
        """A status with new-style conditions in the place that this contract has for them."""
        listed = [{"lastTransitionTime": _LONG_AGO, "message": "", **each} for each in found]
        if self.manager.contract == "v1beta1":
            return {"v1beta2": {"conditions": listed}}
        return {"conditions": listed}

    def infrastructure(self, status: Object | None = None, *, ready: bool = True) -> Object:
        """The infrastructure of the Cluster, provisioned unless told otherwise."""
        flags = {"ready": True, "initialization": {"provisioned": True}} if ready else {}
        return self.made("TestCluster", "one", status={**flags, **(status or {})} or None)

    def control_plane(self, *found: Object, initialized: bool = True) -> Object:
        """A control plane object; without conditions it is of an older provider."""
        flags: Object = {}
        if initialized:
            flags = {"initialized": True, "ready": True, "initialization": {"controlPlaneInitialized": True}}
        return self.made(
            "TestControlPlane", "one", status={**flags, **(self.conditions(*found) if found else {})}
        )

    def make(self, infrastructure: Object | None, control_plane: Object | None, **spec: object) -> None:
        """Apply the Cluster after what it refers to."""
        references = {}
        for name, each in (("infrastructureRef", infrastructure), ("controlPlaneRef", control_plane)):
            if each is not None:
                self.apply(each)
                references[name] = self.manager.reference(each)
        endpoint = {"host": "192.0.2.1", "port": 6443}
        body = self.manager.object(
            "Cluster", "one", self.namespace, spec={"controlPlaneEndpoint": endpoint, **references, **spec}
        )
        self.apply(body)

    def machine_spec(self, name: str, *, template: bool = False) -> Object:
        """The spec of a Machine, or what Machines are made from."""
        kind = "TestMachineTemplate" if template else "TestMachine"
        infrastructure = self.made(kind, name)
        return {
            "clusterName": "one",
            "bootstrap": {"dataSecretName": "bootstrap"},
            "infrastructureRef": self.manager.reference(infrastructure),
        }

    def machine(
        self, name: str, *, control_plane: bool = False, infrastructure: Object | None = None
    ) -> None:
        """A Machine made by hand, with its infrastructure."""
        self.apply(self.made("TestMachine", name, status=infrastructure))
        labels = {CONTROL_PLANE: ""} if control_plane else {}
        self.apply(self.made("Machine", name, spec=self.machine_spec(name), labels=labels))

    def template(self, name: str) -> None:
        """An infrastructure template."""
        self.apply(self.made("TestMachineTemplate", name, spec={"template": {"spec": {}}}))

    def machine_deployment(self, name: str, replicas: int, **template: object) -> Object:
        """A MachineDeployment; its template is another object."""
        labels = {_CLUSTER_NAME: "one", _DEPLOYMENT_NAME: name}
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        older = self.manager.contract == "v1beta1"
        spec = {
            "clusterName": "one",
            "replicas": replicas,
            **({"strategy": strategy} if older else {"rollout": {"strategy": strategy}}),
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {**self.machine_spec(name, template=True), **template},
            },
        }
        return self.made("MachineDeployment", name, spec=spec)

    def machine_set(self, name: str, replicas: int) -> Object:
        """A MachineSet that nothing but the Cluster owns."""
        labels = {_CLUSTER_NAME: "one", "set": name}
        spec = {
            "clusterName": "one",
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": self.machine_spec(name, template=True)},
        }
        return self.made("MachineSet", name, spec=spec)

    def machine_pool(self, name: str, replicas: int) -> Object:
        """A MachinePool."""
        infrastructure = self.made("TestMachinePool", name)
        self.apply(infrastructure)
        template = {
            "clusterName": "one",
            "bootstrap": {"dataSecretName": "bootstrap"},
            "infrastructureRef": self.manager.reference(infrastructure),
        }
        spec = {"clusterName": "one", "replicas": replicas, "template": {"spec": template}}
        return self.made("MachinePool", name, spec=spec)


class Shape(Struct, frozen=True, kw_only=True):
    """How a Cluster is set up, and what v1.13.6 says of it once it has seen all of it.

    Attributes:
        faulty: the aggregates that v1.9.4 gets wrong by its known fault.
    """

    make: Callable[[Scene], None]
    says: dict[str, Told]
    faulty: tuple[str, ...] = ()


AGGREGATES = ("RollingOut", "ScalingUp", "ScalingDown")
_NOTHING = {each: ("False", f"Not{each}") for each in AGGREGATES}


def _condition(kind: str, status: str, reason: str, message: str = "") -> Object:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def _no_workers(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())


def _hand_made_machines(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    for name in ("m1", "m2", "m3"):
        scene.machine(name)
    scene.machine("cp1", control_plane=True)


def _hand_made_control_plane(scene: Scene) -> None:
    scene.make(scene.infrastructure(), None)
    scene.machine("cp1", control_plane=True)
    scene.machine("m1")


def _reporting_control_plane(scene: Scene) -> None:
    scene.make(
        scene.infrastructure(),
        scene.control_plane(
            _condition("Available", "False", "NotAvailable", "* EtcdClusterHealthy: two members are down"),
            _condition(
                "RollingOut", "True", "RollingOut", "Rolling out 2 not up-to-date replicas\n* Version v1"
            ),
            _condition("ScalingUp", "False", "NotScalingUp"),
            _condition("ScalingDown", "Unknown", "ScalingDownUnknown", "who knows"),
        ),
    )


def _partly_reporting_control_plane(scene: Scene) -> None:
    scene.make(
        scene.infrastructure(),
        scene.control_plane(_condition("ScalingUp", "True", "ScalingUp", "Scaling up from 1 to 3 replicas")),
    )


def _scaling_up(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    for name in ("md-a", "md-b"):
        scene.apply(scene.machine_deployment(name, 3))


def _rolling_out(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    scene.template("md")
    scene.apply(scene.machine_deployment("md", 2))
    wait_for_machines(scene, 2)
    scene.apply(scene.machine_deployment("md", 2, **_new_template(scene)))


def _new_template(scene: Scene) -> Object:
    scene.template("other")
    return {"infrastructureRef": scene.machine_spec("other", template=True)["infrastructureRef"]}


def _scaling_down(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    scene.template("md")
    scene.apply(scene.machine_deployment("md", 2))
    for each in wait_for_machines(scene, 2):
        held = [*each["metadata"].get("finalizers", ()), "tests.example.org/held"]
        scene.manager.client.patch(each, {"metadata": {"finalizers": held}})
    scene.apply(scene.machine_deployment("md", 1))


def wait_for_machines(scene: Scene, count: int) -> Sequence[Object]:
    """The Machines of the namespace once there are so many."""
    path = scene.manager.client.path(scene.made("Machine", "any")).rpartition("/")[0]
    api_version = scene.made("Machine", "any")["apiVersion"]

    def items() -> list[Object]:
        return list(scene.manager.client.get(path)["items"])

    scene.manager.client.wait_until(lambda: len(items()) >= count, f"{count} Machines")
    return [{**each, "apiVersion": api_version, "kind": "Machine"} for each in items()]


def _machine_pool(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    scene.apply(scene.machine_pool("pool", 3))


def _standalone_machine_set(scene: Scene, *, control_plane: bool = True) -> None:
    scene.make(scene.infrastructure(), scene.control_plane() if control_plane else None)
    scene.apply(scene.machine_set("alone", 2))


def _paused(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    scene.manager.wait_for_conditions(scene.cluster, "Available")
    scene.manager.client.patch(scene.cluster, {"spec": {"paused": True}})


def _deleting(scene: Scene) -> None:
    scene.make(
        {
            **scene.infrastructure(),
            "metadata": {**scene.infrastructure()["metadata"], "finalizers": ["tests.example.org/held"]},
        },
        scene.control_plane(),
    )
    scene.manager.wait_for_conditions(scene.cluster, "Available")
    scene.manager.client.delete(scene.cluster)


def _infrastructure_failing(scene: Scene) -> None:
    failing = scene.conditions(_condition("Ready", "False", "QuotaExceeded", "no address is left"))
    scene.make(scene.infrastructure(failing, ready=False), scene.control_plane(initialized=False))


def _infrastructure_missing(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    manager = scene.manager

    def is_ready() -> bool:
        found = manager.conditions(manager.client.read(scene.cluster))
        return found.get("InfrastructureReady", {}).get("status") == "True"

    manager.client.wait_until(is_ready, "the infrastructure to be seen")
    scene.manager.client.patch(scene.infrastructure(), {"metadata": {"finalizers": None}})
    scene.manager.client.delete(scene.infrastructure())


def _old_infrastructure(scene: Scene) -> None:
    old = {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": _LONG_AGO}]}
    scene.make(scene.infrastructure(old), scene.control_plane())


def _broken_infrastructure(scene: Scene) -> None:
    broken = {"conditions": [{"type": "Ready", "status": "Perhaps", "lastTransitionTime": _LONG_AGO}]}
    scene.make(scene.infrastructure(broken), scene.control_plane())


def _gated(scene: Scene) -> None:
    gates: list[Object] = [{"conditionType": "AddonsReady"}]
    if scene.manager.contract != "v1beta1":
        gates.append({"conditionType": "Melting", "polarity": "Negative"})
    scene.make(scene.infrastructure(), scene.control_plane(), availabilityGates=gates)


def _remediating(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    for name in ("m1", "m2", "m3"):
        scene.machine(name)
    failed = _condition("HealthCheckSucceeded", "False", "NodeUnhealthy", "the node is gone")
    waiting = _condition("OwnerRemediated", "False", "WaitingForRemediation", "waiting for the owner")
    for name, found in (("m1", (failed, waiting)), ("m2", (failed,))):
        machine = scene.made("Machine", name)
        scene.manager.wait_for_conditions(machine, "Ready")
        scene.manager.client.set_status(machine, scene.conditions(*found))


def _unhealthy(scene: Scene) -> None:
    scene.make(scene.infrastructure(), scene.control_plane())
    for number in range(5):
        scene.machine(f"m{number}")
        machine = scene.made("Machine", f"m{number}")
        scene.manager.wait_for_conditions(machine, "Ready")
        failed = _condition("HealthCheckSucceeded", "False", "NodeUnhealthy", f"node {number} is gone")
        scene.manager.client.set_status(machine, scene.conditions(failed))


SHAPES: dict[str, Shape] = {
    "no workers": Shape(
        make=_no_workers, says={**_NOTHING, "WorkersAvailable": ("True", "NoWorkers")}, faulty=AGGREGATES
    ),
    "hand-made machines": Shape(
        make=_hand_made_machines,
        says={**_NOTHING, "WorkerMachinesReady": ("False", "NotReady")},
        faulty=AGGREGATES,
    ),
    "hand-made control plane": Shape(
        make=_hand_made_control_plane,
        says={**_NOTHING, "ControlPlaneAvailable": ("Unknown", "InternalError")},
    ),
    "reporting control plane": Shape(
        make=_reporting_control_plane,
        says={
            "RollingOut": ("True", "RollingOut"),
            "ScalingUp": ("False", "NotScalingUp"),
            "ScalingDown": ("Unknown", "ScalingDownUnknown"),
            "ControlPlaneAvailable": ("False", "NotAvailable"),
        },
    ),
    "partly reporting control plane": Shape(
        make=_partly_reporting_control_plane,
        says={**_NOTHING, "ScalingUp": ("True", "ScalingUp")},
        faulty=("RollingOut", "ScalingDown"),
    ),
    "scaling up": Shape(
        make=_scaling_up,
        says={"ScalingUp": ("True", "ScalingUp"), "WorkersAvailable": ("Unknown", "AvailableUnknown")},
    ),
    "rolling out": Shape(make=_rolling_out, says={"RollingOut": ("True", "RollingOut")}),
    "scaling down": Shape(make=_scaling_down, says={"ScalingDown": ("True", "ScalingDown")}),
    "machine pool only": Shape(
        make=_machine_pool, says={**_NOTHING, "WorkersAvailable": ("True", "NoWorkers")}, faulty=AGGREGATES
    ),
    "standalone machine set": Shape(
        make=_standalone_machine_set,
        says={**_NOTHING, "ScalingUp": ("True", "ScalingUp")},
        faulty=("RollingOut",),
    ),
    "standalone machine set and no control plane": Shape(
        make=partial(_standalone_machine_set, control_plane=False),
        says={**_NOTHING, "ScalingUp": ("True", "ScalingUp")},
        faulty=("ScalingUp",),
    ),
    "paused": Shape(make=_paused, says={**_NOTHING, "Paused": ("True", "Paused")}, faulty=AGGREGATES),
    "deleting": Shape(
        make=_deleting, says={**_NOTHING, "Deleting": ("True", "WaitingForInfrastructureDeletion")}
    ),
    "infrastructure failing": Shape(
        make=_infrastructure_failing,
        says={
            **_NOTHING,
            "InfrastructureReady": ("False", "QuotaExceeded"),
            "ControlPlaneAvailable": ("False", "NotAvailable"),
            "ControlPlaneInitialized": ("False", "NotInitialized"),
        },
        faulty=AGGREGATES,
    ),
    "infrastructure missing": Shape(
        make=_infrastructure_missing,
        says={**_NOTHING, "InfrastructureReady": ("False", "ObjectDeleted")},
        faulty=AGGREGATES,
    ),
    "infrastructure of the old style": Shape(
        make=_old_infrastructure,
        says={**_NOTHING, "InfrastructureReady": ("True", "Ready")},
        faulty=AGGREGATES,
    ),
    "infrastructure with a broken condition": Shape(
        make=_broken_infrastructure,
        says={**_NOTHING, "InfrastructureReady": ("Unknown", "InvalidConditionReported")},
        faulty=AGGREGATES,
    ),
    "availability gates": Shape(
        make=_gated, says={**_NOTHING, "Available": ("False", "NotAvailable")}, faulty=AGGREGATES
    ),
    "remediating": Shape(
        make=_remediating, says={**_NOTHING, "Remediating": ("True", "Remediating")}, faulty=AGGREGATES
    ),
    "unhealthy machines": Shape(
        make=_unhealthy, says={**_NOTHING, "Remediating": ("False", "NotRemediating")}, faulty=AGGREGATES
    ),
}
