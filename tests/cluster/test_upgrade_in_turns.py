"""capyctl and both releases of clusterctl upgrade the same providers in turns, then delete them (issue 5, section 4).

Every row of the table is one cluster: installed by the one, each next version brought by the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec import Struct

from tests.cluster.clusterctl_plan import clusterctl_plans
from tests.cluster.provider_cluster import AWS, CORE, ProviderCluster, next_versions
from tests.cluster.upgrade_world import base_of
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.kube_client import Object
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

_LABELLED = {"labelSelector": "cluster.x-k8s.io/provider"}
_INVENTORY = "/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers"
_ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"


class Line(Struct, frozen=True, kw_only=True):
    """A release of clusterctl, the contract it manages, and versions of that contract, oldest first."""

    release: str
    contract: str
    versions: tuple[Mapping[str, str], ...]

    def words(self, number: int) -> tuple[str, ...]:
        """The flags that name one of the versions."""
        named = self.versions[number]
        return ("--core", f"cluster-api:{named[CORE]}", "--infrastructure", f"aws:{named[AWS]}")


_LINES = {
    "v1.10.1": Line(
        release="v1.10.1",
        contract="v1beta1",
        versions=(
            {CORE: "v1.9.11", AWS: "v2.7.1"},
            {CORE: "v1.10.1", AWS: "v2.8.1"},
            {CORE: "v1.10.10", AWS: "v2.9.3"},
        ),
    ),
    "v1.13.6": Line(
        release="v1.13.6",
        contract="v1beta2",
        versions=(
            {CORE: "v1.12.8", AWS: "v2.10.3"},
            {CORE: "v1.13.6", AWS: "v2.11.0"},
            {CORE: "v1.14.0", AWS: "v2.11.1"},
        ),
    ),
}
_INSTALL = ("-b", "-", "-c", "-", "--validate=false")


@pytest.fixture(params=_LINES)
def line(request: pytest.FixtureRequest) -> Line:
    """One release of clusterctl after the other."""
    return _LINES[request.param]


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path, line: Line) -> Iterator[ProviderCluster]:
    """With a cert-manager and the definition of Clusters; emptied again after the test."""
    with emptied(control_plane):
        base_of(control_plane.client, contract=line.contract)
        yield ProviderCluster(plane=control_plane, home=tmp_path)


def _ours(cluster: ProviderCluster, *words: str) -> None:
    done = cluster.capyctl(*words)
    assert done.status == 0, done.stdout


def _theirs(cluster: ProviderCluster, line: Line, *words: str) -> str:
    ran = cluster.clusterctl(find_clusterctl(line.release), words)
    assert ran.exit_status == 0, ran.stderr
    return ran.stdout


def _installed(cluster: ProviderCluster) -> dict[str, str]:
    found = cluster.client.get(_INVENTORY)["items"]
    return {each["metadata"]["name"]: each["version"] for each in found}


def _images(cluster: ProviderCluster) -> set[str]:
    """Of the providers' managers: they must be of the versions that the inventory has."""
    found = cluster.client.raw("GET", "/apis/apps/v1/deployments", params=_LABELLED).json()["items"]
    pods: list[Object] = [each["spec"]["template"]["spec"] for each in found]
    return {container["image"].rpartition(":")[2] for pod in pods for container in pod["containers"]}


def test_clusterctl_goes_on_from_what_capyctl_upgraded(cluster: ProviderCluster, line: Line) -> None:
    """It plans the next version, upgrades to it, finds nothing more to do, and deletes."""
    _theirs(cluster, line, "init", *line.words(0), "-b", "-", "-c", "-")
    _ours(cluster, "upgrade", "apply", *line.words(1))
    assert _installed(cluster) == line.versions[1]
    planned = clusterctl_plans(_theirs(cluster, line, "upgrade", "plan"))
    assert planned[line.contract] == line.versions[2]

    _theirs(cluster, line, "upgrade", "apply", *line.words(2))
    assert _installed(cluster) == line.versions[2]
    assert _images(cluster) == set(line.versions[2].values())
    again = cluster.capyctl("upgrade", "apply", "--contract", line.contract)
    assert (again.status, again.document["result"]) == (0, {"applied": []})

    _theirs(cluster, line, "delete", "--all")
    assert _installed(cluster) == {}
    assert _images(cluster) == set()


def test_capyctl_goes_on_from_what_clusterctl_upgraded(cluster: ProviderCluster, line: Line) -> None:
    """It plans the next version, upgrades to it, and deletes without a rest; the record of its first run is older."""
    _ours(cluster, "init", *line.words(0), *_INSTALL)
    _theirs(cluster, line, "upgrade", "apply", *line.words(1))
    assert _installed(cluster) == line.versions[1]
    assert next_versions(cluster.capyctl("upgrade", "plan"), line.contract) == line.versions[2]

    _ours(cluster, "upgrade", "apply", "--contract", line.contract, "--wait-providers")
    assert _installed(cluster) == line.versions[2]
    assert _images(cluster) == set(line.versions[2].values())
    assert "You are already up to date!" in _theirs(cluster, line, "upgrade", "plan")
    kept = cluster.clusterctl(find_clusterctl(line.release), ["init", *line.words(2), "-b", "-", "-c", "-"])
    assert kept.exit_status == 0, kept.stderr

    _ours(cluster, "delete", "--all")
    assert _installed(cluster) == {}
    assert cluster.client.raw("GET", _ROLES, params=_LABELLED).json()["items"] == []
