"""Real definitions of three providers, one file of 3.2 MB, installed; real clusterctl reads what is there.

The files are ../shared/data/components (its README says which parts of them are real); they come from local
repositories, the metadata of the same tags from ../shared/data/providers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import capyctl
from tests.cluster.clusterctl_tree import clusterctl_tree, our_tree
from tests.cluster.empty_cluster import emptied
from tests.cluster.provider_cluster import ProviderCluster
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.kube_client import Object
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played, run_words

_DATA = Path(__file__).resolve().parents[2] / "../shared/data"
pytestmark = [
    pytest.mark.skipif(not (_DATA / "components").is_dir(), reason="the shared data are not here"),
    pytest.mark.parametrize("control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"),
]

_GROUP = "cluster.x-k8s.io"
_INIT = ("init", "--core", "cluster-api", "-b", "-", "-c", "-", "-i", "aws,k0sproject-k0smotron")
_PROVIDERS: Mapping[str, tuple[str, str, str, str, str]] = {
    "cluster-api": (
        "CoreProvider",
        "v1.14.0",
        "core-components.yaml",
        "medium-core-cluster-api-v1.14.0.yaml",
        "kubernetes-sigs__cluster-api",
    ),
    "infrastructure-aws": (
        "InfrastructureProvider",
        "v2.11.1",
        "infrastructure-components.yaml",
        "medium-infrastructure-aws-v2.11.1.yaml",
        "kubernetes-sigs__cluster-api-provider-aws",
    ),
    "infrastructure-k0sproject-k0smotron": (
        "InfrastructureProvider",
        "v2.1.0",
        "infrastructure-components.yaml",
        "large-infrastructure-k0smotron-v2.1.0.yaml",
        "k0sproject__k0smotron",
    ),
}
"""By label: type, version, name of the components file, file of the corpus, folder of the metadata."""


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    with emptied(control_plane):
        yield ProviderCluster(plane=control_plane, home=tmp_path)


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """A configuration whose providers are local repositories of the real-sized files."""
    rows = []
    for label, (kind, version, file, components, folder) in _PROVIDERS.items():
        release = tmp_path / "repositories" / label / version
        release.mkdir(parents=True)
        (release / file).write_bytes((_DATA / "components" / components).read_bytes())
        (release / "metadata.yaml").write_bytes(_metadata(folder, version))
        name = label.removeprefix("infrastructure-")
        rows.append({"name": name, "type": kind, "url": str(release.parent / version / file)})
    path = tmp_path / "clusterctl.yaml"
    settings = {"providers": rows, "K0SMOTRON_FEATURE_GATES": ""}
    """An empty default does not count, says real clusterctl; a value that is empty does."""
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _metadata(folder: str, version: str) -> bytes:
    known = json.loads((_DATA / "providers" / folder / "versions.json").read_text(encoding="utf-8"))
    digest = known["metadata"][version]
    return (_DATA / "providers" / folder / "metadata" / f"{digest[:12]}.yaml").read_bytes()


def test_real_sized_providers_are_installed_and_clusterctl_reads_them(
    cluster: ProviderCluster, api_proxy: ApiProxy, configuration: Path, namespace: str
) -> None:
    config = ("--config", str(configuration))
    first = cluster.capyctl(*_INIT, "--wait-providers", *config, kubeconfig=api_proxy.kubeconfig())
    assert first.status == 0, first.document["diagnostics"]
    assert all(each.status < 400 or each.status == 404 for each in api_proxy.seen)
    assert _definitions(cluster) >= _definitions_of_the_files()

    api_proxy.forget()
    again = cluster.capyctl(*_INIT, "--wait-providers", *config, kubeconfig=api_proxy.kubeconfig())
    assert (again.status, again.document["result"]["applied"]) == (0, []), again.document["diagnostics"]
    assert api_proxy.writes == ()
    assert len(api_proxy.seen) <= 10

    planned = cluster.clusterctl(find_clusterctl("v1.13.6"), ["upgrade", "plan", *config])
    assert planned.exit_status == 0, planned.stderr
    for label, (_, version, *_rest) in _PROVIDERS.items():
        assert any(label in line and version in line for line in planned.stdout.splitlines()), planned.stdout

    _without_webhooks(cluster)
    cluster.client.apply(*_workload(namespace))
    kubeconfig = cluster.kubeconfig()
    theirs = clusterctl_tree("v1.13.6", kubeconfig, namespace)
    found = capyctl.describe_cluster(
        "one", namespace=namespace, kubeconfig=kubeconfig, environ={"HOME": str(cluster.home)}
    )
    assert found.cluster is not None
    assert our_tree(found.cluster) == theirs

    refusal = clusterctl_tree("v1.10.1", kubeconfig, namespace)
    assert isinstance(refusal, str)
    assert _explained(refusal, cluster.home)


def _definitions_of_the_files() -> set[str]:
    texts = [(_DATA / "components" / row[3]).read_text(encoding="utf-8") for row in _PROVIDERS.values()]
    found = [each for text in texts for each in text.split("\n---\n")]
    return {
        line.removeprefix("  name: ")
        for each in found
        if "\nkind: CustomResourceDefinition\n" in f"\n{each}\n"
        for line in each.splitlines()
        if line.startswith("  name: ")
    }


def _definitions(cluster: ProviderCluster) -> set[str]:
    found = cluster.client.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")["items"]
    return {each["metadata"]["name"] for each in found if _is_established(each)}


def _is_established(definition: Object) -> bool:
    conditions = definition["status"]["conditions"]
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _without_webhooks(cluster: ProviderCluster) -> None:
    """No manager runs behind the Services: nothing can be admitted until the configurations are gone."""
    for kind in ("mutating", "validating"):
        path = f"/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations"
        for each in cluster.client.get(path)["items"]:
            cluster.client.raw("DELETE", f"{path}/{each['metadata']['name']}")


def _workload(namespace: str) -> list[Object]:
    """A Cluster of AWS with a Machine of k0smotron, in the stored versions: no conversion is asked for."""

    def made(api: str, kind: str, name: str, spec: Mapping[str, Any], **metadata: object) -> Object:
        labels = {f"{_GROUP}/cluster-name": "one"}
        return {
            "apiVersion": api,
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace, "labels": labels, **metadata},
            "spec": dict(spec),
        }

    infrastructure = f"infrastructure.{_GROUP}"
    reference = {"apiGroup": infrastructure, "kind": "AWSCluster", "name": "one"}
    machine = {"apiGroup": infrastructure, "kind": "RemoteMachine", "name": "m-0"}
    return [
        made(f"{_GROUP}/v1beta2", "Cluster", "one", {"infrastructureRef": reference}),
        made(f"{infrastructure}/v1beta2", "AWSCluster", "one", {"region": "eu-central-1"}),
        made(
            f"{_GROUP}/v1beta2",
            "Machine",
            "m-0",
            {
                "clusterName": "one",
                "bootstrap": {"dataSecretName": "none"},
                "infrastructureRef": machine,
            },
        ),
        made(f"{infrastructure}/v1beta2", "RemoteMachine", "m-0", {"address": "192.0.2.1", "port": 22}),
    ]


def _explained(said: str, home: Path) -> bool:
    line = next(each for each in said.splitlines() if each.startswith("Error:"))
    played: Played = run_words(["explain", "--match", line, "-o", "json"], {"HOME": str(home)})
    return played.status == 0 and "CAPY0750" in played.stdout
