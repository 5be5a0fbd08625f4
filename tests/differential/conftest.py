"""Runs real clusterctl inside worlds of the lab."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

import pytest

from capyctl.lab.run import LabRun, run_in_lab
from capyctl.lab.scenario import load_scenario
from tests.plugins.real_parts import Clusterctl, clusterctl, clusterctl_v1_10_1, clusterctl_v1_13_6

__all__ = ["clusterctl", "clusterctl_v1_10_1", "clusterctl_v1_13_6"]

RunClusterctl = Callable[..., LabRun]


@pytest.fixture
def run_clusterctl() -> RunClusterctl:
    """Runs a real clusterctl in a scenario by name; ``variables`` add to the scenario's own."""

    def run(
        part: Clusterctl, name: str, arguments: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> LabRun:
        inherited = {"PATH": os.environ["PATH"]}
        command = ["env", *(f"{key}={value}" for key, value in (variables or {}).items())]
        scenario = load_scenario(name)
        return run_in_lab(
            scenario, [*command, str(part.path), *arguments], environment=inherited, capture=True
        )

    return run
