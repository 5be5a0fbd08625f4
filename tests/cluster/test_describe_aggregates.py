"""Our aggregates beside those that real core managers wrote, shape by shape (issue 4, sections 1.7 and 4; F73)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import capyctl
from tests.cluster.cluster_shapes import AGGREGATES, SHAPES, Scene, Shape
from tests.plugins.cluster_api import CoreManager
from tests.plugins.cluster_fixture import each_core_manager

_FAULTY = "v1.9.4"
_FAULT = "aggregate-of-nothing"


@pytest.fixture(scope="module")
def scenes(core_manager: CoreManager) -> Mapping[str, Scene]:
    """A Cluster of every shape, and a Deployment by which the core's version is known."""
    image = f"registry.k8s.io/cluster-api/cluster-api-controller:{core_manager.version}"
    labels = {"cluster.x-k8s.io/provider": "cluster-api"}
    core_manager.client.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "capi-controller-manager", "namespace": "capi-system", "labels": labels},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "manager", "image": image}]},
                },
            },
        }
    )
    made = {
        name: Scene(manager=core_manager, namespace=core_manager.client.new_namespace()) for name in SHAPES
    }
    with ThreadPoolExecutor(len(made)) as pool:
        list(pool.map(lambda name: SHAPES[name].make(made[name]), made))
    return made


@pytest.fixture
def kubeconfig(core_manager: CoreManager, tmp_path: Path) -> Path:
    """The administrator's."""
    return core_manager.plane.kubeconfig(tmp_path / "kubeconfig")


class _Watcher:
    """Describes one Cluster, touching it so that its controller looks again at what it does not watch."""

    def __init__(self, scene: Scene, kubeconfig: Path) -> None:
        self._scene = scene
        self._kubeconfig = kubeconfig
        self._looks = 0

    def look(self) -> capyctl.DescribeResult:
        """The description after another touch."""
        self._looks += 1
        touched = {"metadata": {"annotations": {"tests/looked": str(self._looks)}}}
        self._scene.manager.client.patch(self._scene.cluster, touched)
        return self.describe()

    def describe(self) -> capyctl.DescribeResult:
        """The description as it is."""
        return capyctl.describe_cluster(
            "one",
            namespace=self._scene.namespace,
            kubeconfig=self._kubeconfig,
            environ={"HOME": str(self._kubeconfig.parent)},
        )

    def until(self, wanted: object, what: str) -> capyctl.DescribeResult:
        """The first description that has what is wanted; what differs is said where none ever has."""
        last: list[capyctl.DescribeResult] = []

        def met() -> bool:
            last[:] = [self.look()]
            assert callable(wanted)
            return bool(wanted(last[0]))

        try:
            self._scene.manager.client.wait_until(met, what)
        except TimeoutError:
            pytest.fail(f"{what}; at last:\n{_told(last[0])}")
        return last[0]


def _told(found: capyctl.DescribeResult) -> str:
    assert found.cluster is not None, found.diagnostics
    return "\n".join(
        f"{each.type} {each.status} {each.reason} {each.message!r}\n    {each.computed}"
        for each in found.cluster.conditions
    )


def _stored(found: capyctl.DescribeResult) -> dict[str, tuple[str, str]]:
    assert found.cluster is not None, found.diagnostics
    return {each.type: (each.status, each.reason) for each in found.cluster.conditions}


def _differing(found: capyctl.DescribeResult) -> dict[str, tuple[str, str]]:
    assert found.cluster is not None, found.diagnostics
    return {
        each.type: (each.computed.status, each.computed.reason)
        for each in found.cluster.conditions
        if each.computed is not None
    }


def _says(found: capyctl.DescribeResult, shape: Shape) -> bool:
    return shape.says.items() <= _stored(found).items()


@each_core_manager
@pytest.mark.parametrize("name", SHAPES)
def test_what_we_compute_is_what_the_newest_core_writes(
    core_manager: CoreManager, scenes: Mapping[str, Scene], kubeconfig: Path, name: str
) -> None:
    """Every condition, message and all, once v1.13.6 has seen everything; v1.9.4 shows its fault and no more."""
    shape, watcher = SHAPES[name], _Watcher(scenes[name], kubeconfig)
    if core_manager.version != _FAULTY:
        found = watcher.until(
            lambda each: _says(each, shape) and not _differing(each), "stored and computed agree"
        )
        assert [each.code.name for each in found.diagnostics] == []
    else:
        found = watcher.until(lambda each: _fault_shows(each, shape), "the fault of v1.9.4 shows")
        faults = [each for each in found.diagnostics if each.code.name == _FAULT]
        assert [each.confidence for each in faults] == [capyctl.Confidence.CERTAIN] * bool(shape.faulty)
        assert all("core v1.9.4" in each.detail.lower() for each in faults)
        assert all("v1.10.0" in each.fixes[0].title for each in faults)
    assert found.exit_status == 0


def _fault_shows(found: capyctl.DescribeResult, shape: Shape) -> bool:
    """Whether exactly the faulty aggregates differ, and every aggregate is told as v1.13.6 would write it."""
    differing = {kind: told for kind, told in _differing(found).items() if kind in AGGREGATES}
    told = {**_stored(found), **differing}
    expected = {kind: shape.says[kind] for kind in AGGREGATES if kind in shape.says}
    return set(differing) == set(shape.faulty) and expected.items() <= told.items()
