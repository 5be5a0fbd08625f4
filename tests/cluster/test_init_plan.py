"""``init --dry-run`` on a real API server: what is there decides what is installed, kept, upgraded or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.provider_cluster import AWS, AZURE, CORE, ProviderCluster, recorded, severities
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.install_world import definition
from tests.plugins.installed_providers import cert_manager_of_clusterctl, provider_entry
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played

_INIT = ("init", "--dry-run")


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> ProviderCluster:
    """The cluster, and a home folder of the test's own."""
    return ProviderCluster(plane=control_plane, home=tmp_path)


def actions(played: Played) -> dict[str, str]:
    """The action on each provider."""
    return {each["provider"]: each["action"] for each in played.document["result"]["plan"]["providers"]}


def test_an_empty_cluster_gets_the_defaults_and_nothing_is_written(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    before = cluster.plane.settled()
    played = cluster.capyctl(*_INIT, "-i", "aws", kubeconfig=api_proxy.kubeconfig())
    assert played.status == 0, played.stdout
    assert set(actions(played)) == {CORE, "bootstrap-kubeadm", "control-plane-kubeadm", AWS}
    assert set(actions(played).values()) == {"install"}
    assert played.document["result"]["plan"]["cert_manager"]["action"] == "install"
    assert all("dryRun=All" in each.query for each in api_proxy.writes)
    assert cluster.plane.written_since(before) == set()


def test_what_is_there_in_this_version_is_kept_without_its_variables(cluster: ProviderCluster) -> None:
    cluster.holds(
        *recorded(cluster_api="v1.14.0", infrastructure_aws="v2.11.1"), cert_manager_of_clusterctl("v1.16.1")
    )
    definitions = [definition("cert-manager.io", kind) for kind in ("Issuer", "Certificate")]
    cluster.client.establish(*definitions)
    played = cluster.capyctl(
        *_INIT, "-i", "aws:v2.11.1", "-i", "azure", environment={"AWS_B64ENCODED_CREDENTIALS": None}
    )
    for each in definitions:
        cluster.client.delete(each)
    assert played.status == 0, played.stdout
    assert actions(played) == {AWS: "keep", AZURE: "install"}
    assert played.document["result"]["plan"]["cert_manager"] == {"version": "v1.16.1", "action": "keep"}
    assert not [path for path in played.asked("github.com") if "cert-manager" in path]


def test_another_version_is_for_an_upgrade(cluster: ProviderCluster) -> None:
    cluster.holds(*recorded(cluster_api="v1.14.0", infrastructure_aws="v2.9.3"))
    played = cluster.capyctl(*_INIT, "-i", "aws:v2.11.1")
    assert (played.status, actions(played)) == (1, {AWS: "upgrade"})
    (found,) = [each for each in played.roots if each["severity"] == "error"]
    assert found["name"] == "installed-in-another-version"
    assert "upgrade plan" in found["fixes"][0]["command"]
    assert "--kubeconfig" in found["fixes"][0]["command"]


def test_a_second_instance_is_refused(cluster: ProviderCluster) -> None:
    cluster.holds(*recorded(cluster_api="v1.14.0", infrastructure_azure="v1.26.0"))
    played = cluster.capyctl(*_INIT, "-i", "azure", "-n", "elsewhere")
    assert (played.status, actions(played)) == (1, {AZURE: "refuse"})
    assert severities(played)["installed-in-another-namespace"] == "error"
    assert cluster.capyctl(*_INIT, "-i", "azure").status == 0


def test_the_contract_is_that_of_the_installed_core(cluster: ProviderCluster) -> None:
    cluster.holds(*recorded(cluster_api="v1.10.1"), contract="v1beta1")
    played = cluster.capyctl(*_INIT, "-i", "aws")
    assert played.versions == {AWS: "v2.9.3"}
    assert severities(played)["cluster-contract-older"] == "note"
    """F51: clusterctl v1.11 and later refuse this cluster."""
    cluster.holds(*recorded(cluster_api="v1.14.0"))
    near = cluster.capyctl(*_INIT, "-i", "aws")
    assert near.versions == {AWS: "v2.11.1"}
    assert "cluster-contract-older" not in severities(near)


def test_a_core_of_an_older_contract_on_an_empty_cluster_is_a_warning(cluster: ProviderCluster) -> None:
    cluster.holds()
    played = cluster.capyctl(*_INIT, "--core", "cluster-api:v1.10.10", "--kubernetes-version", "v1.34")
    assert severities(played)["core-contract-older"] == "warning"
    assert played.versions[CORE] == "v1.10.10"


def test_two_cores_stop_it(cluster: ProviderCluster) -> None:
    """F63."""
    cluster.holds(*recorded(cluster_api="v1.14.0"), provider_entry(CORE, "v1.14.0", "default"))
    played = cluster.capyctl(*_INIT, "-i", "azure")
    assert (played.status, severities(played)["core-provider-count"]) == (1, "error")
    assert actions(played) == {AZURE: "install"}


def test_another_kubernetes_than_the_one_asked_for_is_said(cluster: ProviderCluster) -> None:
    cluster.holds(*recorded(cluster_api="v1.14.0"))
    played = cluster.capyctl(*_INIT, "-i", "azure", "--kubernetes-version", "v1.31")
    assert (played.status, severities(played)["kubernetes-not-as-asked"]) == (1, "error")
    near = cluster.capyctl(*_INIT, "-i", "azure", "--kubernetes-version", "v1.34")
    assert near.status == 0
    assert "kubernetes-not-as-asked" not in severities(near)


@pytest.mark.parametrize("words", [("--kubeconfig-context", "nowhere"), ()])
def test_a_context_or_file_that_is_named_and_not_there_never_falls_back(
    cluster: ProviderCluster, words: tuple[str, ...]
) -> None:
    missing = cluster.home / "missing.kubeconfig"
    played = cluster.capyctl(*_INIT, "-i", "azure", *words, kubeconfig=None if words else missing)
    assert (played.status, played.document["result"]) == (1, None)
    assert played.requests == ()


def test_a_cluster_that_does_not_answer_is_waited_for_and_then_undetermined(cluster: ProviderCluster) -> None:
    kubeconfig = cluster.kubeconfig()
    text = kubeconfig.read_text().replace(cluster.plane.url, "https://127.0.0.1:1")
    (cluster.home / "down").write_text(text)
    played = cluster.capyctl(*_INIT, "-i", "azure", "--api-timeout", "1s", kubeconfig=cluster.home / "down")
    assert (played.status, played.document["result"]) == (3, None)
    assert severities(played) == {"api-server-unreachable": "error"}


def test_offline_reaches_the_cluster_that_is_named(cluster: ProviderCluster) -> None:
    cluster.holds(*recorded(cluster_api="v1.14.0", infrastructure_azure="v1.26.0"))
    played = cluster.capyctl(*_INIT, "-i", "azure:v1.26.0", "--offline")
    assert actions(played) == {AZURE: "keep"}
    assert played.requests == ()


def test_a_core_too_new_for_the_server_is_refused_unless_allowed(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """F62: the proxy makes the server one of Kubernetes 1.29; v1.14 of the core supports 1.33 and later."""
    from tests.plugins.api_faults import Answer, where  # noqa: PLC0415

    cluster.holds()
    api_proxy.rule = where("/version", Answer(status=200, body=b'{"gitVersion": "v1.29.3"}'))
    kubeconfig = api_proxy.kubeconfig()
    played = cluster.capyctl(*_INIT, "-i", "azure", kubeconfig=kubeconfig)
    assert (played.status, severities(played)["kubernetes-too-old"]) == (1, "error")
    allowed = cluster.capyctl(*_INIT, "-i", "azure", "--allow-unsupported-kubernetes", kubeconfig=kubeconfig)
    assert (allowed.status, severities(allowed)["kubernetes-too-old"]) == (0, "warning")
    api_proxy.rule = None
    assert "kubernetes-too-old" not in severities(
        cluster.capyctl(*_INIT, "-i", "azure", kubeconfig=kubeconfig)
    )
