"""Both releases of real clusterctl plan on the same cluster beside capyctl: the same plan, or a listed difference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.clusterctl_plan import Plans, clusterctl_plans
from tests.cluster.provider_cluster import NAMESPACES, ProviderCluster
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.installed_providers import provider_entry
from tests.plugins.real_parts import Clusterctl, find_clusterctl
from tests.plugins.running_cluster import ControlPlane

_PLANS: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "fixtures/differential/upgrade-plans.yaml").read_text("utf-8")
)
_RELEASES = {"v1beta1": ("v1.10.1", "v1.13.6"), "v1beta2": ("v1.13.6",)}
"""Which releases work on a cluster of a contract at all (clusterctl-cluster 4.1)."""


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> ProviderCluster:
    """The cluster, and a home folder of the test's own."""
    return ProviderCluster(plane=control_plane, home=tmp_path)


def _prepare(cluster: ProviderCluster, case: Mapping[str, Any]) -> None:
    entries = [
        provider_entry(each, tag, NAMESPACES.get(each, "x")) for each, tag in case["installed"].items()
    ]
    entries += [provider_entry(each, tag, "second") for each, tag in case.get("again", {}).items()]
    cluster.holds(*entries, contract=case["contract"])


def _ours(cluster: ProviderCluster, case: Mapping[str, Any]) -> Plans:
    played = cluster.capyctl("upgrade", "plan", world=case.get("world"))
    plans = played.document["result"]["plans"]
    return {each["contract"]: {row["provider"]: row["next"] for row in each["providers"]} for each in plans}


@pytest.mark.parametrize(
    ("name", "release"),
    [(name, release) for name, case in _PLANS.items() for release in _RELEASES[case["contract"]]],
)
def test_the_plans_are_the_same_or_the_difference_is_listed(
    cluster: ProviderCluster, name: str, release: str
) -> None:
    case = _PLANS[name]
    _prepare(cluster, case)
    ours = _ours(cluster, case)
    ran = cluster.clusterctl(find_clusterctl(release), ["upgrade", "plan"], world=case.get("world"))
    theirs = clusterctl_plans(ran.stdout)
    difference = case.get("differences", {}).get(release)
    if difference is None:
        assert ran.exit_status == 0, ran.stderr
        assert theirs == ours
        return
    assert difference["reason"]
    if "fails" in difference:
        assert ran.exit_status == 1
        assert f"Error: {difference['fails']}" in ran.stderr.replace("action failed after 9 attempts: ", "")
    else:
        assert theirs == difference["plans"]
        assert theirs != ours


def test_eight_providers_cost_a_fifth_of_the_requests(cluster: ProviderCluster, api_proxy: ApiProxy) -> None:
    """Issue 4 section 2: at most 0.2 of clusterctl's requests to the API server, on the same cluster."""
    program: Clusterctl = find_clusterctl("v1.13.6")
    _prepare(cluster, {"contract": "v1beta2", "installed": _EIGHT})
    kubeconfig = api_proxy.kubeconfig()
    ran = cluster.clusterctl(program, ["upgrade", "plan"], kubeconfig=kubeconfig)
    assert ran.exit_status == 0, ran.stderr
    theirs = len(api_proxy.seen)
    api_proxy.forget()
    played = cluster.capyctl("upgrade", "plan", kubeconfig=kubeconfig)
    assert played.status == 0, played.stdout
    assert len(api_proxy.seen) <= 0.2 * theirs
    assert len(api_proxy.seen) <= 8
    assert not played.asked("api.github.com")


_EIGHT = {
    "cluster-api": "v1.13.5",
    "bootstrap-kubeadm": "v1.13.5",
    "control-plane-kubeadm": "v1.13.5",
    "infrastructure-aws": "v2.9.3",
    "infrastructure-azure": "v1.25.1",
    "bootstrap-k0sproject-k0smotron": "v1.10.8",
    "addon-helm": "v0.6.2",
    "ipam-in-cluster": "v1.0.0",
}
