"""``describe cluster`` of 1,000 and 2,000 Machines in 20 MachineDeployments, beside clusterctl on the same cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.installation import Installation
from benchmarks.measuring import Command, bare_environment, in_sequence, interleaved
from benchmarks.table import Row
from tests.plugins.build_real_parts import CLUSTER_API_VERSIONS
from tests.plugins.cluster_api import definitions, group_of, open_definitions
from tests.plugins.control_plane import open_control_plane
from tests.plugins.running_cluster import ControlPlane

_MIB = 1024 * 1024
_DEPLOYMENTS = 20
_LABEL = "cluster.x-k8s.io/cluster-name"
_SIZES = (1000, 2000)
_TYPES = (
    *("Available", "Ready", "UpToDate", "BootstrapConfigReady", "InfrastructureReady", "NodeHealthy"),
    *("NodeReady", "HealthCheckSucceeded", "Updating", "Paused", "Deleting"),
)
_CLUSTER_TYPES = (
    *("Available", "RemoteConnectionProbe", "InfrastructureReady", "ControlPlaneInitialized"),
    *("ControlPlaneAvailable", "WorkersAvailable", "RollingOut", "Remediating", "ScalingDown", "ScalingUp"),
    *("ControlPlaneMachinesReady", "WorkerMachinesReady", "ControlPlaneMachinesUpToDate"),
    *("WorkerMachinesUpToDate", "Paused", "Deleting"),
)
_GOALS = {"time": 2.0, "memory": 1.5, "growth": 1.5}

_Object = dict[str, Any]


def description_rows(installation: Installation, clusterctl: str, rounds: int) -> Iterator[Row]:
    """Time and memory at 1,000 Machines, and what each further 1,000 cost."""
    with (
        tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as folder,
        open_control_plane(Path(folder)) as plane,
    ):
        plane.client.establish(*definitions(CLUSTER_API_VERSIONS[-1], "core"), *open_definitions("v1beta2"))
        for size in _SIZES:
            _make(plane, f"of-{size}", size)
        kubeconfig = str(plane.kubeconfig(Path(folder) / "kubeconfig"))
        environment = bare_environment(CLUSTERCTL_DISABLE_VERSIONCHECK="true")
        cases = {
            (name, size): in_sequence(
                [
                    Command(
                        words=(
                            program,
                            "describe",
                            "cluster",
                            "one",
                            "-n",
                            f"of-{size}",
                            "--kubeconfig",
                            kubeconfig,
                        ),
                        environment=environment,
                    )
                ]
            )
            for size in _SIZES
            for name, program in (("ours", installation.capyctl), ("theirs", clusterctl))
        }
        found = interleaved({f"{name} {size}": case for (name, size), case in cases.items()}, rounds)
    small, large = ({name: found[f"{name} {size}"] for name in ("ours", "theirs")} for size in _SIZES)
    what = "describe cluster, 1,000 Machines in 20 MachineDeployments"
    yield _row(f"{what}: time", small["ours"].seconds, small["theirs"].seconds, "s", "time")
    yield _row(f"{what}: memory", small["ours"].memory / _MIB, small["theirs"].memory / _MIB, "MiB", "memory")
    growth = [large[name].seconds - small[name].seconds for name in ("ours", "theirs")]
    yield _row("each further 1,000 Machines: time", growth[0], growth[1], "s", "growth")
    more = [(large[name].memory - small[name].memory) / _MIB for name in ("ours", "theirs")]
    yield _row("each further 1,000 Machines: memory", more[0], more[1], "MiB", "growth")


def _row(what: str, ours: float, theirs: float, unit: str, goal: str) -> Row:
    return Row(what=what, ours=ours, beside=theirs, unit=unit, other="clusterctl", goal=_GOALS[goal])


def _make(plane: ControlPlane, namespace: str, machines: int) -> None:
    """A Cluster whose Machines are all well, with what a controller would have written."""
    plane.client.namespace(namespace)
    references = {
        "infrastructureRef": _reference("TestCluster", "one"),
        "controlPlaneRef": _reference("TestControlPlane", "one"),
    }
    good = {"conditions": _conditions(("Available", "Ready"))}
    plane.client.apply(
        {**_object("TestCluster", "one", namespace), "status": good},
        {**_object("TestControlPlane", "one", namespace), "status": good},
        {
            **_object("Cluster", "one", namespace, spec=references),
            "status": {"conditions": _conditions(_CLUSTER_TYPES)},
        },
    )
    for number in range(_DEPLOYMENTS):
        name = f"md-{number}"
        count = machines // _DEPLOYMENTS
        spec = {
            "clusterName": "one",
            "replicas": count,
            "selector": {"matchLabels": {"md": name}},
            "template": {"metadata": {"labels": {"md": name}}, "spec": _machine_spec(name)},
        }
        (deployment,) = plane.client.apply(
            {
                **_object("MachineDeployment", name, namespace, spec=spec),
                "status": {"replicas": count, **good},
            }
        )
        (owned,) = plane.client.apply(
            _object("MachineSet", name, namespace, spec=spec, ownerReferences=[_owner(deployment)])
        )
        _machines(plane, namespace, name, owned, count)


def _machines(plane: ControlPlane, namespace: str, name: str, owner: _Object, count: int) -> None:
    def make(number: int) -> None:
        machine = f"{name}-{number:05}"
        made = _object(
            "Machine", machine, namespace, spec=_machine_spec(machine), ownerReferences=[_owner(owner)]
        )
        status = {"phase": "Running", "nodeRef": {"name": machine}, "conditions": _conditions(_TYPES)}
        plane.client.apply({**made, "status": status})
        ready = {"conditions": _conditions(("Ready",))}
        for kind in ("TestMachine", "TestConfig"):
            plane.client.apply({**_object(kind, machine, namespace), "status": ready})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(count)))


def _object(
    kind: str, name: str, namespace: str, *, spec: _Object | None = None, **metadata: object
) -> _Object:
    return {
        "apiVersion": f"{group_of(kind)}/v1beta2",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": {_LABEL: "one"}, **metadata},
        "spec": spec or {},
    }


def _machine_spec(name: str) -> _Object:
    return {
        "clusterName": "one",
        "version": "v1.34.0",
        "bootstrap": {"configRef": _reference("TestConfig", name)},
        "infrastructureRef": _reference("TestMachine", name),
    }


def _reference(kind: str, name: str) -> _Object:
    return {"apiGroup": group_of(kind), "kind": kind, "name": name}


def _owner(found: _Object) -> _Object:
    return {
        "apiVersion": found["apiVersion"],
        "kind": found["kind"],
        "name": found["metadata"]["name"],
        "uid": found["metadata"]["uid"],
        "controller": True,
    }


def _conditions(types: tuple[str, ...]) -> list[_Object]:
    negative = {"Updating", "Paused", "Deleting", "RollingOut", "Remediating", "ScalingDown", "ScalingUp"}
    return [
        {
            "type": each,
            "status": "False" if each in negative else "True",
            "reason": f"Not{each}" if each in negative else each,
            "message": "",
            "lastTransitionTime": "2026-11-01T00:00:00Z",
            "observedGeneration": 1,
        }
        for each in types
    ]
