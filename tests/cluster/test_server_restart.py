"""The API server is killed and started again while a command waits on it, whose watches end with it (issue 5, 1.4)."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.install_bench import INIT, InstallBench, open_bench
from tests.plugins.api_faults import Asked
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)
_HANG = 120


@pytest.fixture
def bench(control_plane: ControlPlane, tmp_path: Path) -> Iterator[InstallBench]:
    """An empty cluster, its lab and its proxy."""
    with emptied(control_plane), open_bench(control_plane, tmp_path) as opened:
        yield opened


@contextmanager
def _no_pod_becomes_ready(plane: ControlPlane) -> Iterator[None]:
    """kwok stands still meanwhile."""
    plane.processes.pause("kwok")
    try:
        yield
    finally:
        plane.processes.resume("kwok")


def _restarted_once(bench: InstallBench, waiting: threading.Event, *words: str) -> tuple[int, str]:
    """Run a command; once it waits, the server goes and comes again, and only then pods become ready."""
    processes = bench.plane.processes
    with bench.started(*words) as child:
        try:
            assert waiting.wait(_HANG)
            processes.kill("kube-apiserver")
            assert child.poll() is None
            bench.plane.start_server()
            bench.plane.wait_ready()
            processes.resume("kwok")
            stdout, _ = child.communicate(timeout=_HANG)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
            pytest.fail(f"it waits on: {child.communicate()}")
        finally:
            child.kill()
    return child.returncode, stdout


def test_an_installation_outlives_it(bench: InstallBench) -> None:
    """It waits for cert-manager's Deployments, by a watch."""
    waiting = threading.Event()

    def looked_at(asked: Asked) -> None:
        if "watch=" in asked.query and "/deployments" in asked.path:
            waiting.set()

    bench.proxy.rule = looked_at
    with _no_pod_becomes_ready(bench.plane):
        status, stdout = _restarted_once(bench, waiting, *INIT)
    assert status == 0, stdout
    again = bench.run(*INIT)
    assert (again.status, again.document["result"]["applied"]) == (0, [])


def test_a_check_that_waits_outlives_it(bench: InstallBench) -> None:
    """The core's Deployment is not available yet."""
    assert bench.run(*INIT).status == 0
    rounds: list[int] = []
    waiting = threading.Event()

    def looked_at(asked: Asked) -> None:
        if asked.path == "/readyz":
            rounds.append(asked.number)
            if len(rounds) == 2:
                waiting.set()

    with _no_pod_becomes_ready(bench.plane):
        pods = bench.plane.client.get("/api/v1/namespaces/cert-manager/pods")["items"]
        for each in pods:
            path = f"/api/v1/namespaces/cert-manager/pods/{each['metadata']['name']}"
            bench.plane.client.raw("DELETE", path, body={"gracePeriodSeconds": 0})
        bench.proxy.forget()
        bench.proxy.rule = looked_at
        status, stdout = _restarted_once(bench, waiting, "cluster", "check", "--wait")
    document = json.loads(stdout)
    outcomes = {each["name"]: each["outcome"] for each in document["result"]["checks"]}
    assert outcomes["cert-manager"] == "ok", stdout
    assert status == document["exit_status"]
