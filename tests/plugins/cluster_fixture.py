"""The control plane inside a test: one a module, and its logs beside a test that failed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import pytest
from msgspec import Struct

from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.build_real_parts import (
    CLUSTER_API_VERSIONS,
    ETCD_VERSION,
    KUBERNETES_VERSIONS,
    KWOK_VERSION,
)
from tests.plugins.cluster_api import CoreManager, open_core_manager
from tests.plugins.control_plane import open_control_plane
from tests.plugins.empty_cluster import emptied
from tests.plugins.etcd_keys import written
from tests.plugins.real_parts import find_part
from tests.plugins.running_cluster import ControlPlane

K = TypeVar("K")
V = TypeVar("V")
_ITS_OWN = ("/registry/minions/", "/registry/ranges/")
"""Nodes that kwok renews, and the server's books of addresses."""


class Shape(Struct, frozen=True, kw_only=True):
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


class Shared(Generic[K, V]):
    """What modules of one kind share, one after the other; what was shared before is ended when another is wanted."""

    def __init__(self, start: Callable[[K], AbstractContextManager[V]]) -> None:
        self._start = start
        self._stack = ExitStack()
        self._open: tuple[K, V] | None = None

    def of(self, kind: K) -> V:
        """A running one of that kind, started only where the last one was of another."""
        if self._open is None or self._open[0] != kind:
            self.close()
            self._open = kind, self._stack.enter_context(self._start(kind))
        return self._open[1]

    def close(self) -> None:
        """End it, so that nobody gets it any more."""
        self._open = None
        self._stack.close()


SharedPlanes = Shared[Shape, ControlPlane]
SharedManagers = Shared[str, CoreManager]


@pytest.fixture(scope="session")
def shared_planes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedPlanes]:
    """One control plane at a time, for a whole session."""
    planes: SharedPlanes = Shared(lambda shape: _opened(shape, tmp_path_factory.mktemp("control-plane")))
    yield planes
    planes.close()


@pytest.fixture(scope="session")
def shared_managers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedManagers]:
    """One core manager at a time, for a whole session."""
    managers: SharedManagers = Shared(
        lambda version: _managed(version, tmp_path_factory.mktemp("core-manager"))
    )
    yield managers
    managers.close()


@pytest.fixture(scope="module")
def control_plane(request: pytest.FixtureRequest, shared_planes: SharedPlanes) -> Iterator[ControlPlane]:
    """A control plane that the tests of one module share; the first 1.34 unless a Shape is given.

    What the module added is gone afterwards, and the next module of that shape gets the same one; a module that
    changed or removed what the control plane had by itself leaves it to nobody.
    """
    plane = shared_planes.of(getattr(request, "param", Shape()))
    with ExitStack() as stack:
        stack.enter_context(emptied(plane))
        before = plane.snapshot()
        yield plane
    if _changed(before, plane.snapshot()):
        shared_planes.close()


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> set[str]:
    """Keys of the control plane's own that are not as they were, but for those that it renews itself."""
    return {key for key in written(before, after) if key in before and not key.startswith(_ITS_OWN)}


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
def core_manager(request: pytest.FixtureRequest, shared_managers: SharedManagers) -> CoreManager:
    """A real core manager, v1.13.6 unless a release is given; each test has namespaces of its own on it.

    Two releases do not share a control plane: each brings its own definitions of the same kinds.
    """
    return shared_managers.of(getattr(request, "param", CLUSTER_API_VERSIONS[-1]))


@contextmanager
def _managed(version: str, folder: Path) -> Iterator[CoreManager]:
    for part in (("etcd", ETCD_VERSION), ("kubernetes", KUBERNETES_VERSIONS[0]), ("cluster-api", version)):
        find_part(*part)
    with open_control_plane(folder) as plane, open_core_manager(plane, version) as manager:
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
