"""Real definitions of three providers, one file of 3.2 MB, installed; real clusterctl reads what is there.

The files are ../shared/data/components (its README says which parts of them are real); they come from local
repositories, the metadata of the same tags from ../shared/data/providers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import capyctl
from tests.cluster.clusterctl_tree import clusterctl_tree, our_tree
from tests.cluster.provider_cluster import ProviderCluster
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
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
_PARTS = ("addons", "bootstrap", "controlplane", "infrastructure", "ipam", "runtime")
_GROUPS = frozenset({_GROUP, *(f"{part}.{_GROUP}" for part in _PARTS)})
_INFRASTRUCTURE = f"infrastructure.{_GROUP}"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_USED = frozenset(
    {
        "AWSCluster",
        "Cluster",
        "Machine",
        "MachineDeployment",
        "MachineSet",
        "RemoteMachine",
        "RemoteMachineTemplate",
    }
)
"""The kinds of the workload."""
_BODY_LIMIT = 3 * 1024 * 1024
"""Bytes of a request's body that an API server takes."""
_LARGEST = {f"remotemachine{end}.{_INFRASTRUCTURE}" for end in ("s", "templates")}
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


def test_large_definitions_are_installed_within_the_servers_limits(
    cluster: ProviderCluster, api_proxy: ApiProxy, configuration: Path
) -> None:
    """Measured: 118 requests; 97 writes of 2.8 MB in all, the largest 645 kB (1.5 MB as YAML)."""
    first = _initialised(cluster, configuration, api_proxy.kubeconfig())
    assert first.status == 0, first.document["diagnostics"]
    assert {each.status for each in api_proxy.seen if each.status >= 400} <= {404}
    largest = max(api_proxy.writes, key=lambda each: each.size)
    assert _LARGEST.issuperset({largest.path.rpartition("/")[2]})
    assert 600_000 < largest.size < _BODY_LIMIT
    assert set(_definitions(cluster)) == _definitions_of_the_files()

    api_proxy.forget()
    again = _initialised(cluster, configuration, api_proxy.kubeconfig())
    assert (again.status, again.document["result"]["applied"]) == (0, []), again.document["diagnostics"]
    assert api_proxy.writes == ()
    assert len(api_proxy.seen) <= 10


def test_what_is_installed_is_what_clusterctl_installs_at_half_the_requests(
    cluster: ProviderCluster, api_proxy: ApiProxy, configuration: Path
) -> None:
    """Measured: 118 requests beside 407. The definition of the inventory has the same schema without its texts."""
    with emptied(cluster.plane):
        ours = _initialised(cluster, configuration, api_proxy.kubeconfig())
        assert ours.status == 0, ours.document["diagnostics"]
        requests, installed = len(api_proxy.seen), _definitions(cluster)
    api_proxy.forget()
    words = [*_INIT, "--wait-providers", "--config", str(configuration)]
    theirs = cluster.clusterctl(find_clusterctl("v1.13.6"), words, kubeconfig=api_proxy.kubeconfig())
    assert theirs.exit_status == 0, theirs.stderr
    assert requests <= 0.5 * len(api_proxy.seen)
    expected = _definitions(cluster)
    assert set(installed) == set(expected)
    assert [name for name in expected if installed[name] != expected[name]] == []
    kept = _initialised(cluster, configuration, cluster.kubeconfig())
    assert (kept.status, kept.document["result"]["applied"]) == (0, []), kept.document["diagnostics"]


def test_clusterctl_plans_and_describes_what_is_installed(
    cluster: ProviderCluster, configuration: Path, namespace: str
) -> None:
    """v1.13.6 does; v1.10.1 refuses a core of v1beta2 by its own check, and ``explain --match`` knows its words."""
    done = _initialised(cluster, configuration, cluster.kubeconfig())
    assert done.status == 0, done.document["diagnostics"]
    planned = cluster.clusterctl(
        find_clusterctl("v1.13.6"), ["upgrade", "plan", "--config", str(configuration)]
    )
    assert planned.exit_status == 0, planned.stderr
    for label, (_, version, *_rest) in _PROVIDERS.items():
        assert any({label, version} <= set(line.split()) for line in planned.stdout.splitlines())

    _without_webhooks(cluster)
    _make_workload(cluster, namespace)
    kubeconfig = cluster.kubeconfig()
    for whole in (False, True):
        flags = ["--grouping=false", "--echo"] if whole else []
        theirs = clusterctl_tree("v1.13.6", kubeconfig, namespace, *flags)
        found = capyctl.describe_cluster(
            "one",
            namespace=namespace,
            tree={"grouping": not whole, "echo": whole},
            kubeconfig=kubeconfig,
            environ={"HOME": str(cluster.home)},
        )
        assert found.cluster is not None
        assert our_tree(found.cluster) == theirs
        assert "AWSCluster/one" in str(theirs)
        assert ("RemoteMachine/m-0" in str(theirs)) == whole

    refusal = clusterctl_tree("v1.10.1", kubeconfig, namespace)
    assert isinstance(refusal, str)
    assert 'could be used only with "v1beta1" management clusters, "v1beta2" detected' in refusal
    assert _explained(refusal, cluster.home) == ["CAPY0750"]


def _initialised(cluster: ProviderCluster, configuration: Path, kubeconfig: Path) -> Played:
    words = (*_INIT, "--wait-providers", "--config", str(configuration))
    return cluster.capyctl(*words, kubeconfig=kubeconfig)


def _definitions_of_the_files() -> set[str]:
    files = [_DATA / "components" / components for *_, components, _folder in _PROVIDERS.values()]
    begin = "\nkind: CustomResourceDefinition\n"
    texts = [part for file in files for part in file.read_text(encoding="utf-8").split("\n---\n")]
    return {re.findall(r"^  name: (.+)$", text, re.MULTILINE)[0] for text in texts if begin in f"\n{text}"}


def _definitions(cluster: ProviderCluster) -> dict[str, Any]:
    """What the established definitions of the three providers hold, by name: labels, annotations, spec."""
    found = cluster.client.get(_DEFINITIONS)["items"]
    return {
        each["metadata"]["name"]: (
            each["metadata"]["labels"],
            each["metadata"].get("annotations"),
            each["spec"],
        )
        for each in found
        if _is_established(each) and each["spec"]["group"] in _GROUPS
    }


def _is_established(definition: Object) -> bool:
    conditions = definition["status"]["conditions"]
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _without_webhooks(cluster: ProviderCluster) -> None:
    """No manager runs behind the Services: nothing is to be admitted or converted by them."""
    for kind in ("mutating", "validating"):
        path = f"/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations"
        for each in cluster.client.get(path)["items"]:
            cluster.client.raw("DELETE", f"{path}/{each['metadata']['name']}")
    for each in cluster.client.get(_DEFINITIONS)["items"]:
        if each["spec"]["names"]["kind"] in _USED and "webhook" in each["spec"]["conversion"]:
            definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", **each}
            unconverted = {"strategy": "None", "webhook": None}
            cluster.client.patch(definition, {"spec": {"conversion": unconverted}})


def _make_workload(cluster: ProviderCluster, namespace: str) -> None:
    """A Cluster of AWS with workers of k0smotron, in the stored versions: no conversion is asked for."""
    core, stored = f"{_GROUP}/v1beta2", f"{_INFRASTRUCTURE}/v1beta2"
    deployment = {f"{_GROUP}/deployment-name": "workers"}

    def made(api: str, kind: str, name: str, spec: Object, **metadata: Any) -> Object:  # noqa: ANN401 - JSON
        labels = {f"{_GROUP}/cluster-name": "one", **metadata.pop("labels", {})}
        named = {"name": name, "namespace": namespace, "labels": labels, **metadata}
        applied = cluster.client.apply({"apiVersion": api, "kind": kind, "metadata": named, "spec": spec})
        return applied[0]

    set_spec = {
        "clusterName": "one",
        "selector": {"matchLabels": deployment},
        "template": {
            "metadata": {"labels": deployment},
            "spec": _machine("RemoteMachineTemplate", "workers"),
        },
    }
    made(stored, "AWSCluster", "one", {"region": "eu-central-1"})
    made(core, "Cluster", "one", {"infrastructureRef": _reference("AWSCluster", "one")})
    made(stored, "RemoteMachineTemplate", "workers", {"template": {"spec": {"pool": "one"}}})
    rollout = made(core, "MachineDeployment", "workers", set_spec)
    replicas = made(
        core, "MachineSet", "workers-a", set_spec, labels=deployment, ownerReferences=[_owner(rollout)]
    )
    for name in ("m-0", "m-1", "m-2"):
        made(stored, "RemoteMachine", name, {"address": "192.0.2.1", "port": 22})
        owned: Object = {"labels": deployment, "ownerReferences": [_owner(replicas)]}
        made(core, "Machine", name, _machine("RemoteMachine", name), **owned)
    made(stored, "RemoteMachine", "alone", {"address": "192.0.2.2", "port": 22})
    made(core, "Machine", "alone", _machine("RemoteMachine", "alone"))


def _machine(kind: str, name: str) -> Object:
    """The spec of a Machine, or of a template of Machines."""
    bootstrap = {"dataSecretName": "joined-by-hand"}
    return {"clusterName": "one", "bootstrap": bootstrap, "infrastructureRef": _reference(kind, name)}


def _reference(kind: str, name: str) -> Object:
    return {"apiGroup": _INFRASTRUCTURE, "kind": kind, "name": name}


def _owner(owner: Object) -> Object:
    """With the true uid: the garbage collector of this control plane is a real one."""
    metadata = owner["metadata"]
    named = {"name": metadata["name"], "uid": metadata["uid"]}
    return {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": True, **named}


def _explained(said: str, home: Path) -> list[str]:
    line = next(each for each in said.splitlines() if each.startswith("Error:"))
    played = run_words(["explain", "--match", line, "-o", "json"], {"HOME": str(home)})
    assert played.status == 0, played.stdout
    return [str(each["code"]) for each in played.document["result"]["codes"]]
