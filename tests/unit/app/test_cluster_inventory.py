"""Reading what is installed, from an API server in memory: a CRD that is missing is empty, what fails is not."""

from __future__ import annotations

import pytest

from capyctl.adapters.askers import SerialAsker
from capyctl.app.cluster_inventory import ClusterInventory, read_inventory
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.evidence import Outcome
from tests.plugins.installed_providers import clusters_definition, operator_provider, provider_entry
from tests.plugins.memory_cluster import Json, Kind, MemoryApiServer

_PROVIDERS = Kind(
    group="clusterctl.cluster.x-k8s.io", versions=("v1alpha3",), kind="Provider", plural="providers"
)
_CORES = Kind(
    group="operator.cluster.x-k8s.io",
    versions=("v1beta1", "v1alpha2"),
    kind="CoreProvider",
    plural="coreproviders",
)
_CRDS = Kind(
    group="apiextensions.k8s.io",
    versions=("v1",),
    kind="CustomResourceDefinition",
    plural="customresourcedefinitions",
    namespaced=False,
)
_LIST = "/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers"
_CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clusters.cluster.x-k8s.io"


class HandClock:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> str:
        return "2026-11-22T00:00:00Z"

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def read(server: MemoryApiServer) -> ClusterInventory:
    """What is installed there."""
    return read_inventory(
        ClusterReader(api=server, asker=SerialAsker(), clock=HandClock(), until=10.0, jitter=lambda: 0.5)
    )


def test_a_cluster_without_cluster_api_is_empty_and_costs_two_requests() -> None:
    server = MemoryApiServer(kinds=[_CRDS])
    found = read(server)
    assert found.is_empty
    assert not found.has_cluster_api
    assert (found.storage, found.failure) == (None, None)
    assert [each.path for each in server.asked] == ["/apis", _CRD]


def test_the_inventory_the_operator_and_the_cores_contract() -> None:
    server = MemoryApiServer(
        kinds=[_CRDS, _PROVIDERS, _CORES],
        objects=[
            provider_entry("infrastructure-aws", "v2.9.3", "capa-system"),
            operator_provider("cluster-api", "v1.13.2", "v1.13.2"),
            clusters_definition("v1beta1"),
        ],
    )
    found = read(server)
    assert [each.manifest_label for each in found.inventory.entries] == ["infrastructure-aws"]
    assert [(each.key.manifest_label, each.api_version) for each in found.operator] == [
        ("cluster-api", "operator.cluster.x-k8s.io/v1beta1")
    ]
    assert (found.storage, dict(found.core_contracts)) == ("v1beta1", {"v1beta1": ("v1beta1",)})
    assert not found.is_empty
    assert len(server.asked) == 4
    assert {piece.outcome for piece in found.evidence} == {Outcome.FOUND}


@pytest.mark.parametrize(
    "crd",
    [{}, {"spec": "none"}, {"spec": {"versions": [{"storage": True}, {"name": 3, "storage": True}, "x"]}}],
)
def test_a_definition_of_any_shape_tells_what_it_tells(crd: Json) -> None:
    whole = {**clusters_definition(), "spec": None, **crd}
    assert read(MemoryApiServer(kinds=[_CRDS], objects=[whole])).storage is None


@pytest.mark.parametrize("path", ["/apis", _CRD, _LIST])
def test_what_cannot_be_read_is_a_failure_and_not_empty(path: str) -> None:
    server = MemoryApiServer(kinds=[_CRDS, _PROVIDERS], failures={path: [ApiTrouble.FORBIDDEN]})
    found = read(server)
    assert not found.is_empty
    assert found.failure is not None
    assert found.failure.trouble is ApiTrouble.FORBIDDEN


def test_what_passes_is_waited_for() -> None:
    server = MemoryApiServer(kinds=[_CRDS, _PROVIDERS], failures={_LIST: [ApiTrouble.STARTING]})
    assert read(server).failure is None


_GROUPS: Json = {
    "kind": "APIGroupList",
    "groups": [
        {"name": "clusterctl.cluster.x-k8s.io", "versions": [{"version": "v1alpha3"}]},
        {"name": "apps", "versions": [{"version": "v1"}]},
    ],
}
_RESOURCES = "/apis/clusterctl.cluster.x-k8s.io/v1alpha3"


def test_a_server_without_aggregated_discovery_is_asked_for_the_groups_it_has() -> None:
    kinds: Json = {
        "kind": "APIResourceList",
        "groupVersion": "clusterctl.cluster.x-k8s.io/v1alpha3",
        "resources": [{"name": "providers", "kind": "Provider", "namespaced": True}],
    }
    server = MemoryApiServer(
        kinds=[_CRDS, _PROVIDERS],
        objects=[provider_entry("cluster-api", "v1.13.2", "capi-system")],
        documents={"/apis": _GROUPS, _RESOURCES: kinds},
    )
    assert [each.manifest_label for each in read(server).inventory.entries] == ["cluster-api"]
    server.failures[_RESOURCES] = [ApiTrouble.FORBIDDEN]
    assert read(server).failure is not None
    bare = MemoryApiServer(kinds=[_CRDS], documents={"/apis": {"kind": "APIGroupList", "groups": []}})
    assert read(bare).is_empty
