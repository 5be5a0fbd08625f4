"""Two releases of two providers, whose files a test writes, on a real API server with a cert-manager."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from msgspec import Struct, field

from capyctl.core.provider_objects import cert_manager_objects
from capyctl.lab.manifests import cert_manager_yaml
from tests.cluster.provider_cluster import ProviderCluster
from tests.plugins.install_world import definition, deployment, simple
from tests.plugins.installed_providers import clusters_definition
from tests.plugins.kube_client import KubeClient, Object
from tests.plugins.real_parts import find_clusterctl
from tests.scenario.playing import Played

AZURE, CORE = "infrastructure-azure", "cluster-api"
HOME = "capz-system"
OLD, NEW = "v1.25.1", "v1.26.0"
CORE_OLD, CORE_NEW = "v1.13.6", "v1.14.0"
THINGS = "things.azure.example.com"
_REPOSITORY = "kubernetes-sigs/cluster-api-provider-azure"
_RBAC = "rbac.authorization.k8s.io/v1"


def thing(*versions: str, storage: str = "", webhook: bool = False, contract: str = "v1beta1") -> Object:
    """The provider's definition; the last version is stored unless another one is named."""
    found = definition("azure.example.com", "Thing")
    (template,) = found["spec"]["versions"]
    found["metadata"]["labels"] = {f"cluster.x-k8s.io/{contract}": versions[-1]}
    found["spec"]["versions"] = [
        {**copy.deepcopy(template), "name": each, "storage": each == (storage or versions[-1])}
        for each in versions
    ]
    if webhook:
        service = {"name": "webhook", "namespace": HOME, "path": "/convert"}
        client = {"service": service}
        found["spec"]["conversion"] = {
            "strategy": "Webhook",
            "webhook": {"clientConfig": client, "conversionReviewVersions": ["v1"]},
        }
    return found


def release(
    version: str, *extra: Object, definition_: Object | None = None, replicas: int | None = 1
) -> list[Object]:
    """A release's objects, as its authors publish them: one of each kind that matters."""
    manager = deployment("controller-manager", HOME, image=f"example.com/azure:{version}")
    manager["spec"].pop("replicas")
    if replicas is not None:
        manager["spec"]["replicas"] = replicas
    selector = {"app": "controller-manager"}
    return [
        simple("v1", "Namespace", HOME),
        definition_ or thing("v1"),
        simple("v1", "ServiceAccount", "manager", HOME),
        simple("v1", "Service", "webhook", HOME, spec={"ports": [{"port": 443}], "selector": selector}),
        simple(_RBAC, "ClusterRole", "capz-manager-role", rules=[]),
        manager,
        *extra,
    ]


def settings(name: str, **data: str) -> Object:
    """A ConfigMap of the provider."""
    return simple("v1", "ConfigMap", name, HOME, data=data)


def role(name: str) -> Object:
    """A ClusterRole of the provider, in no namespace."""
    return simple(_RBAC, "ClusterRole", name, rules=[])


def credentials(name: str, value: str) -> Object:
    """A Secret of the provider."""
    return simple("v1", "Secret", name, HOME, stringData={"key": value})


class UpgradeWorld(Struct, frozen=True, kw_only=True):
    """A cluster in which real clusterctl installs the old release of both providers.

    Attributes:
        old, new: the provider's objects. more: releases beside them.
    """

    cluster: ProviderCluster
    old: list[Object] = field(default_factory=lambda: release(OLD))
    new: list[Object] = field(default_factory=lambda: release(NEW))
    more: Mapping[str, list[Object]] = field(default_factory=dict)

    @property
    def client(self) -> KubeClient:
        """The administrator's."""
        return self.cluster.client

    @property
    def repositories(self) -> Mapping[str, Any]:
        """The provider's repository with these releases and no other."""
        held = {OLD: self.old, NEW: self.new, **self.more}
        releases = {
            tag: {"files": {"infrastructure-components.yaml": _file(found)}} for tag, found in held.items()
        }
        return {_REPOSITORY: {"series": "1.20-1.28 v1beta1", "releases": releases}}

    def install(self, *words: str) -> None:
        """Real clusterctl v1.13.6 installs the old release of the provider, and of a core."""
        ran = self.cluster.clusterctl(
            find_clusterctl("v1.13.6"),
            ["init", "--core", f"cluster-api:{CORE_OLD}", "-b", "-", "-c", "-", "-i", f"azure:{OLD}", *words],
            world=self.repositories,
        )
        assert ran.exit_status == 0, ran.stderr
        self._end_the_probes_namespace()

    def _end_the_probes_namespace(self) -> None:
        """The one that clusterctl tries cert-manager in; left alone, it lasts five seconds more, which tests await."""
        path = "/api/v1/namespaces/cert-manager-test"
        answer = self.client.raw("GET", path)
        if answer.status_code == 200 and "deletionTimestamp" in answer.json()["metadata"]:
            self.client.raw("PUT", f"{path}/finalize", body={**answer.json(), "spec": {"finalizers": []}})

    def upgrade(self, *words: str, **more: Any) -> Played:  # noqa: ANN401 - handed through
        """``upgrade apply``."""
        return self.cluster.capyctl("upgrade", "apply", *words, world=self.repositories, **more)

    def plan(self, *words: str) -> Played:
        """``upgrade plan``."""
        return self.cluster.capyctl("upgrade", "plan", *words, world=self.repositories)

    def version_of(self, label: str = AZURE, home: str = HOME) -> str:
        """What the inventory says."""
        entry = {
            "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3",
            "kind": "Provider",
            "metadata": {"name": label, "namespace": home},
        }
        found = self.client.read(entry)
        return str(found["version"]) if found is not None else ""


def base_of(client: KubeClient, version: str = "v1.21.1", *, contract: str = "v1beta2") -> None:
    """What every test begins with: a cert-manager that clusterctl knows as its own, and the definition of Clusters.

    ``contract`` is that of the core. Nobody asks it anything here, so that none of it runs.
    """
    documents = [each for each in yaml.safe_load_all(cert_manager_yaml(version)) if each]
    found: list[Object] = [dict(each) for each in cert_manager_objects(documents, version)]
    for each in found:
        if each["kind"] == "Deployment":
            each["spec"]["replicas"] = 0
    definitions = [each for each in found if each["kind"] == "CustomResourceDefinition"]
    client.establish(*definitions, clusters_definition(contract))
    client.apply(*(each for each in found if each["kind"] == "Namespace"))
    client.apply(*(each for each in found if each["kind"] not in ("Namespace", "CustomResourceDefinition")))


def actions(played: Played, *wanted: str) -> set[tuple[str, str]]:
    """Kind and name of what became of objects in these ways."""
    rows = played.document["result"]["applied"]
    return {(row["kind"], row["name"]) for row in rows if row["action"] in wanted}


def _file(objects: Iterable[Object]) -> dict[str, str]:
    text = yaml.safe_dump_all([_bare(each) for each in objects], sort_keys=False)
    return {"text": text}


def _bare(raw: Object) -> Object:
    """Without the empty labels that the makers of test objects leave."""
    found = copy.deepcopy(raw)
    if not found["metadata"].get("labels"):
        found["metadata"].pop("labels", None)
    return found
