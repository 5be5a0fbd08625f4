"""``upgrade plan`` on a real API server: the cases of issue 4 about upgrades, each with its near miss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.provider_cluster import (
    AWS,
    AZURE,
    CORE,
    ProviderCluster,
    next_versions,
    recorded,
    rows,
    severities,
)
from tests.plugins.api_faults import refusal, where
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.installed_providers import (
    cert_manager_of_clusterctl,
    deployment,
    operator_provider,
    provider_entry,
)
from tests.plugins.running_cluster import ControlPlane

_PLAN = ("upgrade", "plan")
_AWS_REPOSITORY = "kubernetes-sigs/cluster-api-provider-aws"
_AWS_ADDRESS = (
    "https://github.com/kubernetes-sigs/cluster-api-provider-aws/releases/{}/infrastructure-components.yaml"
)


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> ProviderCluster:
    """The cluster, and a home folder of the test's own."""
    return ProviderCluster(plane=control_plane, home=tmp_path)


def test_the_plan_of_a_sound_cluster_writes_nothing(cluster: ProviderCluster, api_proxy: ApiProxy) -> None:
    cluster.holds(
        *recorded(
            cluster_api="v1.13.6",
            bootstrap_kubeadm="v1.13.6",
            control_plane_kubeadm="v1.13.6",
            infrastructure_aws="v2.9.3",
            infrastructure_azure="v1.26.0",
        ),
        cert_manager_of_clusterctl("v1.16.1"),
    )
    before = cluster.plane.settled()
    played = cluster.capyctl(*_PLAN, kubeconfig=api_proxy.kubeconfig())
    assert played.status == 0, played.stdout
    assert next_versions(played) == {
        CORE: "v1.14.0",
        "bootstrap-kubeadm": "v1.14.0",
        "control-plane-kubeadm": "v1.14.0",
        AWS: "v2.11.1",
        AZURE: None,
    }
    assert set(severities(played)) == {"cert-manager-upgrade"}
    assert api_proxy.writes == ()
    assert len(api_proxy.seen) <= 8
    assert cluster.plane.written_since(before) == set()


def test_a_cluster_without_providers_has_no_plan(cluster: ProviderCluster) -> None:
    cluster.holds()
    played = cluster.capyctl(*_PLAN)
    assert (played.status, played.document["result"]) == (0, {"plans": []})
    assert severities(played) == {"inventory-missing": "warning"}
    """The definitions of Cluster API are there, without an inventory (F66)."""


def test_hops_where_clusterctl_proposes_what_it_refuses(cluster: ProviderCluster) -> None:
    cluster.holds(*recorded(cluster_api="v1.10.1", infrastructure_aws="v2.8.1"), contract="v1beta1")
    played = cluster.capyctl(*_PLAN)
    assert next_versions(played, "v1beta1") == {CORE: "v1.10.10", AWS: "v2.9.3"}
    assert rows(played)[CORE]["hops"] == ["v1.13.6", "v1.14.0"]
    assert rows(played)[CORE]["next"] == "v1.13.6"
    assert {"upgrade-in-steps": "note", "cluster-contract-older": "note"}.items() <= severities(
        played
    ).items()


def test_installed_providers_that_are_unknown_are_rows(cluster: ProviderCluster) -> None:
    """F06: an unknown provider, an unknown type, missing fields, an odd version; the others are planned."""
    odd: list[Any] = [
        provider_entry("infrastructure-nobody", "v0.1.0", "x"),
        provider_entry("ipam-in-cluster", "v0.1.0", "x", type="ShinyProvider"),
        provider_entry("addon-helm", None, "x", providerName=None, watchedNamespace="y"),
        {**provider_entry("bootstrap-talos", "soon", "x"), "metadata": {"name": "other", "namespace": "x"}},
    ]
    cluster.holds(*recorded(cluster_api="v1.13.6"), *odd)
    played = cluster.capyctl(*_PLAN)
    assert played.status == 1
    assert rows(played)[CORE]["next"] == "v1.14.0"
    assert len(rows(played)) == 5
    assert all(row["reason"] for row in rows(played).values())
    assert {"installed-provider-unknown", "inventory-entry-broken"} <= set(severities(played))

    cluster.holds(*recorded(cluster_api="v1.13.6", infrastructure_azure="v1.26.0"))
    assert cluster.capyctl(*_PLAN).status == 0


def test_a_pin_in_the_configuration_is_kept_and_said(cluster: ProviderCluster) -> None:
    """F14."""
    cluster.holds(*recorded(cluster_api="v1.13.6", infrastructure_aws="v2.8.1"))
    entry = {"name": "aws", "type": "InfrastructureProvider", "url": _AWS_ADDRESS.format("v2.9.3")}
    configuration = {".config/cluster-api/clusterctl.yaml": json.dumps({"providers": [entry]})}
    played = cluster.capyctl(*_PLAN, files=configuration)
    assert next_versions(played)[AWS] == "v2.9.3"
    assert severities(played)["upgrade-pin-binds"] == "note"

    entry["url"] = _AWS_ADDRESS.format("latest")
    near = cluster.capyctl(*_PLAN, files={name: json.dumps({"providers": [entry]}) for name in configuration})
    assert next_versions(near)[AWS] == "v2.11.1"
    assert "upgrade-pin-binds" not in severities(near)


def test_a_tag_without_a_release_blocks_nothing(cluster: ProviderCluster) -> None:
    """F29."""
    cluster.holds(*recorded(cluster_api="v1.13.6", infrastructure_aws="v2.9.3"))
    played = cluster.capyctl(*_PLAN, world={_AWS_REPOSITORY: {"tags": ["v2.12.0"]}})
    assert (played.status, next_versions(played)[AWS]) == (0, "v2.11.1")
    assert severities(played)["version-not-published"] == "warning"

    near = cluster.capyctl(
        *_PLAN,
        world={_AWS_REPOSITORY: {"series": "2.9 v1beta1, 2.10-2.12 v1beta2", "releases": {"v2.12.0": {}}}},
    )
    assert next_versions(near)[AWS] == "v2.12.0"


def test_a_newer_pre_release_of_the_installed_channel_counts(cluster: ProviderCluster) -> None:
    """F37."""
    world = {
        _AWS_REPOSITORY: {
            "series": "2.9 v1beta1, 2.10-2.11 v1beta2, 3.0 v1beta2",
            "releases": {"v3.0.0-alpha.9": {}},
        }
    }
    cluster.holds(*recorded(cluster_api="v1.13.6", infrastructure_aws="v3.0.0-alpha.8"))
    played = cluster.capyctl(*_PLAN, world=world)
    assert next_versions(played)[AWS] == "v3.0.0-alpha.9"
    assert severities(played)["prerelease-channel"] == "note"

    cluster.holds(*recorded(cluster_api="v1.13.6", infrastructure_aws="v2.11.1"))
    near = cluster.capyctl(*_PLAN, world=world)
    assert next_versions(near)[AWS] is None
    assert "v3.0.0-alpha.9 is a pre-release" in rows(near)[AWS]["reason"]


def test_a_release_candidate_without_a_series_poisons_nothing(cluster: ProviderCluster) -> None:
    """F44."""
    cluster.holds(*recorded(cluster_api="v1.13.6", infrastructure_aws="v2.9.3"))
    played = cluster.capyctl(*_PLAN, world={_AWS_REPOSITORY: {"releases": {"v3.0.0-rc.0": {}}}})
    assert (played.status, next_versions(played)[AWS]) == (0, "v2.11.1")
    assert severities(played)["candidate-without-series"] == "note"
    near = cluster.capyctl(*_PLAN)
    assert "candidate-without-series" not in severities(near)


def test_newer_metadata_may_forget_the_installed_series(cluster: ProviderCluster) -> None:
    """F45."""
    cluster.holds(*recorded(cluster_api="v1.13.6", infrastructure_aws="v2.9.3"))
    forgetful = {_AWS_REPOSITORY: {"releases": {"v2.11.1": {"series": "2.11 v1beta2"}}}}
    played = cluster.capyctl(*_PLAN, world=forgetful)
    assert (played.status, next_versions(played)[AWS]) == (0, "v2.11.1")
    assert severities(played)["installed-series-forgotten"] == "warning"
    assert "installed-series-forgotten" not in severities(cluster.capyctl(*_PLAN))


def test_two_core_providers_are_found_before_anything_else(cluster: ProviderCluster) -> None:
    """F63: nothing is asked of the internet, and the entry without a Deployment is named."""
    labels = {"cluster.x-k8s.io/provider": CORE}
    cluster.holds(
        *recorded(cluster_api="v1.13.6"),
        provider_entry(CORE, "v1.13.6", "default"),
        deployment("capi-controller-manager", "capi-system", labels, {}),
    )
    played = cluster.capyctl(*_PLAN)
    assert (played.status, played.document["result"]) == (1, {"plans": []})
    (found,) = played.roots
    assert found["name"] == "core-provider-count"
    assert "No Deployment stands behind default/cluster-api." in found["detail"]
    assert played.requests == ()


def test_a_second_instance_of_another_provider_is_an_error_and_a_row(cluster: ProviderCluster) -> None:
    cluster.holds(
        *recorded(cluster_api="v1.13.6", infrastructure_azure="v1.26.0"),
        provider_entry(AZURE, "v1.26.0", "b"),
    )
    played = cluster.capyctl(*_PLAN)
    assert played.status == 1
    assert severities(played)["several-instances"] == "error"
    assert rows(played)[CORE]["next"] == "v1.14.0"


def test_a_cluster_of_the_operator_is_no_empty_one(cluster: ProviderCluster) -> None:
    """F66, and F38: requested and installed differ."""
    cluster.holds(
        operator_provider(CORE, "v1.13.5", "v1.13.6"),
        operator_provider(AWS, "v2.9.3", "v2.9.3"),
        operator=True,
    )
    played = cluster.capyctl(*_PLAN)
    assert played.status == 0, played.stdout
    assert next_versions(played) == {CORE: "v1.14.0", AWS: "v2.11.1"}
    assert rows(played)[CORE]["current"] == "v1.13.6"
    assert severities(played)["managed-by-operator"] == "note"
    assert severities(played)["operator-version-differs"] == "warning"
    assert "inventory-missing" not in severities(played)

    cluster.holds(operator_provider(CORE, "v1.13.6", "v1.13.6"), operator=True)
    assert "operator-version-differs" not in severities(cluster.capyctl(*_PLAN))


@pytest.mark.parametrize(
    ("reason", "message", "name"),
    [
        (
            "CAPIVersionIncompatibility",
            "version v1.1.0-alpha.1 for the provider hetzner does not match any release series",
            "operator-metadata-at-fault",
        ),
        (
            "ComponentsFetchError",
            "failed to fetch components: dial tcp: lookup github.com: no such host",
            "operator-source-unreachable",
        ),
        ("ComponentsFetchError", "no such release", "operator-reports-failure"),
    ],
)
def test_a_condition_of_the_operator_is_read_for_what_it_is(
    cluster: ProviderCluster, reason: str, message: str, name: str
) -> None:
    """F49 and F65, and a condition that is neither."""
    failing = {"type": "ProviderInstalled", "status": "False", "reason": reason, "message": message}
    cluster.holds(
        operator_provider(CORE, "v1.14.0", "v1.14.0"),
        operator_provider(AZURE, "v1.26.0", "v1.26.0", conditions=[failing]),
        operator=True,
    )
    played = cluster.capyctl(*_PLAN)
    assert played.status == 0
    assert severities(played)[name] == "warning"
    told = {"operator-metadata-at-fault", "operator-source-unreachable", "operator-reports-failure"}
    assert told & set(severities(played)) == {name}


def test_a_saved_plan_is_the_plan(cluster: ProviderCluster, tmp_path: Path) -> None:
    cluster.holds(*recorded(cluster_api="v1.13.6"))
    played = cluster.capyctl(*_PLAN, "--out", str(tmp_path / "plan.json"))
    saved = json.loads((tmp_path / "plan.json").read_text())
    assert saved["format"] == "capyctl-plan/1"
    assert saved["plans"] == played.document["result"]["plans"]
    refused = cluster.capyctl(*_PLAN, "--out", str(tmp_path / "no" / "folder" / "plan.json"))
    assert refused.status == 1


def test_cert_manager_that_may_not_be_read_is_a_warning_beside_the_plan(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    cluster.holds(*recorded(cluster_api="v1.13.6"))
    api_proxy.rule = where("/apis/apps/v1/deployments", refusal(403, "Forbidden", "deployments is forbidden"))
    played = cluster.capyctl(*_PLAN, kubeconfig=api_proxy.kubeconfig())
    assert (played.status, next_versions(played)[CORE]) == (0, "v1.14.0")
    assert severities(played) == {"api-forbidden": "warning"}


def test_an_inventory_that_cannot_be_read_is_not_an_empty_one(cluster: ProviderCluster) -> None:
    cluster.holds(*recorded(cluster_api="v1.13.6"))
    users = cluster.plane.kubeconfig_of_users(cluster.home / "users")
    played = cluster.capyctl(*_PLAN, "--kubeconfig-context", "nobody", kubeconfig=users)
    assert played.status == 1
    assert severities(played) == {"api-forbidden": "error"}
    assert played.requests == ()
