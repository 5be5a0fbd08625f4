"""``cluster check`` as wired: what it is told by the environment, and how long it looks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.askers import SerialAsker
from capyctl.app.cluster_reading import ClusterReader
from capyctl.config.environment import read_environment
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.fetching.transcript import Transcript
from capyctl.ports.cluster import ClusterConnection
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_check import WaitPolicy, check_management_cluster, known_cores
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.request import WorldRequest
from capyctl.wiring.world import World, open_world
from tests.plugins.memory_cluster import MemoryApiServer
from tests.plugins.memory_cluster_writes import WritableMemoryServer


class HandClock(Struct):
    """Time passes by sleeping."""

    time: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> str:
        return "2026-11-22T10:00:00Z"

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def world(home: Path, clock: HandClock, variables: Mapping[str, str]) -> World:
    request = WorldRequest(
        environment=read_environment({"HOME": str(home), **variables}),
        invocation=Invocation(words=("cluster", "check")),
        transcript=Transcript(),
        at_end=lambda _: None,
        offline=True,
    )
    return replace(open_world(request), clock=clock)


class Scene(Struct):
    """A server that is not ready, and everything that a check is made of."""

    world: World
    clock: HandClock
    api: MemoryApiServer
    told: list[tuple[str, float]] = field(default_factory=list)

    def cluster(self, settings: ClusterSettings) -> Cluster:
        def waited(failure: ApiFailure, seconds: float) -> None:
            self.told.append((failure.reason, seconds))

        reader = ClusterReader(
            api=self.api,
            asker=SerialAsker(),
            clock=self.clock,
            until=self.clock.time + settings.api_timeout,
            jitter=lambda: 0.5,
            waited=waited,
        )
        connection = ClusterConnection(
            api=self.api,
            writer=WritableMemoryServer(),
            context="a",
            namespace="default",
            source="test",
        )
        return Cluster(reader=reader, connection=connection, settings=settings)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    clock = HandClock()
    api = MemoryApiServer(documents={"/version": {"gitVersion": "v1.34.3"}}, texts={"/readyz": "ok"})
    return Scene(world=world(tmp_path, clock, {}), clock=clock, api=api)


def run(scene: Scene, policy: WaitPolicy, settings: ClusterSettings | None = None) -> ExitStatus:
    cluster = scene.cluster(policy.settings(settings or ClusterSettings()))
    return check_management_cluster(scene.world, cluster, policy).status


def test_without_wait_it_looks_once(scene: Scene) -> None:
    scene.api.failures["/readyz"] = [ApiTrouble.STARTING]
    assert run(scene, WaitPolicy(api_timeout=60.0)) is ExitStatus.UNDETERMINED
    assert (scene.told, scene.clock.slept) == ([], [])


def test_with_wait_it_looks_again_after_growing_pauses_and_says_what_for(scene: Scene) -> None:
    scene.api.failures["/readyz"] = [ApiTrouble.REFUSED] * 3
    assert run(scene, WaitPolicy(wait=300.0, api_timeout=60.0)) is ExitStatus.DONE
    assert scene.clock.slept == pytest.approx([1.0, 1.6, 2.56])
    assert [reason.split(":")[0] for reason, _ in scene.told] == ["ready"] * 3
    assert [seconds for _, seconds in scene.told] == pytest.approx([0.0, 1.0, 2.6])


def test_a_wait_that_passes_ends_with_what_was_seen_last(scene: Scene) -> None:
    scene.api.failures["/readyz"] = [ApiTrouble.REFUSED] * 1000
    assert run(scene, WaitPolicy(wait=50.0, api_timeout=60.0)) is ExitStatus.UNDETERMINED
    assert scene.clock.time == pytest.approx(50.0)
    assert max(scene.clock.slept) <= 15.0


def test_one_look_has_the_patience_of_the_api_timeout_alone(scene: Scene) -> None:
    scene.api.failures["/version"] = [ApiTrouble.REFUSED] * 1000
    assert run(scene, WaitPolicy(wait=30.0, api_timeout=10.0)) is ExitStatus.UNDETERMINED
    assert scene.clock.time == pytest.approx(30.0)


def test_what_is_asked_for_comes_from_the_settings(scene: Scene) -> None:
    asked = ClusterSettings(kubernetes_version="v1.30", version_said_by="KUBERNETES_VERSION")
    cluster = scene.cluster(asked)
    served = check_management_cluster(scene.world, cluster, WaitPolicy(api_timeout=60.0))
    (told,) = (each for each in served.diagnostics if each.code.name == "kubernetes-not-as-asked")
    assert told.detail.startswith("Asked for v1.30 (KUBERNETES_VERSION)")
    assert served.status is ExitStatus.PROBLEMS


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"HTTPS_PROXY": "http://proxy.example.com:3128"}, True),
        ({"HTTPS_PROXY": "http://proxy.example.com:3128", "NO_PROXY": "memory.invalid,.svc"}, False),
        ({"HTTP_PROXY": "http://proxy.example.com:3128"}, False),
        ({"HTTPS_PROXY": "://"}, False),
        ({}, False),
    ],
)
def test_proxy_variables(scene: Scene, tmp_path: Path, variables: Mapping[str, str], told: bool) -> None:
    placed = replace(scene, world=world(tmp_path, scene.clock, variables))
    served = check_management_cluster(
        placed.world, placed.cluster(ClusterSettings()), WaitPolicy(api_timeout=60.0)
    )
    assert ("proxy-covers-cluster" in {each.code.name for each in served.diagnostics}) is told


@pytest.mark.parametrize(("value", "status"), [("True", ExitStatus.PROBLEMS), ("false", ExitStatus.PROBLEMS)])
def test_cluster_topology_raises_the_minimum(
    scene: Scene, tmp_path: Path, value: str, status: ExitStatus
) -> None:
    scene.api.documents["/version"] = {"gitVersion": "v1.21.0"}
    placed = replace(scene, world=world(tmp_path, scene.clock, {"CLUSTER_TOPOLOGY": value}))
    served = check_management_cluster(
        placed.world, placed.cluster(ClusterSettings()), WaitPolicy(api_timeout=60.0)
    )
    (told,) = (each for each in served.diagnostics if each.code.name == "kubernetes-too-old")
    assert ("clusterctl works with v1.22.0" in told.detail) is (value == "True")
    assert served.status is status


def test_releases_of_the_core_are_those_of_the_snapshot(scene: Scene, tmp_path: Path) -> None:
    assert {"v1.9.4", "v1.12.0"} <= set(known_cores(scene.world))
    table = tmp_path / "providers.yaml"
    table.write_text(
        "format: capyctl-providers/1\nproviders:\n"
        "- {name: cluster-api, type: CoreProvider, url: https://github.com/nobody/here/releases/latest/c.yaml}\n"
    )
    other = replace(scene.world.request, providers=str(table))
    assert known_cores(open_world(other)) == ()
    none = replace(scene.world, table=replace(scene.world.table, entries=()))
    assert known_cores(none) == ()
