"""The control plane inside a test: one a module, and its logs beside a test that failed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.build_real_parts import (
    CLUSTER_API_VERSIONS,
    ETCD_VERSION,
    KUBERNETES_VERSIONS,
    KWOK_VERSION,
)
from tests.plugins.cluster_api import CoreManager, open_core_manager
from tests.plugins.control_plane import open_control_plane
from tests.plugins.real_parts import find_part
from tests.plugins.running_cluster import ControlPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is asked of ``control_plane``, as the parameter of an indirect ``parametrize`` of module scope."""

    version: str = KUBERNETES_VERSIONS[0]
    scheduler: bool = False
    nodes: int = 0
    server_flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "-".join(word for word in (self.version, f"{self.nodes}-nodes" if self.nodes else "") if word)


# Marks a test, or a module by `pytestmark`, to run on each Kubernetes version.
each_kubernetes = pytest.mark.parametrize(
    "control_plane",
    [Shape(version=each) for each in KUBERNETES_VERSIONS],
    indirect=True,
    ids=str,
    scope="module",
)


@pytest.fixture(scope="module")
def control_plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """A control plane that the tests of one module share; the first 1.34 unless a Shape is given."""
    shape: Shape = getattr(request, "param", Shape())
    with _opened(shape, tmp_path_factory.mktemp("control-plane")) as plane:
        yield plane


@pytest.fixture
def fresh_control_plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """A control plane of one test's own, for what cannot be taken out again; shaped as ``control_plane`` is.

    A definition that is deleted and made anew under its name is such a thing: the server may still be giving up
    the old one when the new one comes, and then backs off for minutes ("storage is (re)initializing").
    """
    shape: Shape = getattr(request, "param", Shape())
    with _opened(shape, tmp_path_factory.mktemp("fresh-control-plane")) as plane:
        yield plane


@contextmanager
def _opened(shape: Shape, folder: Path) -> Iterator[ControlPlane]:
    find_part("etcd", ETCD_VERSION)
    find_part("kubernetes", shape.version)
    if shape.nodes:
        find_part("kwok", KWOK_VERSION)
    with open_control_plane(
        folder,
        version=shape.version,
        scheduler=shape.scheduler,
        nodes=shape.nodes,
        server_flags=shape.server_flags,
    ) as plane:
        yield plane


# Marks a test, or a module by `pytestmark`, to run on each release of Cluster API's core.
each_core_manager = pytest.mark.parametrize(
    "core_manager", CLUSTER_API_VERSIONS, indirect=True, scope="module"
)


@pytest.fixture(scope="module")
def core_manager(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CoreManager]:
    """A real core manager, v1.13.6 unless a release is given, on a control plane of its own.

    Two releases do not share one: each brings its own definitions of the same kinds.
    """
    version: str = getattr(request, "param", CLUSTER_API_VERSIONS[-1])
    for part in (("etcd", ETCD_VERSION), ("kubernetes", KUBERNETES_VERSIONS[0]), ("cluster-api", version)):
        find_part(*part)
    with (
        open_control_plane(tmp_path_factory.mktemp("core-manager")) as plane,
        open_core_manager(plane, version) as manager,
    ):
        yield manager


@pytest.fixture
def namespace(control_plane: ControlPlane) -> str:
    """A namespace of the test's own, since the tests of a module share the cluster."""
    return control_plane.client.new_namespace()


@pytest.fixture
def api_proxy(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ApiProxy]:
    """A proxy in front of the control plane that passes everything until it is told otherwise."""
    with open_api_proxy(control_plane, tmp_path) as proxy:
        yield proxy


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the logs beside a failure."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            plane = value.plane if isinstance(value, CoreManager) else value
            if isinstance(plane, ControlPlane):
                tails = [(f"log of {name}", plane.processes.tail(name, lines=8)) for name in plane.logs]
                report.sections += tails
    return report
