"""The wheel installed alone does the main job, without a network and without anything it does not declare."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Installed

ROOT = Path(__file__).resolve().parents[2]
_DEAD_PROXY = "http://127.0.0.1:9"
_NOWHERE = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), _DEAD_PROXY)


def readme_command() -> list[str]:
    """The words after ``capyctl`` of the README's first command."""
    line = next(
        line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if "pip install -q . &&" in line
    )
    return line.rpartition(".venv/bin/capyctl ")[2].split()


def without_network() -> tuple[str, ...]:
    """A wrapper that takes the network away, where this machine permits that."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    wrapper = (unshare, "--map-root-user", "--net")
    allowed = subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode == 0
    return wrapper if allowed else ()


def test_the_readme_s_command_shows_the_plan_without_a_network(installed: Installed) -> None:
    done = installed("capyctl", *readme_command(), wrapper=without_network(), **_NOWHERE)
    assert done.returncode == 0
    text = (ROOT / "README.md").read_text("utf-8")
    shown = re.search(r"--dry-run --offline\n(Plan for .*?)\[\.\.\.\]", text, re.DOTALL)
    assert shown is not None
    assert done.stdout == shown[1]


@pytest.mark.parametrize(
    "words",
    [
        ("resolve", "infrastructure-aws"),
        ("versions", "infrastructure-aws"),
        ("diagnose-provider", "infrastructure-aws"),
    ],
)
def test_the_first_minute_works_without_a_network(installed: Installed, words: tuple[str, ...]) -> None:
    done = installed("capyctl", *words, "--offline", "-o", "json", wrapper=without_network(), **_NOWHERE)
    document = json.loads(done.stdout)
    assert (done.returncode, document["status"], done.stderr) == (0, "done", "")


def test_version_names_the_snapshot_s_day(installed: Installed) -> None:
    done = installed("capyctl", "version", "-o", "json")
    assert done.returncode == 0
    result = json.loads(done.stdout)["result"]
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", result["version"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", result["snapshot"])


def test_it_can_be_run_as_a_module(installed: Installed) -> None:
    by_module, by_name = installed("python", "-m", "capyctl", "--help"), installed("capyctl", "--help")
    assert (by_module.returncode, by_module.stderr) == (0, "")
    assert by_module.stdout == by_name.stdout
    assert by_module.stdout.startswith("Usage: capyctl ")


@pytest.mark.parametrize("module", ["click", "pytest", "tests", "trustme"])
def test_what_is_not_declared_is_not_there(installed: Installed, module: str) -> None:
    done = installed("python", "-c", f"import {module}")
    assert "ModuleNotFoundError" in done.stderr


def test_the_lab_says_which_extra_it_needs(installed: Installed) -> None:
    done = installed("capyctl", "lab", "run", "sound", "--", "true")
    assert done.returncode == 1
    assert "CAPY1203" in done.stderr
    assert "pip install 'capyctl[lab]'" in done.stderr
    listed = installed("capyctl", "lab", "list", "-o", "json")
    assert len(json.loads(listed.stdout)["result"]["scenarios"]) > 80


def test_the_library_is_typed_and_answers(installed: Installed) -> None:
    code = "import capyctl; print(capyctl.resolve('infrastructure-aws', offline=True).providers[0].version)"
    done = installed("python", "-W", "error", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("v")


def test_the_environment_is_consistent(installed: Installed) -> None:
    done = installed("python", "-m", "pip", "check")
    assert done.returncode == 0, done.stdout
