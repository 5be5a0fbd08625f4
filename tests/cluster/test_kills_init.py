"""``init`` killed at its k-th request to the API server ends, at the next call, as an unbroken run (issue 5, 2).

Every phase boundary and each tenth k here; all of them with CAPYCTL_EVERY_KILL=1, which is ``nox -s kills``.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.install_bench import EVERY_KILL, INIT, InstallBench, Part, Unbroken, in_parts, open_bench
from tests.plugins.api_faults import FAULTS, at
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.running_cluster import ControlPlane

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"),
]


def amid(unbroken: Unbroken) -> int:
    """A number amid the objects of cert-manager and the providers."""
    return unbroken.boundaries[2] + 15


@pytest.fixture(scope="module")
def bench(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallBench]:
    """The bench of the module."""
    with open_bench(control_plane, tmp_path_factory.mktemp("bench")) as opened:
        yield opened


@pytest.fixture(scope="module")
def unbroken(bench: InstallBench) -> Unbroken:
    """The run that all others are compared with."""
    with emptied(bench.plane):
        return bench.unbroken(*INIT)


@in_parts
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(
    bench: InstallBench, unbroken: Unbroken, part: Part
) -> None:
    for number in part.of(unbroken.sample):
        with emptied(bench.plane):
            status, _ = bench.killed_at(number, *INIT)
            assert status in (0, -signal.SIGKILL), number
            played = bench.run(*INIT)
            assert played.status == 0, (number, played.stdout)
            _same_state(bench, unbroken, number)
            again = bench.run(*INIT)
            assert (again.status, again.document["result"]["applied"]) == (0, []), number


def test_the_run_that_finishes_says_so(bench: InstallBench, unbroken: Unbroken) -> None:
    """F60. Near miss: a run that nothing broke off says nothing of it."""
    middle = amid(unbroken)
    with emptied(bench.plane):
        bench.killed_at(middle, *INIT)
        dry = bench.run("init", "-i", "aws", "--dry-run")
        assert "installation-interrupted" in _names(dry.document)
        finished = bench.run(*INIT)
        assert "installation-resumed" in _names(finished.document)
        assert "lease-taken-over" in _names(finished.document)
        again = bench.run(*INIT)
        assert not {"installation-resumed", "installation-interrupted"} & _names(again.document)


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_what_was_done(
    bench: InstallBench, unbroken: Unbroken, how: int, status: int
) -> None:
    middle = amid(unbroken)
    with emptied(bench.plane):
        ended, stdout = bench.killed_at(middle, *INIT, how=how)
        document = json.loads(stdout)
        assert (ended, document["exit_status"]) == (status, status)
        assert document["status"] == "interrupted"
        assert "broken-off" in _names(document)
        assert document["result"]["applied"]
        assert bench.run(*INIT).status == 0
        _same_state(bench, unbroken, middle)


@in_parts
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_anywhere_ends_in_time_and_a_clean_run_completes(
    bench: InstallBench, unbroken: Unbroken, fault: str, part: Part
) -> None:
    for number in part.of(_sampled(unbroken, fault)):
        with emptied(bench.plane):
            bench.proxy.forget()
            bench.proxy.rule = at(number, FAULTS[fault])
            played = bench.run(*INIT, "--api-timeout", "5s")
            bench.proxy.rule = None
            assert "Traceback" not in played.stdout + played.stderr
            assert played.status in (0, 1, 3, 4), (number, played.stdout)
            assert (played.status == 4) == ("broken-off" in _names(played.document)), number
            clean = bench.run(*INIT)
            assert clean.status == 0, (number, clean.stdout)
            _same_state(bench, unbroken, number)


def _sampled(unbroken: Unbroken, fault: str) -> list[int]:
    """The sampled requests, dealt out to the faults; one that stalls costs a write's patience: it is tried once."""
    if EVERY_KILL:
        return unbroken.sample
    passing = [each for each in FAULTS if each != "stall"]
    return [amid(unbroken)] if fault == "stall" else unbroken.sample[passing.index(fault) :: len(passing)]


def _same_state(bench: InstallBench, unbroken: Unbroken, number: int) -> None:
    state = bench.state()
    assert state["keys"] == unbroken.state["keys"], number
    assert state["objects"] == unbroken.state["objects"], number
    assert json.loads(bench.record()["transaction"])["phase"] == "finished", number


def _names(document: dict[str, Any]) -> set[str]:
    return {each["name"] for each in document["diagnostics"]}
