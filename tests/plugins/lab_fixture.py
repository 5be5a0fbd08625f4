"""The lab inside a test: ``lab(world)`` opens one and closes it when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from capyctl.lab.lab import Lab
from capyctl.lab.run import open_lab
from capyctl.lab.world import World
from tests.plugins.packaged_scenarios import packaged_scenario

OpenLab = Callable[[World | str], Lab]


@pytest.fixture
def lab() -> Iterator[OpenLab]:
    """Opens a lab over a world, or over that of a scenario given by name; several may be open at once."""
    with ExitStack() as stack:

        def enter(world: World | str) -> Lab:
            served = packaged_scenario(world).world if isinstance(world, str) else world
            return stack.enter_context(open_lab(served))

        yield enter
