"""Tests that do nothing but wait for minutes: the runs of all of them go on side by side.

Such a test is marked ``waits(runs=…)`` and takes ``awaited``, which is what ``runs()`` gave. The first of them that has
its turn begins the runs of all; ``tests/conftest.py`` gives them to one worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

Begun = Mapping[Callable[[], object], Future[object]]


@pytest.fixture(scope="session")
def begun(request: pytest.FixtureRequest) -> Iterator[Begun]:
    """The runs of every marked test of this session, begun at once."""
    marks = [item.get_closest_marker("waits") for item in request.session.items]
    runs: list[Callable[[], object]] = [mark.kwargs["runs"] for mark in marks if mark is not None]
    with ThreadPoolExecutor(max(1, len(runs))) as pool:
        yield {run: pool.submit(run) for run in runs}


@pytest.fixture
def awaited(request: pytest.FixtureRequest, begun: Begun) -> Any:  # noqa: ANN401 - the test knows its own runs
    """What the runs of this test gave; what they raised is raised."""
    return begun[request.node.get_closest_marker("waits").kwargs["runs"]].result()
