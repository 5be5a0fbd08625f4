"""Profiles of the property tests: how many examples they try; no example is failed for the time it took.

And the order: what waits longest begins first, so that nobody waits for it alone at the end.
"""

from __future__ import annotations

from importlib.util import find_spec
from itertools import islice

import pytest

if find_spec("hypothesis") is not None:  # The tests of the wheel do without it.
    from hypothesis import HealthCheck, settings

    settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("thorough", settings.get_profile("any-machine"), max_examples=5_000)
    settings.load_profile("any-machine")

_LONGEST_NAME = 16
_CLUSTERS = ("control_plane", "core_manager", "fresh_control_plane")
"""Fixtures that start a cluster of the kind that their parameter names."""

_SCENES = ("name", "scene")
"""Parameters that name the scenario which a test looks at."""

_LONG = ("differential", "cluster", "scenario")
"""Folders whose tests take seconds or share what took seconds to start; the others take milliseconds."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes name no test: packed ones hold the time of day, and workers have to agree on every name."""
    return argname if isinstance(val, bytes) and len(val) > _LONGEST_NAME else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what waits for minutes, then with what runs real programs; else the order stays."""
    items.sort(key=lambda item: (_turn(item), _ground_of(item)))
    workers: dict[str, int] = getattr(config, "workerinput", {})
    items[:] = _dealt(items, workers.get("workercount", 1))


def _dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Give each worker its share of the slow tests first: each takes one of equal parts of the list to begin with.

    Those of one module stay together, since they share a cluster, and so do those whose waiting is shared.
    """
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        if _turn(item) == 0:
            groups.setdefault("" if item.get_closest_marker("waits") else str(item.path), []).append(item)
    shares = list(groups.values())
    others = iter(items[sum(map(len, shares)) :])
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        share = (len(items) - len(dealt)) // (workers - worker)
        first = [item for group in shares[worker::workers] for item in group]
        dealt += first
        dealt += islice(others, max(0, share - len(first)))
    return [*dealt, *others]


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("slow"):
        return 0
    folder = item.path.parent.name
    return 1 + _LONG.index(folder) if folder in _LONG else 1 + len(_LONG)


def _ground_of(item: pytest.Item) -> str:
    """What tests that follow each other share: a cluster of one kind, or a scenario that is played once for all."""
    parameters: dict[str, object] = getattr(getattr(item, "callspec", None), "params", {})
    names = _SCENES if "theatre" in getattr(item, "fixturenames", ()) else _CLUSTERS
    return next((f"{name} {parameters[name]}" for name in names if name in parameters), "")
