"""A real API server with providers on record, and capyctl on it inside a world of the lab."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct
from msgspec.structs import replace

from capyctl.lab.run import LabRun, furnish, run_in_lab
from capyctl.lab.scenario import Scenario, load_scenario
from tests.plugins.installed_providers import (
    clusters_definition,
    inventory_definition,
    operator_definitions,
    provider_entry,
)
from tests.plugins.kube_client import KubeClient, KubeError, Object
from tests.plugins.real_parts import Clusterctl
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played, play_in

CORE = "cluster-api"
AWS = "infrastructure-aws"
AZURE = "infrastructure-azure"
NAMESPACES = {
    CORE: "capi-system",
    "bootstrap-kubeadm": "capi-kubeadm-bootstrap-system",
    "control-plane-kubeadm": "capi-kubeadm-control-plane-system",
    AWS: "capa-system",
    AZURE: "capz-system",
    "bootstrap-k0sproject-k0smotron": "k0smotron",
    "addon-helm": "caaph-system",
    "ipam-in-cluster": "capi-ipam-in-cluster-system",
}
_OPERATOR = "/apis/operator.cluster.x-k8s.io/v1alpha2"


def recorded(**versions: str) -> list[Object]:
    """Entries of the inventory, one a provider in its usual namespace; underscores stand for dashes."""
    labels = {name.replace("_", "-"): version for name, version in versions.items()}
    return [provider_entry(label, version, NAMESPACES[label]) for label, version in labels.items()]


class ProviderCluster(Struct, frozen=True, kw_only=True):
    """The cluster of one test; what earlier tests recorded is gone once ``holds`` was called."""

    plane: ControlPlane
    home: Path

    @property
    def client(self) -> KubeClient:
        """The administrator's client."""
        return self.plane.client

    def holds(self, *objects: Object, contract: str = "v1beta2", operator: bool = False) -> None:
        """Make the cluster hold these objects, and no others of those kinds."""
        self.client.establish(inventory_definition(), clusters_definition(contract))
        if operator:
            self.client.establish(*operator_definitions())
        self._forget()
        for namespace in sorted({each["metadata"]["namespace"] for each in objects}):
            self.client.namespace(namespace)
        self.client.apply(*objects)

    def capyctl(
        self,
        *words: str,
        world: Mapping[str, Any] | None = None,
        files: Mapping[str, str] | None = None,
        environment: Mapping[str, str | None] | None = None,
        kubeconfig: Path | None = None,
    ) -> Played:
        """Run a command on the cluster, with ``world`` laid over the sound one; ``files`` are put into the home."""
        scenario = self.scenario(world)
        home = Path(tempfile.mkdtemp(dir=self.home))
        furnish(home, scenario)
        for name, text in (files or {}).items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        named = kubeconfig or self.kubeconfig()
        return play_in(
            scenario,
            [*words, "--kubeconfig", str(named), "-o", "json"],
            home,
            {"AWS_B64ENCODED_CREDENTIALS": "bm90aGluZw==", **(environment or {})},
        )

    def clusterctl(
        self,
        program: Clusterctl,
        words: Sequence[str],
        *,
        world: Mapping[str, Any] | None = None,
        kubeconfig: Path | None = None,
        environment: Mapping[str, str] | None = None,
        scenario: Scenario | None = None,
    ) -> LabRun:
        """Run real clusterctl on the cluster in such a world."""
        played = scenario or self.scenario(world)
        more = {"AWS_B64ENCODED_CREDENTIALS": "bm90aGluZw==", **(environment or {})}
        return run_in_lab(
            replace(played, environment={**played.environment, **more}),
            [str(program.path), *words, "--kubeconfig", str(kubeconfig or self.kubeconfig())],
            environment={"PATH": os.environ["PATH"]},
            capture=True,
        )

    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.plane.kubeconfig(self.home / "admin.kubeconfig")

    def scenario(self, world: Mapping[str, Any] | None) -> Scenario:
        """The sound scenario with changes to its repositories."""
        if world is None:
            return load_scenario("sound")
        document = {
            "format": "capyctl-scenario/1",
            "name": "changed",
            "title": "the sound world with changes",
            "description": "A test's own.",
            "extends": "sound",
            "world": {"repositories": dict(world)},
        }
        path = self.home / "changed.yaml"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return load_scenario(str(path))

    def _forget(self) -> None:
        paths = ["/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers"]
        paths += [
            f"{_OPERATOR}/{kind}" for kind in ("coreproviders", "infrastructureproviders", "addonproviders")
        ]
        paths += ["/apis/apps/v1/deployments"]
        for path in paths:
            for each in self._items(path):
                self.client.raw("DELETE", _path_of(path, each))

    def _items(self, path: str) -> list[Object]:
        try:
            return list(self.client.get(path)["items"])
        except KubeError:
            return []


def _path_of(collection: str, item: Object) -> str:
    root, _, plural = collection.rpartition("/")
    metadata = item["metadata"]
    return f"{root}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"


def rows(played: Played, contract: str = "v1beta2") -> dict[str, dict[str, Any]]:
    """The rows of one contract's plan by provider."""
    plans = played.document["result"]["plans"]
    found = next(each for each in plans if each["contract"] == contract)
    return {row["provider"]: row for row in found["providers"]}


def next_versions(played: Played, contract: str = "v1beta2") -> dict[str, str | None]:
    """The next version by provider."""
    return {label: row["next"] for label, row in rows(played, contract).items()}


def severities(played: Played) -> dict[str, str]:
    """The severity of each code."""
    return {each["name"]: each["severity"] for each in played.document["diagnostics"]}
