"""``capyctl delete`` on a real API server: what goes, what stays, what stops it, and that it can always be finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.api_faults import FAULTS
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.install_world import deployment, simple
from tests.plugins.installed_providers import (
    clusters_definition,
    definition,
    inventory_definition,
    provider_entry,
)
from tests.plugins.kube_client import KubeClient, KubeError, Object
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played, run_words

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

CORE, AWS, HELM = "cluster-api", "infrastructure-aws", "addon-helm"
HOMES = {CORE: "capi-system", AWS: "capa-system", HELM: "caaph-system"}
_RBAC = "rbac.authorization.k8s.io/v1"
_HOOK = "admissionregistration.k8s.io/v1"


def components(label: str, home: str, *, version: str = "v1.0.0") -> list[Object]:
    """What ``clusterctl init`` leaves of a provider, one of each kind that matters, and its entry."""
    role = f"{label}-manager-role"
    definitions = [clusters_definition()] if label == CORE else [_definition(label)]
    return [
        simple("v1", "Namespace", home, label=label),
        *definitions,
        simple("v1", "ServiceAccount", "manager", home, label),
        simple("v1", "Service", "webhook", home, label, spec={"ports": [{"port": 443}]}),
        simple(_RBAC, "ClusterRole", role, label=label, rules=[]),
        simple(
            _RBAC,
            "ClusterRoleBinding",
            role,
            label=label,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        ),
        deployment("controller-manager", home, label=label),
        _webhook(label, home),
        provider_entry(label, version, home),
    ]


def _definition(label: str) -> Object:
    labels = {"clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": label}
    name = "".join(part.capitalize() for part in label.split("-"))
    return definition(f"{label}.example.com", name, "v1", labels=labels)


def _webhook(label: str, home: str) -> Object:
    return simple(
        _HOOK,
        "ValidatingWebhookConfiguration",
        f"{label}-validating",
        label=label,
        webhooks=[
            {
                "name": f"{label}.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "clientConfig": {"service": {"name": "webhook", "namespace": home}},
                "rules": [
                    {
                        "apiGroups": [f"{label}.example.com"],
                        "apiVersions": ["*"],
                        "operations": ["CREATE"],
                        "resources": ["*"],
                    }
                ],
            }
        ],
    )


@dataclass(slots=True)
class Ground:
    """The cluster of one test; everything that earlier tests made is gone."""

    plane: ControlPlane
    home: Path
    made: list[Object] = field(default_factory=list)

    @property
    def client(self) -> KubeClient:
        """The administrator's client."""
        return self.plane.client

    def holds(self, *labels: str, homes: dict[str, str] | None = None) -> list[Object]:
        """Put providers there as clusterctl leaves them."""
        self.client.establish(inventory_definition())
        found = [each for label in labels for each in components(label, {**HOMES, **(homes or {})}[label])]
        crds = [each for each in found if each["kind"] == "CustomResourceDefinition"]
        self.client.establish(*crds)
        self.add(*found)
        return found

    def add(self, *objects: Object) -> None:
        """Put more there."""
        self.client.apply(*objects)
        self.made += objects

    def delete(self, *words: str, kubeconfig: Path | None = None) -> Played:
        """Run the command."""
        named = kubeconfig or self.plane.kubeconfig(self.home / "admin.kubeconfig")
        line = ["delete", *words, "--kubeconfig", str(named), "-o", "json"]
        return run_words(line, {"HOME": str(self.home)})

    def there(self, objects: list[Object]) -> set[str]:
        """Those of the objects that are there, as kind and name."""
        return {_name(each) for each in objects if self._read(each) is not None}

    def _read(self, wanted: Object) -> Object | None:
        try:
            return self.client.read(wanted)
        except KubeError:
            return None

    def clear(self) -> None:
        """Take everything away again."""
        for each in reversed(self.made):
            if self._read(each) is not None:
                if each["metadata"].get("finalizers"):
                    self.client.patch(each, {"metadata": {"finalizers": None}})
                self.client.delete(each)
        for each in self.made:
            self.client.wait_until(lambda each=each: self._read(each) is None, f"{_name(each)} to go")
        for path in (
            "/api/v1/namespaces/kube-system/configmaps/capyctl-transaction",
            "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/capyctl",
        ):
            self.client.raw("DELETE", path)


def _name(each: Object) -> str:
    return f"{each['kind']} {each['metadata']['name']}"


def _kinds(played: Played) -> list[str]:
    return [each["kind"] for each in played.document["result"]["deleted"]]


def _names(played: Played) -> dict[str, str]:
    return {each["name"]: each["severity"] for each in played.document["diagnostics"]}


@pytest.fixture
def ground(control_plane: ControlPlane, tmp_path: Path) -> Iterator[Ground]:
    found = Ground(plane=control_plane, home=tmp_path)
    yield found
    found.clear()


def test_a_provider_goes_with_its_cluster_roles_and_nothing_else_does(ground: Ground) -> None:
    mine, others = ground.holds(AWS), ground.holds(CORE)
    before = ground.there(others)
    played = ground.delete("--infrastructure", "aws")
    assert played.status == 0, played.stdout
    assert ground.there(mine) == {"Namespace capa-system", "CustomResourceDefinition infrastructureawss.infrastructure-aws.example.com"}
    assert ground.there(others) == before
    assert {each["provider"] for each in played.document["result"]["deleted"]} == {AWS}
    assert _kinds(played)[0] == "ValidatingWebhookConfiguration"
    assert _kinds(played)[-1] == "Provider"
