"""Real clusterctl plans and deletes what capyctl installed, and the other way round (issue 5, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.empty_cluster import emptied
from tests.cluster.provider_cluster import ProviderCluster, rows
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.etcd_keys import revisions
from tests.plugins.installed_providers import clusters_definition
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

_OLDER = (
    "--core",
    "cluster-api:v1.10.10",
    "-b",
    "kubeadm:v1.10.10",
    "-c",
    "kubeadm:v1.10.10",
    "-i",
    "aws:v2.8.1",
)
_RELEASES = {"v1.10.1": ("v1beta1", _OLDER), "v1.13.6": ("v1beta2", ("-i", "aws"))}
"""Each release with the contract that it manages, and what is installed of that contract."""


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """An empty cluster, and a home folder of the test's own."""
    with emptied(control_plane):
        yield ProviderCluster(plane=control_plane, home=tmp_path)


def _installed(cluster: ProviderCluster) -> dict[str, str]:
    found = cluster.client.get("/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers")["items"]
    return {each["metadata"]["name"]: each["version"] for each in found}


@pytest.mark.parametrize("release", _RELEASES)
def test_clusterctl_plans_and_deletes_what_capyctl_installed(cluster: ProviderCluster, release: str) -> None:
    contract, providers = _RELEASES[release]
    program = find_clusterctl(release)
    done = cluster.capyctl(
        "init", *providers, "--wait-providers", "--kubernetes-version", "v1.34", "--validate=false"
    )
    assert done.status == 0, done.stdout
    cluster.client.establish(clusters_definition(contract))
    planned = cluster.clusterctl(program, ["upgrade", "plan"])
    assert planned.exit_status == 0, planned.stderr
    for name, version in _installed(cluster).items():
        assert name in planned.stdout
        assert version in planned.stdout
    deleted = cluster.clusterctl(program, ["delete", "--infrastructure", "aws"])
    assert deleted.exit_status == 0, deleted.stderr
    assert "infrastructure-aws" not in _installed(cluster)
    left = [key for key in revisions(cluster.plane.etcd_url) if "/deployments/capa-system/" in key]
    assert left == []
    again = cluster.capyctl("init", *providers, "--kubernetes-version", "v1.34", "--validate=false")
    assert again.status == 0, again.stdout
    assert {each["provider"] for each in again.document["result"]["applied"]} == {"infrastructure-aws"}


def test_capyctl_keeps_and_plans_what_clusterctl_installed_at_half_the_requests(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """Issue 5 section 2: at most half of clusterctl's requests, on the same cluster, counted by the same proxy."""
    words = ["init", "-i", "aws", "--wait-providers"]
    kubeconfig = api_proxy.kubeconfig()
    with emptied(cluster.plane):
        ours = cluster.capyctl(*words, kubeconfig=kubeconfig)
        assert ours.status == 0, ours.stdout
        requests = len(api_proxy.seen)
    api_proxy.forget()
    theirs = cluster.clusterctl(find_clusterctl("v1.13.6"), words, kubeconfig=kubeconfig)
    assert theirs.exit_status == 0, theirs.stderr
    assert requests <= 0.5 * len(api_proxy.seen)

    kept = cluster.capyctl(*words)
    assert (kept.status, kept.document["result"]["applied"]) == (0, [])
    cluster.client.establish(clusters_definition("v1beta2"))
    planned = cluster.capyctl("upgrade", "plan")
    assert set(rows(planned)) == set(_installed(cluster))
    more = cluster.capyctl("init", "-i", "docker")
    assert more.status == 0, more.stdout
    assert "infrastructure-docker" in _installed(cluster)
    repeated = cluster.clusterctl(find_clusterctl("v1.13.6"), ["init", "-i", "docker"])
    assert repeated.exit_status == 0, repeated.stderr
