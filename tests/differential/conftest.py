"""Runs real clusterctl inside worlds of the lab."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

import pytest
from msgspec.structs import replace

from capyctl.lab.run import LabRun, run_in_lab
from tests.plugins.long_waits import awaited, begun
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.plugins.real_parts import Clusterctl, clusterctl, clusterctl_v1_10_1, clusterctl_v1_13_6

__all__ = ["awaited", "begun", "clusterctl", "clusterctl_v1_10_1", "clusterctl_v1_13_6"]


class RunClusterctl(Protocol):
    """Runs a real clusterctl in a scenario by name; ``variables`` add to the scenario's own."""

    def __call__(
        self,
        part: Clusterctl,
        name: str,
        arguments: Sequence[str],
        variables: Mapping[str, str] | None = None,
    ) -> LabRun: ...


@pytest.fixture
def run_clusterctl() -> RunClusterctl:
    """Runs real clusterctl in the lab."""

    return in_the_lab


def in_the_lab(
    part: Clusterctl,
    name: str,
    arguments: Sequence[str],
    variables: Mapping[str, str] | None = None,
) -> LabRun:
    """Run a real clusterctl in a scenario by name."""
    scenario = packaged_scenario(name)
    changed = replace(scenario, environment={**scenario.environment, **(variables or {})})
    command = [str(part.path), *arguments]
    return run_in_lab(changed, command, environment={"PATH": os.environ["PATH"]}, capture=True)
