"""A fault at each k-th request of every command: no traceback, no half-truth, an end in time (issue 4, section 2)."""

from __future__ import annotations

import functools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capyctl.cli.packaged import packaged_text
from tests.cluster.every_command import COMMANDS, lasting, managed, run, text_of
from tests.plugins.api_faults import FAULTS, Answer, Fault, Rule, at, since
from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played

_STATUSES = {0, 1, 3}
_PASSING = 4
"""Seconds for ``--api-timeout``: a request that is lost once can be put again."""

_SIDE_BY_SIDE = 6
"""Runs at once; most of their time is pauses."""


@pytest.fixture(autouse=True, scope="module")
def _managed(control_plane: ControlPlane) -> None:
    managed(control_plane.client)


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(packaged_text("schema.json")))


def checked(played: Played) -> dict[str, Any]:
    """The document of a run that ended as it may, with an error where it ended with anything but 0."""
    document = played.document
    _validator().validate(document)
    assert played.status in _STATUSES, text_of(document)
    assert "Traceback" not in played.stdout + played.stderr
    errors = [item for item in document["diagnostics"] if item["severity"] == "error"]
    told = errors or _unsettled(document)
    assert played.status == 0 or told, text_of(document)
    return document


def _unsettled(document: dict[str, Any]) -> list[Any]:
    """The parts of a check that are waiting or failed: they say it in the result."""
    checks = (document["result"] or {}).get("checks", [])
    return [each for each in checks if each["outcome"] in ("waiting", "failed")]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", COMMANDS)
def test_one_lost_request_changes_nothing_that_is_said(
    control_plane: ControlPlane, api_proxy: ApiProxy, tmp_path: Path, name: str, fault: str
) -> None:
    sound = checked(run(name, api_proxy.kubeconfig(), tmp_path))

    def lost(number: int) -> dict[str, Any]:
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_api_proxy(control_plane, folder) as proxy:
            proxy.rule = at(number, FAULTS[fault])
            kubeconfig = control_plane.kubeconfig(folder / "k", contexts={"admin": proxy.context()})
            return checked(run(name, kubeconfig, folder, "--api-timeout", f"{_PASSING}s"))

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for found in pool.map(lost, range(1, len(api_proxy.seen) + 1)):
            if name == "cluster check":
                _differs_only_by_what_waits(found, sound)
            else:
                assert found["status"] == sound["status"], text_of(found)
                assert lasting(found["result"]) == lasting(sound["result"]), text_of(found)


def _differs_only_by_what_waits(found: dict[str, Any], sound: dict[str, Any]) -> None:
    """Some parts of a check ask once, since they tell how things stand now; a lost answer is `waiting` there."""
    usual = {each["name"]: each["outcome"] for each in sound["result"]["checks"]}
    now = {each["name"]: each["outcome"] for each in found["result"]["checks"]}
    assert now.keys() == usual.keys()
    assert {name for name, outcome in now.items() if outcome not in ("waiting", usual[name])} == set()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (FAULTS["reset"], 3),
        (FAULTS["500"], 3),
        (FAULTS["cut"], 3),
        (FAULTS["stall"], 3),
        (Answer(status=200, body=b"<html><title>Sign in</title></html>"), 1),
        (Answer(status=200, body=b"{}"), None),
        (Answer(status=200, body=b'{"items": [7, null], "metadata": []}'), None),
    ],
    ids=["reset", "500", "cut", "stall", "page", "nothing", "nonsense"],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_that_stays_ends_in_time_and_is_told(
    api_proxy: ApiProxy, tmp_path: Path, name: str, fault: Fault, expected: int | None
) -> None:
    api_proxy.rule = since(1, fault)
    found = checked(run(name, api_proxy.kubeconfig(), tmp_path, "--api-timeout", "1s"))
    if expected is not None:
        assert found["exit_status"] == expected or name == "cluster check", text_of(found)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_from_the_second_request_on_leaves_no_half_truth(
    api_proxy: ApiProxy, tmp_path: Path, name: str
) -> None:
    kubeconfig = api_proxy.kubeconfig()
    checked(run(name, kubeconfig, tmp_path))
    count = len(api_proxy.seen)
    for number in range(2, count + 1):
        api_proxy.forget()
        rule: Rule = since(number, FAULTS["500"])
        api_proxy.rule = rule
        found = checked(run(name, kubeconfig, tmp_path, "--api-timeout", "0"))
        assert found["exit_status"] in (1, 3), (number, text_of(found))
