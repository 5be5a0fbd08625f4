"""Commands that are bound to a lock, on a real API server: they bring what it has, or write nothing (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from capyctl.core.lock import Lock
from capyctl.core.lock_text import lock_text
from tests.cluster.provider_cluster import ProviderCluster, next_versions, rows, severities
from tests.plugins.api_faults import NOT_A_READ, Asked, Fault
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.locked_world import (
    AWS,
    BOOTSTRAP,
    CERT_MANAGER_VERSION,
    CONTROL_PLANE,
    CORE,
    HELM,
    VERSIONS,
    locked_world,
    marker,
    with_other_bytes,
)
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

_WORLD = packaged_scenario("sound").world
_AWS_REPOSITORY = "kubernetes-sigs/cluster-api-provider-aws"
_CORES = (CORE, BOOTSTRAP, CONTROL_PLANE)
_NEXT = {**dict.fromkeys(_CORES, "v1.13.5"), AWS: "v2.10.3"}


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """An empty cluster, and a home folder of the test's own."""
    with emptied(control_plane):
        yield ProviderCluster(plane=control_plane, home=tmp_path)


def bound(
    cluster: ProviderCluster,
    lock: Lock,
    *words: str,
    world: Mapping[str, Any] | None = None,
    kubeconfig: Path | None = None,
) -> Played:
    """A command bound to a lock, with a cache that lasts as long as the test."""
    path = cluster.home / "capyctl.lock"
    path.write_text(lock_text(lock))
    cache = {"XDG_CACHE_HOME": str(cluster.home / "cache")}
    return cluster.capyctl(
        *words, "--locked", str(path), environment=cache, world=world, kubeconfig=kubeconfig
    )


def entries(cluster: ProviderCluster) -> dict[str, str]:
    """The inventory: versions by label."""
    found = cluster.client.get("/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers")["items"]
    return {each["metadata"]["name"]: each["version"] for each in found}


def lock_of(
    labels: Sequence[str], versions: Mapping[str, str] | None = None, contract: str | None = None
) -> Lock:
    """A lock of the sound world."""
    contracts = dict.fromkeys(labels, contract) if contract is not None else {}
    return locked_world(_WORLD, labels, versions, {label: each for label, each in contracts.items() if each})


def test_init_brings_what_the_lock_has_and_nothing_else(cluster: ProviderCluster) -> None:
    """Other versions and bytes are refused before the first write; a second run changes nothing and asks nobody."""
    lock = lock_of((*_CORES, AWS))
    before = cluster.plane.settled()
    files = {"infrastructure-components.yaml": {"text": "kind: Namespace\n"}}
    changed = {_AWS_REPOSITORY: {"releases": {VERSIONS[AWS]: {"files": files}}}}
    refused = bound(cluster, lock, "init", world=changed)
    assert (refused.status, refused.document["result"]["applied"]) == (1, [])
    assert severities(refused)["locked-file-differs"] == "error"
    other = bound(cluster, lock, "init", "-i", "aws:v2.9.3")
    assert (other.status, severities(other)) == (1, {"lock-version-differs": "error"})
    assert cluster.plane.written_since(before) == set()

    played = bound(cluster, lock, "init")
    assert played.status == 0, played.stdout
    assert entries(cluster) == {label: VERSIONS[label] for label in (*_CORES, AWS)}
    assert played.document["result"]["plan"]["cert_manager"]["version"] == CERT_MANAGER_VERSION

    again = bound(cluster, lock, "init")
    assert (again.status, again.document["result"]["applied"], again.requests) == (0, [], ())


def test_the_kubernetes_version_that_is_asked_for_is_the_locks(cluster: ProviderCluster) -> None:
    """Where it has one and nobody says otherwise (issue 4, item 4). Near miss: the version that the server has."""
    asking = replace(lock_of((*_CORES, AWS)), kubernetes=(marker("v1.20.1"),))
    played = bound(cluster, asking, "init", "--dry-run")
    (error,) = [each for each in played.roots if each["name"] == "kubernetes-not-as-asked"]
    assert (played.status, error["severity"]) == (1, "error")
    assert all(each in error["detail"] for each in ("v1.20.1", "capyctl.lock", "v1.34.3")), error
    said = bound(cluster, asking, "init", "--dry-run", "--kubernetes-version", "v1.34.3")
    assert said.status == 0
    near = replace(asking, kubernetes=(marker("v1.34.3"),))
    assert bound(cluster, near, "init", "--dry-run").status == 0


def test_a_broken_off_run_is_finished_only_with_what_the_lock_has(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """The record names other versions. Near miss: a lock of the very versions that it names."""

    def refused(asked: Asked) -> Fault | None:
        return NOT_A_READ if not asked.reads and "/capa-system/deployments/" in asked.path else None

    api_proxy.rule = refused
    begun = lock_of((*_CORES, AWS), {AWS: "v2.9.3"})
    (cluster.home / "capyctl.lock").write_text(lock_text(begun))
    words = ("init", "--locked", str(cluster.home / "capyctl.lock"))
    broken = cluster.capyctl(*words, kubeconfig=api_proxy.kubeconfig())
    assert (broken.status, severities(broken)["broken-off"]) == (4, "error"), broken.stdout
    before = cluster.plane.settled()
    other = bound(cluster, lock_of((*_CORES, AWS)), "init")
    assert (other.status, severities(other)["lock-version-differs"]) == (1, "error"), other.stdout
    (detail,) = [each["detail"] for each in other.roots if each["name"] == "lock-version-differs"]
    assert all(each in detail for each in ("v2.9.3", "v2.8.1"))
    assert cluster.plane.written_since(before) == set()
    finished = bound(cluster, begun, "init")
    assert (finished.status, severities(finished)["installation-resumed"]) == (0, "note"), finished.stdout
    assert entries(cluster)[AWS] == "v2.9.3"


def test_a_broken_off_upgrade_is_finished_only_with_what_the_lock_has(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """ADR 30: its versions and their bytes are held against this run's lock before anything is written."""
    target = lock_of((*_CORES, AWS), _NEXT, "v1beta2")
    moved = with_other_bytes(_WORLD, _AWS_REPOSITORY, _NEXT[AWS], "infrastructure-components.yaml", b"a: b\n")
    assert bound(cluster, lock_of((*_CORES, AWS)), "init").status == 0

    def refused(asked: Asked) -> Fault | None:
        meant = "/capa-system/deployments/" in asked.path and "dryRun" not in asked.query
        return NOT_A_READ if meant and not asked.reads else None

    api_proxy.rule = refused
    broken = bound(cluster, target, "upgrade", "apply", kubeconfig=api_proxy.kubeconfig())
    assert (broken.status, severities(broken)["broken-off"]) == (4, "error"), broken.stdout
    before = cluster.plane.settled()
    further = lock_of((*_CORES, AWS), {**_NEXT, AWS: "v2.11.1"}, "v1beta2")
    contracts = dict.fromkeys((*_CORES, AWS), "v1beta2")
    for lock, name, told in (
        (further, "lock-version-differs", (_NEXT[AWS], "v2.11.1", "that was broken off")),
        (lock_of((*_CORES, AWS)), "lock-version-differs", (_NEXT[AWS], VERSIONS[AWS], "that was broken off")),
        (
            lock_of(_CORES, _NEXT, "v1beta2"),
            "not-in-lock",
            (f"{AWS} {_NEXT[AWS]} is what the upgrade goes to", "is not in"),
        ),
        (locked_world(moved, (*_CORES, AWS), _NEXT, contracts), "locked-file-differs", (_NEXT[AWS],)),
    ):
        for command in (("upgrade", "apply"), ("init",)):
            played = bound(cluster, lock, *command)
            about = [each for each in played.roots if each["subject"]["provider"] == AWS]
            assert (played.status, [each["name"] for each in about]) == (1, [name]), played.stdout
            assert all(each in about[0]["detail"] for each in told), about[0]["detail"]
    assert cluster.plane.written_since(before) == set()

    finished = bound(cluster, target, "upgrade", "apply")
    assert (finished.status, severities(finished)["installation-resumed"]) == (0, "note"), finished.stdout
    assert entries(cluster) == _NEXT
    onward = bound(cluster, further, "upgrade", "apply")
    assert onward.status == 0, onward.stdout
    assert entries(cluster) == {**_NEXT, AWS: "v2.11.1"}


def test_an_upgrade_goes_to_the_lock_and_never_back(cluster: ProviderCluster) -> None:
    """The plan names the lock's versions and lists nothing; what the lock does not have stays, and says so."""
    assert bound(cluster, lock_of((*_CORES, AWS, HELM)), "init").status == 0
    target = lock_of((*_CORES, AWS), _NEXT, "v1beta2")
    saved, other = cluster.home / "plan.json", cluster.home / "other.json"
    assert cluster.capyctl("upgrade", "plan", "--out", str(other)).status == 0
    plan = bound(cluster, target, "upgrade", "plan", "--out", str(saved))
    assert plan.status == 0, plan.stdout
    assert next_versions(plan) == {**_NEXT, HELM: None}
    assert "does not have it" in rows(plan)[HELM]["reason"]
    assert not [each for each in plan.requests if "latest" in each["path"] or "/@v/" in each["path"]]

    before = cluster.plane.settled()
    for words, name in (
        (("-i", "aws:v2.11.1"), "lock-version-differs"),
        (("--addon", "helm:v0.6.4"), "not-in-lock"),
        (("--contract", "v1beta1"), "lock-contract-differs"),
        (("--plan", str(other), "--contract", "v1beta2"), "lock-version-differs"),
    ):
        refused = bound(cluster, target, "upgrade", "apply", *words)
        assert (refused.status, severities(refused)[name]) == (1, "error"), refused.stdout
    assert cluster.plane.written_since(before) == set()

    near = bound(
        cluster, target, "upgrade", "apply", "--plan", str(saved), "--contract", "v1beta2", "--dry-run"
    )
    assert near.status == 0, near.stdout

    applied = bound(cluster, target, "upgrade", "apply")
    assert applied.status == 0, applied.stdout
    assert entries(cluster) == {**_NEXT, HELM: VERSIONS[HELM]}
    assert severities(applied)["not-in-lock"] == "note"

    older = lock_of((*_CORES, AWS, HELM))
    back = bound(cluster, older, "upgrade", "plan")
    assert set(next_versions(back).values()) == {None}
    assert "older" in rows(back)[AWS]["reason"]
    nothing = bound(cluster, older, "upgrade", "apply")
    assert (nothing.status, nothing.document["result"]["applied"]) == (0, [])
    assert severities(nothing)["lock-version-differs"] == "note"
