"""Our tree beside that of real clusterctl, shape by shape; every difference stands below with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import capyctl
from tests.cluster.cluster_shapes import SHAPES, Scene
from tests.cluster.clusterctl_tree import Tree, clusterctl_tree, our_tree
from tests.plugins.cluster_api import CoreManager
from tests.plugins.cluster_fixture import each_core_manager

_FEW = (
    "hand-made machines",
    "hand-made control plane",
    "scaling up",
    "rolling out",
    "machine pool only",
    "standalone machine set",
    "infrastructure missing",
    "no workers",
)

# What clusterctl leaves out, by shape (clusterctl-cluster section 10, weakness 26).
_ONLY_OURS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "scaling up": (
        ("Workers", "MachineDeployment/md-a", "MachineDeployment/md-b"),
        "clusterctl reads MachineDeployments only where a worker Machine exists",
    ),
    "standalone machine set": (
        ("Workers", "Other", "MachineSet/alone"),
        "clusterctl lists no owner without Machines",
    ),
    "infrastructure missing": (
        ("TestCluster/one",),
        "clusterctl leaves out what cannot be read; here it is a node that says so",
    ),
}

# What a release of clusterctl does not describe at all, and how it says so.
_REFUSED: Mapping[tuple[str, str], str] = {
    (
        "infrastructure missing",
        "v1.10.1",
    ): "get InfraCluster reference from Cluster: failed to retrieve TestCluster"
}


@pytest.fixture(scope="module")
def scenes(core_manager: CoreManager) -> Mapping[str, Scene]:
    made = {name: Scene(manager=core_manager, namespace=core_manager.client.new_namespace()) for name in _FEW}
    with ThreadPoolExecutor(len(made)) as pool:
        list(pool.map(lambda name: SHAPES[name].make(made[name]), made))
    for each in made.values():
        core_manager.wait_for_conditions(each.cluster, "Available")
    return made


@each_core_manager
@pytest.mark.parametrize("whole", [False, True], ids=["default", "everything"])
@pytest.mark.parametrize("name", _FEW)
def test_the_tree_is_clusterctls_but_for_what_it_leaves_out(
    core_manager: CoreManager,
    scenes: Mapping[str, Scene],
    tmp_path: Path,
    name: str,
    whole: bool,
) -> None:
    """Names and nesting, by the clusterctl of the core's own contract; a controller at work is waited for."""
    kubeconfig = core_manager.plane.kubeconfig(tmp_path / "kubeconfig")
    release = "v1.10.1" if core_manager.contract == "v1beta1" else "v1.13.6"
    flags = [
        *(["--grouping=false", "--echo"] if whole else []),
        *(["--v1beta2"] if release == "v1.10.1" else []),
    ]
    left_out, _reason = _ONLY_OURS.get(name, ((), ""))
    last: list[tuple[Tree | str, Tree]] = []

    def agree() -> bool:
        theirs = clusterctl_tree(release, kubeconfig, scenes[name].namespace, *flags)
        found = capyctl.describe_cluster(
            "one",
            namespace=scenes[name].namespace,
            tree={"grouping": not whole, "echo": whole},
            kubeconfig=kubeconfig,
            environ={"HOME": str(tmp_path)},
        )
        assert found.cluster is not None
        ours = our_tree(found.cluster)
        last[:] = [(theirs, ours)]
        if isinstance(theirs, str):
            return (name, release) in _REFUSED and _REFUSED[name, release] in theirs
        return _without(ours, left_out) == theirs and _names(ours) - _names(theirs) == set(left_out)

    try:
        core_manager.client.wait_until(agree, "both trees agree")
    except TimeoutError:
        pytest.fail(f"clusterctl {release}: {last[0][0]}\nours: {last[0][1]}")


def _without(tree: Tree, names: tuple[str, ...]) -> Tree:
    return {name: _without(below, names) for name, below in tree.items() if name not in names}


def _names(tree: Tree) -> set[str]:
    return set(tree) | {name for below in tree.values() for name in _names(below)}
