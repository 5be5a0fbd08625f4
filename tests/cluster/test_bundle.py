"""A bundle on a real management cluster: for capyctl, for real clusterctl, and the operator's ConfigMaps (issue 6)."""

from __future__ import annotations

import base64
import gzip
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from capyctl.core.bundle.config_map import ConfigMapSource, config_map
from capyctl.core.lock import Lock
from tests.cluster.provider_cluster import ProviderCluster, severities
from tests.cluster.upgrade_world import base_of
from tests.plugins.bundle_world import components, extract, large_world, metadata
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.kube_client import KubeError, Object
from tests.plugins.locked_world import (
    AWS,
    BOOTSTRAP,
    CERT_MANAGER_VERSION,
    CONTROL_PLANE,
    CORE,
    VERSIONS,
    locked_world,
    write_lock,
)
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.plugins.real_parts import Clusterctl, clusterctl
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import play_in

__all__ = ["clusterctl"]

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

_SOUND = packaged_scenario("sound")
_LABELS = (CORE, BOOTSTRAP, CONTROL_PLANE, AWS)
_NEXT = {**dict.fromkeys((CORE, BOOTSTRAP, CONTROL_PLANE), "v1.13.5"), AWS: "v2.10.3"}
_MIB = 1024 * 1024


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """An empty cluster, and a home folder of the test's own."""
    with emptied(control_plane):
        yield ProviderCluster(plane=control_plane, home=tmp_path)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle of the sound world's core, kubeadm and aws, and of its cert-manager."""
    return _bundled(tmp_path, "site", locked_world(_SOUND.world, _LABELS))


def _bundled(folder: Path, name: str, lock: Lock) -> Path:
    """The bundle of a lock."""
    path = folder / f"{name}.tar"
    written = write_lock(folder / f"{name}.lock", lock)
    words = ["bundle", "create", str(path), "--locked", str(written), "--no-cache", "-o", "json"]
    assert play_in(_SOUND, words, folder).status == 0
    return path


def _installed(cluster: ProviderCluster) -> dict[str, str]:
    found = cluster.client.get("/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers")["items"]
    return {each["metadata"]["name"]: each["version"] for each in found}


def test_capyctl_installs_from_a_bundle_and_asks_the_cluster_alone(
    cluster: ProviderCluster, bundle: Path
) -> None:
    words = (
        "init",
        "--bundle",
        str(bundle),
        "--wait-providers",
        "--kubernetes-version",
        "v1.34",
        "--validate=false",
    )
    done = cluster.capyctl(*words)
    assert done.status == 0, done.stdout
    assert done.requests == ()
    assert _installed(cluster) == {label: VERSIONS[label] for label in _LABELS}
    planned = cluster.capyctl("upgrade", "plan", "--bundle", str(bundle))
    assert (planned.status, planned.requests) == (0, ())
    rows = [row for plan in planned.document["result"]["plans"] for row in plan["providers"]]
    assert {row["provider"]: (row["current"], row["next"]) for row in rows} == {
        label: (VERSIONS[label], None) for label in _LABELS
    }


def test_an_upgrade_from_a_bundle_reaches_the_cluster_alone(cluster: ProviderCluster, tmp_path: Path) -> None:
    """Everything comes out of it, cert-manager too; no socket leads elsewhere (``guard_of``).

    Near misses: another version than it has, and a byte of it changed.
    """
    old = _bundled(tmp_path, "old", locked_world(_SOUND.world, _LABELS))
    contracts = dict.fromkeys(_LABELS, "v1beta2")
    new = _bundled(tmp_path, "new", locked_world(_SOUND.world, _LABELS, _NEXT, contracts))
    flipped = bytearray(new.read_bytes())
    flipped[flipped.index(b"kind: Deployment")] ^= 1
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(flipped)
    done = cluster.capyctl("init", "--bundle", str(old), "--validate=false")
    assert done.status == 0, done.stdout
    base_of(cluster.client, "v1.16.1", contract="v1beta1")
    before = cluster.plane.settled()
    for words, status, name in (
        (("--bundle", str(new), "-i", "aws:v2.11.1"), 1, "lock-version-differs"),
        (("--bundle", str(damaged)), 1, "bundle-file-changed"),
    ):
        refused = cluster.capyctl("upgrade", "apply", *words)
        assert (refused.status, severities(refused)[name]) == (status, "error"), refused.stdout
    shown = cluster.capyctl("upgrade", "apply", "--bundle", str(new), "--dry-run")
    assert shown.status == 0, shown.stdout
    assert cluster.plane.written_since(before) == set()
    assert _installed(cluster) == {label: VERSIONS[label] for label in _LABELS}

    played = cluster.capyctl("upgrade", "apply", "--bundle", str(new), "--wait-providers")
    assert played.status == 0, played.stdout
    again = cluster.capyctl("upgrade", "apply", "--bundle", str(new))
    assert (again.status, again.document["result"]["applied"]) == (0, [])
    assert (done.requests, played.requests, again.requests) == ((), (), ())
    assert _installed(cluster) == _NEXT
    assert _images(cluster) == {*_NEXT.values(), CERT_MANAGER_VERSION}


def _images(cluster: ProviderCluster) -> set[str]:
    """The tags of what runs."""
    found = cluster.client.get("/apis/apps/v1/deployments")["items"]
    pods = [each["spec"]["template"]["spec"] for each in found]
    return {container["image"].rpartition(":")[2] for pod in pods for container in pod["containers"]}


def _offline(
    program: Clusterctl, cluster: ProviderCluster, tree: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    """Real clusterctl on the cluster, with a proxy that nobody is behind for everything else."""
    configuration = str(tree / "clusterctl" / "clusterctl.yaml")
    kubeconfig = str(cluster.kubeconfig())
    environment = {"PATH": os.environ["PATH"], "HOME": str(cluster.home), "CAPYCTL_BUNDLE": str(tree)}
    environment |= {
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "NO_PROXY": "127.0.0.1",
    }
    environment |= {"AWS_B64ENCODED_CREDENTIALS": "bm90aGluZw=="}
    return subprocess.run(
        [str(program.path), "--config", configuration, *words, "--kubeconfig", kubeconfig],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_clusterctl_lists_the_bundle_s_images_and_installs_from_its_tree(
    clusterctl: Clusterctl, cluster: ProviderCluster, bundle: Path, tmp_path: Path
) -> None:
    tree = extract(bundle.read_bytes(), tmp_path / "tree")
    listed = _offline(clusterctl, cluster, tree, "init", "list-images", "--infrastructure", "aws")
    assert listed.returncode == 0, listed.stderr
    wanted = play_in(_SOUND, ["init", "list-images", "--bundle", str(bundle), "-o", "json"], tmp_path)
    assert sorted(listed.stdout.split()) == wanted.document["result"]["images"]
    done = _offline(clusterctl, cluster, tree, "init", "--infrastructure", "aws", "--validate=false")
    assert done.returncode == 0, done.stderr
    assert _installed(cluster) == {label: VERSIONS[label] for label in _LABELS}


def _source(size: int = 0, noise: int = 0) -> ConfigMapSource:
    return ConfigMapSource(
        label=AWS,
        version="v2.8.1",
        metadata=metadata("2.8"),
        components=components("capa", "registry.example/capa:v2.8.1", size=size, noise=noise),
    )


def _read_by_the_operator(found: Object) -> tuple[bytes, bytes]:
    """The two files as the operator takes them out of a ConfigMap (peers-and-protocols A4)."""
    annotations = found["metadata"].get("annotations", {})
    if annotations.get("provider.cluster.x-k8s.io/compressed") == "true":
        packed = base64.b64decode(found["binaryData"]["components"])
        return found["data"]["metadata"].encode(), gzip.decompress(packed)
    return found["data"]["metadata"].encode(), found["data"]["components"].encode()


@pytest.mark.parametrize(
    "source",
    [_source(), _source(size=900_000), _source(size=3 * _MIB), _source(noise=1_700_000)],
    ids=["small", "large", "compressed", "compressed and large"],
)
def test_the_server_takes_each_config_map_and_gives_it_back(
    control_plane: ControlPlane, namespace: str, source: ConfigMapSource
) -> None:
    wanted = yaml.safe_load(config_map(source))
    wanted["metadata"]["namespace"] = namespace
    control_plane.client.apply(wanted)
    selector = {"labelSelector": "provider.cluster.x-k8s.io/version=v2.8.1"}
    answer = control_plane.client.raw("GET", f"/api/v1/namespaces/{namespace}/configmaps", params=selector)
    (found,) = answer.json()["items"]
    assert found["metadata"]["name"] == "infrastructure-aws-v2.8.1"
    assert _read_by_the_operator(found) == (source.metadata, source.components)


def test_the_config_maps_of_an_extracted_bundle_are_what_the_operator_selects(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """cli.md 7.5: the label, and above 1 MiB gzip in ``binaryData`` with the annotation, in the files themselves."""
    tree = extract(large_world().archive(), tmp_path / "tree")
    files = sorted((tree / "operator").iterdir())
    for path in files:
        wanted = yaml.safe_load(path.read_bytes())
        wanted["metadata"]["namespace"] = namespace
        control_plane.client.apply(wanted)
    packed = set()
    for path in files:
        label, _, version = path.stem.rpartition("-")
        found = control_plane.client.get(f"/api/v1/namespaces/{namespace}/configmaps/{path.stem}")
        assert found["metadata"]["labels"]["provider.cluster.x-k8s.io/version"] == version
        folder = tree / "clusterctl" / "repository" / label / version
        (published,) = (each for each in folder.iterdir() if each.name != "metadata.yaml")
        released = ((folder / "metadata.yaml").read_bytes(), published.read_bytes())
        assert _read_by_the_operator(found) == released
        is_large = sum(map(len, released)) > _MIB
        assert is_large is ("components" in found.get("binaryData", {}))
        packed |= {label} if is_large else set()
    assert packed == {"infrastructure-azure"}
    assert len(files) == 5


def test_the_limit_is_the_server_s_own(control_plane: ControlPlane, namespace: str) -> None:
    """What a bundle leaves out, the server would have refused; the near miss is one byte smaller."""

    def holding(size: int) -> Object:
        name = {"name": f"of-{size}", "namespace": namespace}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": name, "data": {"components": "#" * size}}

    control_plane.client.apply(holding(_MIB))
    with pytest.raises(KubeError):
        control_plane.client.apply(holding(_MIB + 1))
