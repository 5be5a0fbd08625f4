"""The table made at build time is what the command itself prints, and stands aside for any configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from capyctl.cli.plain_table import SHADOWING, plain_table
from capyctl.config.sections import SHADOWING as CONFIGURED_SHADOWING

FORMS = [(), ("-o", "text"), ("-o", "json"), ("-o", "yaml")]
_PROBE = (
    "import sys; sys.argv[0] = 'capyctl'; from capyctl.cli.main import quick_answer; "
    "print(quick_answer(sys.argv[1:]) is not None)"
)


def environment(home: Path, **variables: str) -> dict[str, str]:
    return {"HOME": str(home), "LC_ALL": "C.UTF-8"} | variables


def run(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=True,
    )


def is_quick(home: Path, *options: str, **variables: str) -> bool:
    return run(home, "-c", _PROBE, "config", "repositories", *options, **variables).stdout == "True\n"


@pytest.mark.parametrize("options", FORMS, ids=" ".join)
def test_both_ways_print_the_same(tmp_path: Path, options: tuple[str, ...]) -> None:
    words = ("-m", "capyctl", "config", "repositories", *options)
    assert is_quick(tmp_path, *options)
    assert not is_quick(tmp_path, *options, "--color", "never")
    quick, whole = run(tmp_path, *words), run(tmp_path, *words, "--color", "never")
    assert (quick.stdout, quick.stderr) == (whole.stdout, whole.stderr)


def test_a_user_s_entry_is_seen_wherever_clusterctl_looks(tmp_path: Path) -> None:
    folder = tmp_path / ".cluster-api"
    folder.mkdir()
    entry = {
        "name": "mine",
        "type": "InfrastructureProvider",
        "url": "https://github.com/a/b/releases/latest/c.yaml",
    }
    (folder / "clusterctl.json").write_text(json.dumps({"providers": [entry]}))
    assert not is_quick(tmp_path)
    document = json.loads(run(tmp_path, "-m", "capyctl", "config", "repositories", "-o", "json").stdout)
    assert "infrastructure-mine" in [each["provider"] for each in document["result"]["providers"]]


@pytest.mark.parametrize("variable", [*sorted(SHADOWING), "CAPYCTL_PROVIDERS", "CAPYCTL_OUTPUT"])
def test_any_variable_that_matters_leads_to_the_command_itself(tmp_path: Path, variable: str) -> None:
    assert not is_quick(tmp_path, **{variable: "json"})


def test_the_variables_are_those_that_the_configuration_warns_about() -> None:
    assert set(CONFIGURED_SHADOWING) == SHADOWING


def test_a_form_that_nobody_has_is_left_to_the_command() -> None:
    assert plain_table(["-o", "xml"]) is None
