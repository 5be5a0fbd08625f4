"""A hostile or absurd inventory on a real API server is read without a crash and hides nothing (issue 4 section 3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.provider_cluster import CORE, ProviderCluster, recorded, rows
from tests.plugins.installed_providers import provider_entry
from tests.plugins.kube_client import Object
from tests.plugins.running_cluster import ControlPlane

_GROUP = {"apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Provider"}


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> ProviderCluster:
    """The cluster, and a home folder of the test's own."""
    return ProviderCluster(plane=control_plane, home=tmp_path)


def _absurd(number: int) -> Object:
    """One of the shapes that the definition admits: it has no required field and takes any type here."""
    fields: list[Object] = [
        {},
        {"providerName": {"a": 1}, "type": ["x"], "version": 7},
        {"providerName": "../../etc\u202e\u0007", "type": "InfrastructureProvider", "version": "v1.0.0"},
        {"providerName": "x" * 5000, "type": "AddonProvider", "version": "v" + "9" * 400},
        {
            "providerName": "aws",
            "type": "InfrastructureProvider",
            "version": "v2.9.3-..",
            "watchedNamespace": "y",
        },
    ]
    return {
        **_GROUP,
        "metadata": {"name": f"absurd-{number}", "namespace": "x"},
        **fields[number % len(fields)],
    }


def test_absurd_entries_are_rows_beside_the_sound_ones(cluster: ProviderCluster) -> None:
    unlabelled = provider_entry("infrastructure-azure", "v1.25.1", "capz-system")
    unlabelled["metadata"] = {"name": "other-name", "namespace": "capz-system"}
    cluster.holds(*recorded(cluster_api="v1.13.6"), unlabelled, *(_absurd(number) for number in range(10)))
    played = cluster.capyctl("upgrade", "plan")
    assert played.status == 1
    (plan,) = played.document["result"]["plans"]
    assert len(plan["providers"]) == 12
    assert rows(played)[CORE]["next"] == "v1.14.0"
    assert rows(played)["infrastructure-azure"]["next"] == "v1.26.0"
    assert all(row["reason"] for row in plan["providers"])
    installed = cluster.capyctl("init", "--dry-run", "-i", "metal3")
    assert installed.document["result"] is not None
    assert "internal-fault" not in {each["name"] for each in installed.document["diagnostics"]}


def test_several_pages_of_entries_are_all_read(cluster: ProviderCluster) -> None:
    many = [{**_absurd(0), "metadata": {"name": f"many-{number}", "namespace": "x"}} for number in range(520)]
    cluster.holds(*recorded(cluster_api="v1.13.6"))
    cluster.client.namespace("x")
    for each in many:
        cluster.client.create(each)
    played = cluster.capyctl("upgrade", "plan")
    (plan,) = played.document["result"]["plans"]
    assert len(plan["providers"]) == 521
