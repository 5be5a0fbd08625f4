"""What ``diagnose-provider`` says that clusterctl's ``init`` would do, against the real one on a real API server.

cert-manager's API is there beforehand, so that clusterctl's probe passes and nothing waits for a webhook.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from capyctl.lab.scenario import Scenario
from tests.cluster.provider_cluster import ProviderCluster
from tests.plugins.empty_cluster import emptied
from tests.plugins.installed_providers import definition
from tests.plugins.kube_client import KubeError
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import play, reference_of, run_words

_PROVIDERS = "/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers"
_NAMESPACE_MESSAGE = "target namespace can't be defaulted. Please specify a target namespace"


class Observed(Struct, frozen=True, kw_only=True):
    """What became of one ``init``: the version on record afterwards, or the last line of its error."""

    outcome: str
    version: str | None
    message: str | None


@pytest.fixture
def empty(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """A cluster without providers, but with the API of cert-manager; emptied again after the test."""
    group = "cert-manager.io"
    with emptied(control_plane):
        control_plane.client.establish(
            definition(group, "Issuer", "v1"), definition(group, "Certificate", "v1")
        )
        yield ProviderCluster(plane=control_plane, home=tmp_path)


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
        # clusterctl prints its lists of contracts in random order (clusterctl-cluster 1.4).
        message = lines[-1].removeprefix("Error: ").replace("v1beta1, v1beta2", "v1beta2, v1beta1")
        return Observed(outcome="fails", version=None, message=message)
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
    scenario = packaged_scenario(name)
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
    scenario = packaged_scenario("renamed-repository-goproxy-off")
    real = _observed(empty, "v1.10.1", scenario, "bootstrap-k0sproject-k0smotron")
    assert real.message is not None
    assert _NAMESPACE_MESSAGE in real.message
    explained = run_words(["explain", "--match", real.message, "-o", "json"], {})
    assert explained.status == 0
    assert explained.document["result"]["codes"][0]["name"] == "repository-renamed"
    near = _observed(empty, "v1.10.1", packaged_scenario("sound"), "bootstrap-k0sproject-k0smotron")
    assert near.message is None or _NAMESPACE_MESSAGE not in near.message
