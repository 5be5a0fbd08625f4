"""``upgrade apply`` killed at its k-th request to the API server ends, at the next call, as an unbroken run.

Every phase boundary and each tenth k here; all of them with CAPYCTL_EVERY_KILL=1, which is ``nox -s kills``.
The release changes what a definition stores, behind a webhook, and drops objects: every kind of step is in it.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from capyctl.lab.run import child_environment, furnish, open_lab
from tests.cluster.install_bench import EVERY_KILL, InstallBench, Part, Unbroken, in_parts
from tests.cluster.provider_cluster import ProviderCluster
from tests.cluster.upgrade_world import (
    AZURE,
    CORE,
    CORE_NEW,
    CORE_OLD,
    NEW,
    OLD,
    UpgradeWorld,
    base_of,
    release,
    role,
    settings,
    thing,
)
from tests.plugins.api_faults import FAULTS, at
from tests.plugins.api_proxy import open_api_proxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.running_cluster import ControlPlane

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"),
]
_FORWARD = ("upgrade", "apply", "--contract", "v1beta2")
_BACK = ("upgrade", "apply", "--core", f"cluster-api:{CORE_OLD}", "-i", f"azure:{OLD}")


@pytest.fixture(scope="module")
def bench(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallBench]:
    """A cluster with the old releases, a lab with both, and a proxy."""
    folder = tmp_path_factory.mktemp("bench")
    world = UpgradeWorld(
        cluster=ProviderCluster(plane=control_plane, home=folder),
        old=release(
            OLD,
            settings("dropped"),
            role("capz-dropped"),
            definition_=thing("v1alpha4", "v1", storage="v1alpha4", webhook=True),
        ),
        new=release(NEW, settings("added"), definition_=thing("v1alpha4", "v1", webhook=True)),
    )
    scenario = world.cluster.scenario(world.repositories)
    home = folder / "home"
    home.mkdir()
    furnish(home, scenario)
    with (
        emptied(control_plane),
        open_lab(scenario.world) as lab,
        open_api_proxy(control_plane, folder) as proxy,
    ):
        base_of(control_plane.client)
        world.install()
        environment = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, str(home))
        yield InstallBench(plane=control_plane, proxy=proxy, environment=environment, home=home)


@pytest.fixture(scope="module")
def unbroken(bench: InstallBench) -> Unbroken:
    """The run that all others are compared with; it begins where a run of ours has been before."""
    assert bench.run(*_FORWARD).status == 0
    _back(bench)
    found = bench.unbroken(*_FORWARD)
    _back(bench)
    return found


@in_parts
def test_an_upgrade_that_is_killed_anywhere_is_finished_by_the_next(
    bench: InstallBench, unbroken: Unbroken, part: Part
) -> None:
    for number in part.of(unbroken.sample):
        status, _ = bench.killed_at(number, *_FORWARD)
        assert status in (0, -signal.SIGKILL), number
        played = bench.run(*_FORWARD)
        assert played.status == 0, (number, played.stdout)
        _same_state(bench, unbroken, number)
        again = bench.run(*_FORWARD)
        assert (again.status, again.document["result"]["applied"]) == (0, []), number
        _back(bench)


def test_the_run_that_finishes_brings_what_was_chosen_and_says_so(
    bench: InstallBench, unbroken: Unbroken
) -> None:
    """F60: what was chosen then, whatever this run is asked for; ``init`` finishes it as well."""
    middle = unbroken.boundaries[3]
    bench.killed_at(middle, *_FORWARD)
    dry = bench.run(*_FORWARD, "--dry-run")
    assert "installation-interrupted" in _names(dry.document)
    finished = bench.run("init", "-i", "azure", "--core", "cluster-api", "-b", "-", "-c", "-")
    assert finished.status == 0, finished.stdout
    assert "installation-resumed" in _names(finished.document)
    _same_state(bench, unbroken, middle)
    again = bench.run(*_FORWARD)
    assert not {"installation-resumed", "installation-interrupted"} & _names(again.document)
    _back(bench)


def test_a_signal_ends_it_with_what_was_done(bench: InstallBench, unbroken: Unbroken) -> None:
    middle = unbroken.boundaries[2] + 3
    ended, stdout = bench.killed_at(middle, *_FORWARD, how=signal.SIGTERM)
    document = json.loads(stdout)
    assert (ended, document["exit_status"], document["status"]) == (143, 143, "interrupted")
    assert "broken-off" in _names(document)
    assert bench.run(*_FORWARD).status == 0
    _same_state(bench, unbroken, middle)
    _back(bench)


@in_parts
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_anywhere_ends_in_time_and_a_clean_run_completes(
    bench: InstallBench, unbroken: Unbroken, fault: str, part: Part
) -> None:
    for number in part.of(_sampled(unbroken, fault)):
        bench.proxy.forget()
        bench.proxy.rule = at(number, FAULTS[fault])
        played = bench.run(*_FORWARD, "--api-timeout", "5s")
        bench.proxy.rule = None
        assert "Traceback" not in played.stdout + played.stderr
        assert played.status in (0, 1, 3, 4), (number, played.stdout)
        assert (played.status == 4) == ("broken-off" in _names(played.document)), number
        clean = bench.run(*_FORWARD)
        assert clean.status == 0, (number, clean.stdout)
        _same_state(bench, unbroken, number)
        _back(bench)


def _sampled(unbroken: Unbroken, fault: str) -> list[int]:
    """The sampled requests, dealt out to the faults; one that stalls costs a write's patience: it is tried once."""
    if EVERY_KILL:
        return unbroken.sample
    passing = [each for each in FAULTS if each != "stall"]
    return (
        [unbroken.boundaries[2] + 3]
        if fault == "stall"
        else unbroken.sample[passing.index(fault) :: len(passing)]
    )


def _back(bench: InstallBench) -> None:
    """To the old releases again."""
    played = bench.run(*_BACK)
    assert played.status == 0, played.stdout


def _same_state(bench: InstallBench, unbroken: Unbroken, number: int) -> None:
    state = bench.state()
    assert state["keys"] == unbroken.state["keys"], number
    assert state["objects"] == unbroken.state["objects"], number
    assert json.loads(bench.record()["transaction"])["phase"] == "finished", number
    held = {label: json.loads(bench.record()[f"provider.{label}"]) for label in (AZURE, CORE)}
    assert {label: each["version"] for label, each in held.items()} == {AZURE: NEW, CORE: CORE_NEW}


def _names(document: dict[str, Any]) -> set[str]:
    return {each["name"] for each in document["diagnostics"]}
