"""Fixtures of the tests on a real control plane."""

from __future__ import annotations

from tests.plugins.cluster_fixture import (
    api_proxy,
    control_plane,
    core_manager,
    fresh_control_plane,
    namespace,
    pytest_runtest_makereport,
    shared_managers,
    shared_planes,
)

__all__ = [
    "api_proxy",
    "control_plane",
    "core_manager",
    "fresh_control_plane",
    "namespace",
    "pytest_runtest_makereport",
    "shared_managers",
    "shared_planes",
]
