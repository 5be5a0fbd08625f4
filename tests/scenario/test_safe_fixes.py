"""A safe fix keeps its promise: run as printed, or applied as printed, its code is gone (cli.md 4)."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from capyctl.core.codes import ALL_CODES
from capyctl.lab.run import furnish
from capyctl.lab.scenario import Scenario
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import (
    COMMANDS,
    Played,
    Theatre,
    own_state,
    play_in,
    provider_scenarios,
    reference_of,
)

_CODE = {code.name: code.code for code in ALL_CODES}


class _Case(Struct, frozen=True, kw_only=True):
    """A command line in a scenario whose document has safe fixes, and the codes these must be for."""

    scenario: str
    words: tuple[str, ...]
    codes: tuple[str, ...]
    by_edit: bool = False


_CASES = (
    _Case(scenario="build-metadata-in-version", words=("resolve", "cluster-api:v1.13.6+d32ac08"),
          codes=("build-metadata-in-version",)),
    _Case(scenario="build-metadata-in-version",
          words=("init", "--dry-run", "--core", "cluster-api:v1.13.6+d32ac08"),
          codes=("build-metadata-in-version",)),
    _Case(scenario="sound", words=("generate", "provider", "--addon", "helm:0.6.4"), codes=("version-spelling",)),
    _Case(scenario="sound", words=("resolve", "--infrastructure", "infrastructure-openstack"),
          codes=("label-as-name",)),
    _Case(scenario="sound", words=("init", "--dry-run", "--addon=addon-helm:v0.6.3"), codes=("label-as-name",)),
    _Case(scenario="own-series-missing", words=("diagnose-provider", "addon-helm:v0.7.0"),
          codes=("own-series-missing",)),
    _Case(scenario="tag-without-release", words=("diagnose-provider", "--addon", "helm:v0.6.5"),
          codes=("version-not-published",)),
    _Case(scenario="withdrawn-release", words=("diagnose-provider", "-i", "aws:v2.11.2"),
          codes=("version-not-published",)),
    _Case(scenario="metadata-missing", words=("diagnose-provider", "addon-helm:v0.6.3"),
          codes=("metadata-missing",)),
    _Case(scenario="renamed-repository", words=("resolve", "bootstrap-k0sproject-k0smotron"),
          codes=("repository-renamed",), by_edit=True),
    _Case(scenario="renamed-repository-goproxy-off",
          words=("init", "--dry-run", "--bootstrap", "k0sproject-k0smotron"),
          codes=("repository-renamed",), by_edit=True),
    _Case(scenario="download-address", words=("generate", "provider", "--addon", "helm"),
          codes=("download-address",), by_edit=True),
    _Case(scenario="gitlab-path-not-encoded", words=("resolve", "infrastructure-acme"),
          codes=("gitlab-path-not-encoded",), by_edit=True),
)  # fmt: skip


@pytest.fixture(name="home")
def home_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="capyctl-fixes-") as home:
        yield Path(home)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: f"{case.scenario}-{case.words[0]}-{case.codes[0]}")
def test_a_case_has_the_safe_fix_that_makes_it_go_away(home: Path, case: _Case) -> None:
    scenario = packaged_scenario(case.scenario)
    furnish(home, scenario)
    played = play_in(scenario, [*case.words, "-o", "json"], home)
    found = {
        code: [fix for code_, fix in _safe(played) if code_ == code] for code in map(_CODE.get, case.codes)
    }
    assert all(found.values()), played.document["diagnostics"]
    assert all(bool(fix["edit"]) is case.by_edit for fixes in found.values() for fix in fixes)
    _check_promises(scenario, [*case.words, "-o", "json"], played, home)


@pytest.mark.parametrize("name", provider_scenarios())
def test_every_safe_fix_met_in_a_scenario_keeps_its_promise(theatre: Theatre, home: Path, name: str) -> None:
    scenario = packaged_scenario(name)
    plays = theatre.plays(name, own_state(scenario))
    for command in (each for each, played in plays.items() if _safe(played)):
        words = [*COMMANDS[command], *reference_of(scenario), "-o", "json"]
        folder = home / command
        folder.mkdir()
        furnish(folder, scenario)
        _check_promises(scenario, words, play_in(scenario, words, folder), folder)


@pytest.mark.parametrize("name", provider_scenarios())
def test_every_command_in_a_fix_runs_as_it_stands(theatre: Theatre, home: Path, name: str) -> None:
    """Whatever its applicability: a command that cannot be understood is no way out (cli.md 4)."""
    scenario = packaged_scenario(name)
    furnish(home, scenario)
    plays = theatre.plays(name, own_state(scenario))
    commands = {
        fix["command"]
        for played in plays.values()
        for item in played.document["diagnostics"]
        for fix in item["fixes"]
        if fix["command"] and fix["applicability"] != "safe"
    }
    for command in commands:
        program, *words = shlex.split(command)
        assert program == "capyctl"
        assert play_in(scenario, words, home).status not in {2, 70}, command


def _safe(played: Played) -> list[tuple[str, dict[str, Any]]]:
    return [
        (item["code"], fix)
        for item in played.document["diagnostics"]
        for fix in item["fixes"]
        if fix["applicability"] == "safe"
    ]


def _check_promises(scenario: Scenario, words: list[str], played: Played, home: Path) -> None:
    for code, fix in _safe(played):
        assert fix["command"] or fix["edit"], fix
        if fix["edit"]:
            apply_edit(fix["edit"])
        again = shlex.split(fix["command"])[1:] if fix["command"] else words
        mended = play_in(scenario, again, home)
        assert code not in mended.codes(), (fix, mended.document["diagnostics"])
        others = [item for item in played.roots if item["severity"] == "error" and item["code"] != code]
        assert mended.status == 0 or others, (fix, mended.document["diagnostics"])
        for path, content in scenario.home.items():
            (home / path).write_bytes(content.render())


def apply_edit(edit: dict[str, str]) -> None:
    """Apply an edit as a user would."""
    program = shutil.which("patch")
    assert program, "patch is needed to apply an edit as a user would"
    done = subprocess.run(
        [program, "--force", edit["file"]], input=edit["patch"].encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout, edit)
