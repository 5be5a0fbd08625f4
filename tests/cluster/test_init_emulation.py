"""What ``diagnose-provider`` says that clusterctl's ``init`` would do, against the real one on a real API server.

cert-manager's API is there beforehand, so that clusterctl's probe passes and nothing waits for a webhook.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from capyctl.lab.scenario import Scenario, load_scenario
from tests.cluster.provider_cluster import ProviderCluster
from tests.plugins.installed_providers import definition
from tests.plugins.kube_client import KubeError
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import play, reference_of, run_words

_INVENTORY = "/apis/clusterctl.cluster.x-k8s.io/v1alpha3"
_PROVIDERS = f"{_INVENTORY}/providers"
_CLUSTER_WIDE = (
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
)
"""What would stand in the way of the next run: a webhook that nobody serves, definitions with their objects."""
_PROBE = "cert-manager-test"
_NAMESPACE_MESSAGE = "target namespace can't be defaulted. Please specify a target namespace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What became of one ``init``: the version on record afterwards, or the last line of its error."""

    outcome: str
    version: str | None
    message: str | None


@pytest.fixture
def empty(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """A cluster without providers, but with the API of cert-manager; what a run installed is taken out again."""
    group = "cert-manager.io"
    control_plane.client.establish(definition(group, "Issuer", "v1"), definition(group, "Certificate", "v1"))
    yield ProviderCluster(plane=control_plane, home=tmp_path)
    for each in _items(control_plane, _PROVIDERS):
        metadata = each["metadata"]
        path = f"{_INVENTORY}/namespaces/{metadata['namespace']}/providers/{metadata['name']}"
        control_plane.client.raw("DELETE", path)
    for path in _left(control_plane):
        control_plane.client.raw("DELETE", path)
    # Of a namespace that still ends, clusterctl takes it that cert-manager does not work, and installs its own.
    ended = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": _PROBE},
        "spec": {"finalizers": []},
    }
    control_plane.client.raw("PUT", f"/api/v1/namespaces/{_PROBE}/finalize", body=ended)
    control_plane.client.wait_until(
        lambda: not _left(control_plane) and control_plane.client.read(ended) is None, "all is gone"
    )


def _left(plane: ControlPlane) -> list[str]:
    return [
        f"{kinds}/{each['metadata']['name']}"
        for kinds in _CLUSTER_WIDE
        for each in _items(plane, kinds)
        if "cluster.x-k8s.io/provider" in each["metadata"].get("labels", {})
    ]


def _items(plane: ControlPlane, path: str) -> list[dict[str, Any]]:
    try:
        return list(plane.client.get(path)["items"])
    except KubeError:
        return []


def _observed(cluster: ProviderCluster, release: str, scenario: Scenario, provider: str) -> Observed:
    """Run it for real."""
    words = ["init", *reference_of(scenario)]
    ran = cluster.clusterctl(find_clusterctl(release), words, scenario=scenario)
    if ran.exit_status != 0:
        lines = [line for line in ran.stderr.splitlines() if line.startswith("Error: ")]
        return Observed(outcome="fails", version=None, message=lines[-1].removeprefix("Error: "))
    entries = {each["metadata"]["name"]: each["version"] for each in _items(cluster.plane, _PROVIDERS)}
    return Observed(outcome="installs", version=entries[provider], message=None)


@pytest.mark.parametrize("release", ["v1.10.1", "v1.13.6"])
@pytest.mark.parametrize(
    "name",
    [
        "sound",
        "renamed-repository-goproxy-off",
        "tag-without-release",
        "own-series-missing",
        "contract-too-old",
    ],
)
def test_the_prediction_is_what_real_clusterctl_does(empty: ProviderCluster, name: str, release: str) -> None:
    scenario = load_scenario(name)
    (played,) = play(scenario, [["diagnose-provider", *reference_of(scenario), "-o", "json"]])
    (diagnosed,) = played.document["result"]["providers"]
    goproxy = scenario.environment.get("GOPROXY", "unset")
    (row,) = [
        each for each in diagnosed["clusterctl"] if (each["release"], each["goproxy"]) == (release, goproxy)
    ]
    real = _observed(empty, release, scenario, diagnosed["provider"])
    assert (row["outcome"], row["message"]) == (real.outcome, real.message)
    if real.outcome == "installs":
        assert row["version"] == real.version


def test_the_namespace_message_of_12241_is_brought_out_and_explained(empty: ProviderCluster) -> None:
    """cluster-api#12241: the table's former name, GOPROXY=off, and a message about a namespace."""
    scenario = load_scenario("renamed-repository-goproxy-off")
    real = _observed(empty, "v1.10.1", scenario, "bootstrap-k0sproject-k0smotron")
    assert real.message is not None
    assert _NAMESPACE_MESSAGE in real.message
    explained = run_words(["explain", "--match", real.message, "-o", "json"], {})
    assert explained.status == 0
    assert explained.document["result"]["codes"][0]["name"] == "repository-renamed"
    near = _observed(empty, "v1.10.1", load_scenario("sound"), "bootstrap-k0sproject-k0smotron")
    assert near.message is None or _NAMESPACE_MESSAGE not in near.message
