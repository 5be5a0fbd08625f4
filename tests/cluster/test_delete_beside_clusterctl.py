"""What real clusterctl installed is capyctl's to delete, and the other way round (issue 5, 4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.provider_cluster import ProviderCluster
from tests.plugins.cluster_fixture import Shape
from tests.plugins.installed_providers import clusters_definition
from tests.plugins.kube_client import Object
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize("fresh_control_plane", [Shape(nodes=1)], indirect=True, ids=str)

_OLDER = ("--core", "cluster-api:v1.10.10", "-b", "kubeadm:v1.10.10", "-c", "kubeadm:v1.10.10")
_INSTALLED = {"v1.10.1": (*_OLDER, "-i", "aws:v2.8.1"), "v1.13.6": ("-i", "aws")}
_LABELLED = {"labelSelector": "cluster.x-k8s.io/provider"}
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_KINDS = (
    "/api/v1/namespaces",
    "/api/v1/services",
    "/api/v1/serviceaccounts",
    "/api/v1/secrets",
    "/apis/apps/v1/deployments",
    f"{_RBAC}/clusterroles",
    f"{_RBAC}/clusterrolebindings",
    f"{_RBAC}/roles",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
)


@pytest.fixture
def cluster(fresh_control_plane: ControlPlane, tmp_path: Path) -> ProviderCluster:
    """A cluster and a home folder of the test's own: the providers' definitions are deleted by the server here."""
    fresh_control_plane.settled()
    return ProviderCluster(plane=fresh_control_plane, home=tmp_path)


def _labelled(cluster: ProviderCluster) -> dict[str, list[str]]:
    """Names of providers' objects by kind, as the server tells; kinds without any are left out."""
    found: dict[str, list[Object]] = {
        path.rpartition("/")[2]: cluster.client.raw("GET", path, params=_LABELLED).json()["items"]
        for path in _KINDS
    }
    return {kind: [each["metadata"]["name"] for each in items] for kind, items in found.items() if items}


@pytest.mark.parametrize("release", _INSTALLED)
def test_what_clusterctl_installed_goes_without_a_rest(cluster: ProviderCluster, release: str) -> None:
    program = find_clusterctl(release)
    made = cluster.clusterctl(program, ["init", *_INSTALLED[release]])
    assert made.exit_status == 0, made.stderr
    roles = _labelled(cluster)["clusterroles"]
    assert {"cluster-api-manager-role", "infrastructure-aws-manager-role"} <= set(roles)
    one = cluster.capyctl("delete", "--infrastructure", "aws")
    assert one.status == 0, one.stdout
    assert {each["provider"] for each in one.document["result"]["deleted"]} == {"infrastructure-aws"}
    left = _labelled(cluster)["clusterroles"]
    assert set(roles) - set(left) == {"infrastructure-aws-manager-role"}
    everything = cluster.capyctl("delete", "--all", "--include-crd", "--include-namespace")
    assert everything.status == 0, everything.stdout
    # The definitions and the namespace of the provider that went alone stay: nobody asked for them.
    assert {name for names in _labelled(cluster).values() for name in names if "aws" not in name} == {
        "capa-system"
    }
    assert cluster.client.raw("GET", "/api/v1/namespaces/cert-manager").status_code == 200
    again = cluster.clusterctl(program, ["init", *_INSTALLED[release]])
    assert again.exit_status == 0, again.stderr


def test_what_clusterctl_deleted_is_not_brought_back(cluster: ProviderCluster) -> None:
    """clusterctl-cluster 10.1, 9: the entry is the truth, though clusterctl leaves the ClusterRoles behind."""
    words = ("-i", "aws", "--validate=false")
    assert cluster.capyctl("init", *words).status == 0
    cluster.client.establish(clusters_definition())
    gone = cluster.clusterctl(find_clusterctl("v1.13.6"), ["delete", "--infrastructure", "aws"])
    assert gone.exit_status == 0, gone.stderr
    assert "infrastructure-aws-manager-role" in _labelled(cluster)["clusterroles"]
    absent = cluster.capyctl("delete", "infrastructure-aws")
    assert absent.document["diagnostics"][0]["name"] == "provider-not-installed"
    rest = cluster.capyctl("delete", "--all")
    assert rest.status == 0, rest.stdout
    assert "infrastructure-aws" not in {each["provider"] for each in rest.document["result"]["deleted"]}
