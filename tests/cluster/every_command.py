"""Every command on a management cluster, and a small one that gives each something to read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.provider_cluster import recorded
from tests.plugins.installed_providers import (
    cert_manager_of_clusterctl,
    clusters_definition,
    definition,
    inventory_definition,
)
from tests.plugins.kube_client import KubeClient, Object
from tests.scenario.playing import Played, run_words

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "get kubeconfig": ("get", "kubeconfig", "one", "-n", "work"),
    "get kubeconfig of nobody": ("get", "kubeconfig", "none", "-n", "work"),
    "describe cluster": ("describe", "cluster", "one", "-n", "work"),
    "cluster check": ("cluster", "check"),
    "upgrade plan": ("upgrade", "plan", "--offline"),
    "init": ("init", "--dry-run", "--offline", "-i", "aws"),
}
"""What is run in every test over all commands; the two that need sources answer from the snapshot."""

KUBECONFIG = "apiVersion: v1\nkind: Config\n"
_GROUP = "cluster.x-k8s.io"
_CONTRACT = {f"{_GROUP}/v1beta2": "v1beta2"}
_VOLATILE = frozenset({"evidence", "detail", "last_transition_time"})


def managed(client: KubeClient) -> None:
    """Make the cluster a management cluster with one workload cluster, ``one`` in namespace ``work``."""
    kinds = ("Machine", "MachineSet", "MachineDeployment")
    definitions = [definition(_GROUP, kind, "v1beta2", labels=_CONTRACT) for kind in kinds]
    client.establish(inventory_definition(), clusters_definition(), *definitions)
    found = [
        *recorded(cluster_api="v1.13.6", infrastructure_aws="v2.9.1"),
        cert_manager_of_clusterctl("v1.16.1"),
    ]
    for namespace in sorted({"work", *(each["metadata"]["namespace"] for each in found)}):
        client.namespace(namespace)
    client.apply(*found, *_workload())


def _workload() -> list[Object]:
    deployment = {"cluster.x-k8s.io/deployment-name": "workers"}
    encoded = base64.b64encode(KUBECONFIG.encode()).decode()
    return [
        _owned("Cluster", "one", {}, spec={"paused": False}),
        _owned("MachineDeployment", "workers", {}, spec={"clusterName": "one"}),
        *(_owned("Machine", f"m{n}", deployment, spec={"clusterName": "one"}) for n in range(3)),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "one-kubeconfig", "namespace": "work"},
            "data": {"value": encoded},
        },
    ]


def _owned(kind: str, name: str, labels: Mapping[str, str], **parts: object) -> Object:
    return {
        "apiVersion": f"{_GROUP}/v1beta2",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "work",
            "labels": {"cluster.x-k8s.io/cluster-name": "one", **labels},
        },
        **parts,
    }


def run(name: str, kubeconfig: Path, home: Path, *words: str) -> Played:
    """Run one of the commands in this process."""
    environ = {"HOME": str(home), "AWS_B64ENCODED_CREDENTIALS": "bm90aGluZw=="}
    return run_words([*COMMANDS[name], "--kubeconfig", str(kubeconfig), "-o", "json", *words], environ)


def lasting(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A result without what differs from run to run."""
    if isinstance(value, dict):
        return {key: lasting(each) for key, each in value.items() if key not in _VOLATILE}
    if isinstance(value, list):
        return [lasting(each) for each in value]
    return value


def text_of(document: Mapping[str, Any]) -> str:
    """A document as YAML, for the message of a test that failed."""
    return yaml.safe_dump(dict(document), sort_keys=False)
