"""``get kubeconfig``: the Secret, and what is said where it is not there (clusterctl-cluster 7.3)."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest

from capyctl.adapters.askers import SerialAsker
from capyctl.adapters.system_clock import SystemClock
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.workload_kubeconfig import WorkloadCluster, WorkloadKubeconfig, read_workload_kubeconfig
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.invocation import Invocation
from tests.plugins.memory_cluster import Kind, MemoryApiServer

SECRETS = Kind(group="", versions=("v1",), kind="Secret", plural="secrets")
CLUSTERS = Kind(group="cluster.x-k8s.io", versions=("v1beta2",), kind="Cluster", plural="clusters")
GROUP = {"/apis/cluster.x-k8s.io": {"preferredVersion": {"version": "v1beta2"}}}


def secret(data: Mapping[str, object] | None, name: str = "w-kubeconfig") -> dict[str, object]:
    held: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
    }
    return held | ({"data": data} if data is not None else {})


def cluster(name: str, namespace: str = "default") -> dict[str, object]:
    return {
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "Cluster",
        "metadata": {"name": name, "namespace": namespace},
    }


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def read(
    *objects: dict[str, object],
    management: bool = True,
    failures: Mapping[str, list[ApiTrouble]] | None = None,
) -> WorkloadKubeconfig:
    server = MemoryApiServer(
        kinds=[SECRETS, CLUSTERS] if management else [SECRETS],
        objects=list(objects),
        documents=dict(GROUP) if management else {},
        failures=dict(failures or {}),
    )
    reader = ClusterReader(
        api=server, asker=SerialAsker(), clock=SystemClock(), until=0.0, jitter=lambda: 0.5
    )
    invocation = Invocation(words=("get", "kubeconfig", "w", "--kubeconfig", "k"))
    return read_workload_kubeconfig(reader, WorkloadCluster(name="w", namespace="default"), invocation)


def told(found: WorkloadKubeconfig) -> tuple[str, str, list[str | None]]:
    assert found.text is None
    (item,) = found.diagnostics
    assert item.evidence
    return item.code.name, item.detail, [fix.command for fix in item.fixes]


def test_the_text_is_given_as_it_is() -> None:
    text = "apiVersion: v1\nkind: Config\n# ü\x1b[31m\n"
    assert read(secret({"value": encoded(text)})) == WorkloadKubeconfig(text=text)


def test_the_contract_of_the_core_is_no_condition() -> None:
    assert read(secret({"value": encoded("x")}), management=False).text == "x"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "has no key 'value' (keys: none)"),
        ({"kubeconfig": "eA==", "a": "eA=="}, "has no key 'value' (keys: a, kubeconfig)"),
        ({"value": ""}, "has no key 'value'"),
        ({"value": 7}, "has no key 'value'"),
        ({"value": "***"}, "something else than text in base64"),
        ({"value": "//79"}, "something else than text in base64"),
    ],
)
def test_a_secret_without_a_kubeconfig_is_unusable(data: Mapping[str, object] | None, words: str) -> None:
    name, detail, commands = told(read(secret(data)))
    assert name == "workload-kubeconfig-unusable"
    assert words in detail
    assert commands == ["capyctl describe cluster w --namespace default --kubeconfig k"]


def test_no_value_of_a_secret_is_repeated() -> None:
    _, detail, _ = told(read(secret({"value": "hidden*", "other": "hidden"})))
    assert "hidden" not in detail


def test_a_cluster_without_its_secret_is_not_that_far() -> None:
    name, detail, commands = told(read(cluster("w")))
    assert name == "workload-kubeconfig-missing"
    assert "The Cluster is there" in detail
    assert commands == ["capyctl describe cluster w --namespace default --kubeconfig k"]


def test_a_cluster_in_another_namespace_is_found() -> None:
    _, detail, commands = told(read(cluster("w", "prod"), cluster("other")))
    assert "A Cluster w is in namespace prod." in detail
    assert commands == ["capyctl get kubeconfig w --kubeconfig k --namespace prod"]


def test_clusters_of_this_namespace_are_listed_and_a_near_name_is_offered() -> None:
    _, detail, commands = told(read(cluster("w1"), cluster("zebra"), cluster("far", "prod")))
    assert detail.endswith("Clusters of this namespace: w1, zebra.")
    assert commands == ["capyctl get kubeconfig w1 --namespace default --kubeconfig k"]


def test_many_clusters_are_counted() -> None:
    _, detail, _ = told(read(*[cluster(f"c{n:02}") for n in range(25)]))
    assert detail.endswith("c18, c19 and 5 more.")


def test_an_empty_namespace_names_the_clusters_elsewhere() -> None:
    _, detail, commands = told(read(cluster("zebra", "prod")))
    assert detail.endswith("Namespace default has no Cluster; there are prod/zebra.")
    assert commands == []


def test_a_management_cluster_without_clusters_says_so() -> None:
    assert told(read())[1].endswith("There is no Cluster in this management cluster.")


def test_another_kind_of_cluster_is_no_management_cluster() -> None:
    _, detail, _ = told(read(management=False))
    assert "it is no management cluster" in detail


def test_clusters_that_may_not_be_listed_leave_the_first_fact() -> None:
    path = "/apis/cluster.x-k8s.io/v1beta2/clusters"
    _, detail, _ = told(read(cluster("w"), failures={path: [ApiTrouble.FORBIDDEN]}))
    assert detail.endswith("Which Clusters there are could not be read.")


def test_a_secret_that_may_not_be_read_is_a_permission() -> None:
    path = "/api/v1/namespaces/default/secrets/w-kubeconfig"
    name, detail, _ = told(read(failures={path: [ApiTrouble.FORBIDDEN]}))
    assert name == "api-forbidden"
    assert "The Secret w-kubeconfig of namespace default could not be read" in detail
