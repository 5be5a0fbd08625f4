"""Scenarios that come with capyctl, each read once by a test process: reading one costs as much as a run of capyctl."""

from __future__ import annotations

from functools import cache

from capyctl.lab.scenario import Scenario, load_scenario

_packaged = cache(load_scenario)


def packaged_scenario(name: str) -> Scenario:
    """The scenario of that name; one of a test's own file is read each time, for that file may change."""
    return load_scenario(name) if name.endswith(".yaml") else _packaged(name)
