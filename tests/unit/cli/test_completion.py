from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from capyctl.cli.completion import FILES, CompletionTable, answer, complete
from capyctl.cli.completion_scripts import SCRIPTS
from capyctl.cli.packaged import packaged_text

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Capyctl

TABLE = CompletionTable(packaged_text("completion.txt"))


def values(line: str) -> list[str]:
    *before, word = line.split(" ")
    return [value for value, _ in complete(TABLE, before, word)]


def test_the_first_word_is_a_command_or_a_group() -> None:
    assert values("exp") == ["explain"]
    assert {"config", "lab", "version", "schema", "completion"} <= set(values(""))


def test_the_second_word_of_a_group() -> None:
    assert values("config ") == ["repositories", "provider", "view"]
    assert values("-o json lab r") == ["run"]


def test_options_of_a_command_and_of_every_command() -> None:
    assert "--match" in values("explain --")
    assert "--offline" in values("explain --off")
    assert "--match" not in values("version --")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("explain -o ", ["text", "json"]),
        ("explain --output=j", ["--output=json"]),
        ("explain --color a", ["auto", "always"]),
        ("completion p", ["powershell"]),
        ("explain --config ", [FILES]),
        ("lab run x -- something ", [FILES]),
    ],
)
def test_values_of_options(line: str, expected: list[str]) -> None:
    assert values(line) == expected


def test_provider_names_after_their_flag_and_labels_as_words() -> None:
    assert values("config provider -b k0s") == ["k0sproject-k0smotron"]
    assert values("config provider --bootstrap kubeadm,k0s") == ["kubeadm,k0sproject-k0smotron"]
    assert values("config provider infrastructure-vsp") == ["infrastructure-vsphere"]
    assert "cluster-api" in values("config provider cl")


def test_scenarios_of_the_lab_are_known() -> None:
    assert values("lab run renamed-repository-") == ["renamed-repository-goproxy-off"]


def test_codes_are_known() -> None:
    assert values("explain CAPY0205") == ["CAPY0205"]


def test_help_stands_behind_a_tab_where_a_shell_shows_it() -> None:
    assert answer("bash", ["expla"]) == "explain\n"
    assert answer("fish", ["expla"]).startswith("explain\tSay what")


def test_nothing_fits_is_nothing_answered(capyctl: Capyctl) -> None:
    ended = capyctl("__complete", "bash", "zzz")
    assert (ended.status, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_itself_completes_with_the_script(capyctl: Capyctl, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "capyctl"
    program.write_text(f'#!/bin/sh\nexec {capyctl.command()[0]} -m capyctl "$@"\n')
    program.chmod(0o755)
    script = (
        SCRIPTS["bash"]
        + "\nCOMP_WORDS=(capyctl config provider -b k0s); COMP_CWORD=4; _capyctl; "
        + 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    environment = capyctl.environment(PATH=f"{folder}:/usr/bin:/bin")
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "k0sproject-k0smotron\n"


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_a_script_is_accepted_by_its_shell(shell: str) -> None:
    program = shutil.which({"powershell": "pwsh"}.get(shell, shell))
    if program is None or shell == "powershell":
        pytest.skip(f"{shell} is not installed")
    flag = "--no-execute" if shell == "fish" else "-n"
    subprocess.run([program, flag], input=SCRIPTS[shell], text=True, check=True)
