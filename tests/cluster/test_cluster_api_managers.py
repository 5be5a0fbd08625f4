"""Real Cluster API core managers work here, and the faulty release shows its fault (F73)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec.structs import replace

from capyctl.lab.run import run_in_lab
from capyctl.lab.scenario import load_scenario
from tests.plugins.cluster_api import CoreManager, inventory_definition, provider_entry
from tests.plugins.cluster_fixture import each_core_manager
from tests.plugins.kube_client import Object
from tests.plugins.real_parts import find_clusterctl

pytestmark = each_core_manager

_INVENTORY = "/apis/clusterctl.cluster.x-k8s.io/v1alpha3"
_AGGREGATED = ("RollingOut", "ScalingUp", "ScalingDown")


def _cluster(manager: CoreManager, namespace: str) -> Object:
    """A Cluster with a provisioned infrastructure and a control plane that knows no new conditions; no workers."""
    infrastructure = manager.object("TestCluster", "one", namespace, spec={})
    control_plane = manager.object("TestControlPlane", "one", namespace, spec={})
    references = {
        "infrastructureRef": manager.reference(infrastructure),
        "controlPlaneRef": manager.reference(control_plane),
    }
    cluster = manager.object("Cluster", "one", namespace, spec=references)
    provisioned = {"ready": True, "initialization": {"provisioned": True}}
    manager.client.apply({**infrastructure, "status": provisioned}, control_plane, cluster)
    return cluster


def test_aggregates_of_nothing(core_manager: CoreManager) -> None:
    cluster = _cluster(core_manager, core_manager.client.new_namespace())
    found = core_manager.wait_for_conditions(cluster, *_AGGREGATED)
    told = {kind: (found[kind]["status"], found[kind]["reason"]) for kind in _AGGREGATED}
    if core_manager.version == "v1.9.4":
        assert told == dict.fromkeys(_AGGREGATED, ("Unknown", "InternalError"))
        assert "Please check controller logs for errors" in found["RollingOut"]["message"]
        line = "Failed to aggregate ControlPlane, MachinePool, MachineDeployment's RollingOut conditions"
        assert line in core_manager.log
        assert "sourceObjs can't be empty" in core_manager.log
    else:
        assert told == {kind: ("False", f"Not{kind}") for kind in _AGGREGATED}
        assert "Failed to aggregate" not in core_manager.log


def _run_clusterctl(core_manager: CoreManager, folder: Path, *words: str) -> str:
    # Each release reads its own contract alone: nothing converts the objects here.
    program = find_clusterctl("v1.13.6" if core_manager.contract == "v1beta2" else "v1.10.1")
    kubeconfig = core_manager.plane.kubeconfig(folder / "kubeconfig")
    scenario = replace(load_scenario("sound"), environment={"AWS_B64ENCODED_CREDENTIALS": "bGFiCg=="})
    ran = run_in_lab(
        scenario,
        [str(program.path), *words, "--kubeconfig", str(kubeconfig)],
        environment={"PATH": os.environ["PATH"]},
        capture=True,
    )
    assert ran.exit_status == 0, ran.stderr
    return ran.stdout


def test_real_clusterctl_describes_what_the_manager_made(core_manager: CoreManager, tmp_path: Path) -> None:
    namespace = core_manager.client.new_namespace()
    core_manager.wait_for_conditions(_cluster(core_manager, namespace), *_AGGREGATED)
    told = _run_clusterctl(core_manager, tmp_path, "describe", "cluster", "one", "-n", namespace)
    assert re.findall(r"(\w+/one)", told) == ["Cluster/one", "TestCluster/one", "TestControlPlane/one"]


def test_real_clusterctl_plans_an_upgrade(core_manager: CoreManager, tmp_path: Path) -> None:
    client = core_manager.client
    client.establish(inventory_definition(core_manager.version))
    client.namespace("capa-system")
    current, newest = (
        ("v1.10.9", "v1.10.10") if core_manager.contract == "v1beta1" else ("v1.13.5", "v1.14.0")
    )
    homes = {"cluster-api": "capi-system", "infrastructure-aws": "capa-system"}
    versions = {"cluster-api": current, "infrastructure-aws": "v2.8.1"}
    client.apply(*(provider_entry(label, versions[label], home) for label, home in homes.items()))
    try:
        told = _run_clusterctl(core_manager, tmp_path, "upgrade", "plan")
    finally:  # other modules look at this cluster too
        for label, home in homes.items():
            client.raw("DELETE", f"{_INVENTORY}/namespaces/{home}/providers/{label}")
    rows = [line.split()[:5] for line in told.splitlines() if "Provider" in line]
    assert ["cluster-api", "capi-system", "CoreProvider", current, newest] in rows
    assert "infrastructure-aws" in {row[0] for row in rows}
