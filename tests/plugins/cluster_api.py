"""A real Cluster API core manager on a control plane, and the objects it works on (real-parts.md 3).

Its definitions are the module's own. Infrastructure, bootstrap and control plane are kinds of ours with an open
schema and no controller: what a provider would write, the test writes.
``python -m tests.plugins.cluster_api v1.9.4`` runs one in the foreground.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import trustme
import yaml
from msgspec import Struct

from tests.plugins.build_real_parts import CLUSTER_API_VERSIONS, part
from tests.plugins.control_plane import open_control_plane, show
from tests.plugins.kube_client import KubeClient, Object
from tests.plugins.processes import HANG_SECONDS, free_port
from tests.plugins.running_cluster import ControlPlane

_NAMESPACE = "capi-system"
_GROUP = "cluster.x-k8s.io"
_INVENTORY = f"clusterctl.{_GROUP}"
# Ours, by the part of the provider's group before the common one.
_OPEN_KINDS = {
    "infrastructure": (
        "TestCluster",
        "TestClusterTemplate",
        "TestMachine",
        "TestMachineTemplate",
        "TestMachinePool",
    ),
    "bootstrap": ("TestConfig", "TestConfigTemplate"),
    "controlplane": ("TestControlPlane", "TestControlPlaneTemplate"),
}


class CoreManager(Struct, frozen=True, kw_only=True):
    """A running core manager. ``processes.kill(manager.name)`` ends it, so that what it wrote stays as it is."""

    version: str
    contract: str
    plane: ControlPlane
    name: str

    @property
    def client(self) -> KubeClient:
        """The administrator's client of its control plane."""
        return self.plane.client

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self.plane.logs[self.name].read_text(encoding="utf-8", errors="replace")

    def object(
        self,
        kind: str,
        name: str,
        namespace: str,
        *,
        spec: Object | None = None,
        metadata: Object | None = None,
        status: Object | None = None,
    ) -> Object:
        """An object of Cluster API or of our open kinds, in the version of this manager's contract."""
        made: Object = {
            "apiVersion": f"{group_of(kind)}/{self.contract}",
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace, **(metadata or {})},
            "spec": spec or {},
        }
        return {**made, "status": status} if status else made

    def reference(self, to: Object) -> Object:
        """A reference as this contract writes it: v1beta2 left version and namespace out."""
        metadata = to["metadata"]
        if self.contract == "v1beta1":
            return {
                "apiVersion": to["apiVersion"],
                "kind": to["kind"],
                "name": metadata["name"],
                "namespace": metadata["namespace"],
            }
        return {"apiGroup": group_of(to["kind"]), "kind": to["kind"], "name": metadata["name"]}

    def conditions(self, found: Object | None) -> dict[str, Object]:
        """The new-style conditions of an object by type: v1.9 keeps them aside, v1.11 and later in their place."""
        status = (found or {}).get("status", {})
        place = status.get("v1beta2", {}) if self.contract == "v1beta1" else status
        return {each["type"]: each for each in place.get("conditions") or ()}

    def wait_for_conditions(self, wanted: Object, *kinds: str) -> dict[str, Object]:
        """The conditions of an object once all of those kinds are there."""
        self.client.wait_until(
            lambda: set(kinds) <= self.conditions(self.client.read(wanted)).keys(),
            f"conditions {', '.join(kinds)} of {wanted['metadata']['name']}",
        )
        return self.conditions(self.client.read(wanted))


def group_of(kind: str) -> str:
    """The API group of a kind of Cluster API's core or of ours."""
    for owner, kinds in _OPEN_KINDS.items():
        if kind in kinds:
            return f"{owner}.{_GROUP}"
    return _GROUP


def definitions(version: str, *owners: str) -> list[Object]:
    """The module's definitions of ``core``, ``bootstrap``, ``control-plane``, fit for a cluster without webhooks.

    Only the version that is stored is left, with the contract's label: nothing converts the others.
    """
    folder = part("cluster-api", version).definitions
    found = [
        yaml.safe_load(path.read_bytes())
        for owner in owners
        for path in sorted((folder / owner).glob("*.yaml"))
    ]
    return [_without_conversion(each) for each in found]


def inventory_definition(version: str) -> Object:
    """The definition of clusterctl's Provider entries, labelled as clusterctl labels it."""
    folder = part("cluster-api", version).definitions / "clusterctl"
    found: Object = yaml.safe_load((folder / "clusterctl.cluster.x-k8s.io_providers.yaml").read_bytes())
    return {
        **found,
        "metadata": {"name": found["metadata"]["name"], "labels": {f"{_INVENTORY}/core": "inventory"}},
    }


def provider_entry(label: str, version: str, namespace: str) -> Object:
    """An inventory entry as clusterctl writes it; ``label`` is such as ``cluster-api`` or ``infrastructure-aws``."""
    kinds = {
        "bootstrap": "BootstrapProvider",
        "control-plane": "ControlPlaneProvider",
        "infrastructure": "InfrastructureProvider",
    }
    prefix = next((each for each in kinds if label.startswith(f"{each}-")), "")
    labels = {_INVENTORY: "", f"{_INVENTORY}/core": "inventory", f"{_GROUP}/provider": label}
    return {
        "apiVersion": f"{_INVENTORY}/v1alpha3",
        "kind": "Provider",
        "metadata": {"name": label, "namespace": namespace, "labels": labels},
        "providerName": label.removeprefix(f"{prefix}-") if prefix else label,
        "type": kinds.get(prefix, "CoreProvider"),
        "version": version,
        "watchedNamespace": "",
    }


def open_definitions(contract: str) -> list[Object]:
    """The definitions of our kinds, in that contract."""
    return [
        _open_definition(f"{owner}.{_GROUP}", kind, contract)
        for owner, kinds in _OPEN_KINDS.items()
        for kind in kinds
    ]


def contract_of(version: str) -> str:
    """The contract of a core release: v1beta2 since v1.11."""
    minor = int(version.split(".")[1])
    return "v1beta2" if minor >= 11 else "v1beta1"


@contextmanager
def open_core_manager(plane: ControlPlane, version: str) -> Iterator[CoreManager]:
    """Run the core manager of a release on a control plane, its definitions and our open kinds served.

    Raises:
        StartError: it ended, or did not begin to reconcile; the message holds the end of its log.
    """
    contract = contract_of(version)
    plane.client.establish(*definitions(version, "core"), *open_definitions(contract))
    plane.client.namespace(_NAMESPACE)
    name = f"cluster-api-{version}"
    health = free_port()
    _start(plane, version, name, health)
    try:
        plane.processes.wait_for(
            f"{name} reconciles", lambda: _works(plane.logs[name], health), needs=(name,)
        )
        yield CoreManager(version=version, contract=contract, plane=plane, name=name)
    finally:
        plane.processes.kill(name)


def _start(plane: ControlPlane, version: str, name: str, health: int) -> None:
    certificates = plane.folder / f"{name}-certificates"
    certificates.mkdir(exist_ok=True)
    issued = trustme.CA().issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(certificates / "tls.crt"))
    issued.private_key_pem.write_to_path(str(certificates / "tls.key"))
    flags = {
        "kubeconfig": str(plane.kubeconfig(plane.folder / f"{name}.kubeconfig")),
        "insecure-diagnostics": "true",
        "diagnostics-address": "127.0.0.1:0",
        "health-addr": f"127.0.0.1:{health}",
        "webhook-cert-dir": str(certificates),
        "webhook-port": str(free_port()),
    }
    program = part("cluster-api", version).path
    command = [str(program), *(f"--{flag}={value}" for flag, value in flags.items())]
    plane.processes.start(name, command, {"POD_NAMESPACE": _NAMESPACE, "POD_NAME": name, "POD_UID": name})


def _works(log: Path, health: int) -> bool:
    try:
        ready = httpx.get(
            f"http://127.0.0.1:{health}/readyz", trust_env=False, timeout=HANG_SECONDS
        ).is_success
    except httpx.TransportError:
        return False
    return ready and '"Starting workers" controller="cluster"' in log.read_text(encoding="utf-8")


def _without_conversion(definition: Object) -> Object:
    spec = definition["spec"]
    stored = [each for each in spec["versions"] if each["storage"]]
    labels = {f"{_GROUP}/{each['name']}": each["name"] for each in stored}
    metadata = {"name": definition["metadata"]["name"], "labels": labels}
    kept = {name: value for name, value in spec.items() if name != "conversion"}
    return {**definition, "metadata": metadata, "spec": {**kept, "versions": stored}, "status": {}}


def _open_definition(group: str, kind: str, contract: str) -> Object:
    plural = f"{kind.lower()}s"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": contract,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {
            "openAPIV3Schema": {"type": "object", "properties": {"spec": anything, "status": anything}}
        },
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "labels": {f"{_GROUP}/{contract}": contract}},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }


def main(arguments: list[str]) -> int:
    """Run a core manager on a control plane of its own until interrupted; the kubeconfig's path goes to stdout."""
    version = arguments[0] if arguments else CLUSTER_API_VERSIONS[-1]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        tempfile.TemporaryDirectory(prefix="capyctl-cluster-", ignore_cleanup_errors=True) as folder,
        open_control_plane(Path(folder)) as plane,
        open_core_manager(plane, version),
    ):
        show(plane)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
