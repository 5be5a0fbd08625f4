"""One theatre for all tests of a session: every scenario is played once, whatever number of tests look at it."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import pytest

from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import GOPROXY_STATES, Theatre, own_state

_WORKERS = 5  # Some of them only wait: for silence, for round trips.


@pytest.fixture(scope="session")
def theatre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """Plays what the collected tests will ask for, side by side, a little before they do.

    Tests are in the order of their scenarios (``tests/conftest.py``), so that each worker plays its own ones.
    """
    programme: dict[tuple[str, str], None] = {}
    own = cache(lambda name: own_state(packaged_scenario(name)))
    for item in request.session.items:
        if (
            isinstance(item, pytest.Function)
            and "theatre" in item.fixturenames
            and "name" in _parameters(item)
        ):
            name = str(_parameters(item)["name"])
            programme[name, own(name)] = None
            if "every_state" in item.fixturenames:
                programme |= {(name, state): None for state in GOPROXY_STATES}
    with ProcessPoolExecutor(_WORKERS, multiprocessing.get_context("spawn")) as executor:
        yield Theatre(executor, tmp_path_factory.mktemp("stacks"), tuple(programme))


def _parameters(item: pytest.Function) -> dict[str, object]:
    return item.callspec.params if hasattr(item, "callspec") else {}


@pytest.fixture(scope="session")
def every_state(theatre: Theatre) -> Theatre:
    """The same, for tests that look at a scenario in every state of GOPROXY."""
    return theatre


@pytest.fixture(scope="session")
def valid() -> Callable[[dict[str, Any]], None]:
    """Fails unless a document is valid by the schema that capyctl prints (cli.md 4)."""
    schema = json.loads((resources.files("capyctl") / "data" / "schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)

    def check(document: dict[str, Any]) -> None:
        errors = sorted(validator.iter_errors(document), key=str)
        assert not errors, [(list(error.absolute_path), error.message[:200]) for error in errors[:3]]

    return check
