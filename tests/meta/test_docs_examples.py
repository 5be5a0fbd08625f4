"""What README and docs show is what really comes out: every marked block is run and compared.

``<!-- output: lab SCENARIO -->`` runs the block's commands in that world, ``<!-- output: offline -->`` in an empty
home; a line ``[...]`` stands for lines left out. Python blocks of a page run one after the other.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from capyctl.lab.run import run_in_lab
from capyctl.lab.scenario import load_scenario
from tests.meta.doc_pages import ROOT, Block, blocks, pages
from tests.plugins.real_parts import find_clusterctl

_LEFT_OUT = "[...]"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_VARIABLE = re.compile(r"([A-Z_]+)=(\S*)\Z")
_ALL = [block for page in pages() for block in blocks(page)]
SHOWN = [block for block in _ALL if block.marker.startswith("output: ")]
PYTHON = sorted({block.page for block in _ALL if block.language == "python"})


def commands(block: Block) -> list[tuple[str, list[str]]]:
    """Each command of a console block with the lines shown under it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return found


def parted(line: str) -> tuple[dict[str, str], list[str]]:
    """The variables before a command, and the command; of several joined by && the last one."""
    words = shlex.split(line.rpartition("&& ")[2])
    variables = {}
    while words and (match := _VARIABLE.match(words[0])):
        variables[match[1]] = match[2]
        words.pop(0)
    program = words[0].rpartition("/")[2]
    if program == "clusterctl":
        return variables, [str(find_clusterctl("v1.10.1").path), *words[1:]]
    assert program == "capyctl"
    return variables, [sys.executable, "-m", "capyctl", *words[1:]]


def environment(home: Path, variables: dict[str, str]) -> dict[str, str]:
    base = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    return base | variables


def output(marker: str, line: str, home: Path) -> list[str]:
    """What a command prints: stdout, then stderr, as on a terminal."""
    variables, words = parted(line)
    kind, _, name = marker.removeprefix("output: ").partition(" ")
    if kind == "lab":
        scenario = load_scenario(name)
        scenario = replace(scenario, environment={**scenario.environment, **variables})
        done = run_in_lab(scenario, words, environment=environment(home, {}), capture=True)
        return (done.stdout + done.stderr).splitlines()
    assert kind == "offline"
    ended = subprocess.run(
        words, env=environment(home, variables), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return (ended.stdout + ended.stderr).splitlines()


def fits(shown: list[str], printed: list[str]) -> bool:
    """Whether the shown lines are the printed ones; a left-out mark stands for any number of them."""
    if not shown:
        return not printed
    if shown[0] == _LEFT_OUT:
        return any(fits(shown[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and same(shown[0], printed[0]) and fits(shown[1:], printed[1:])


def same(shown: str, printed: str) -> bool:
    return _TIME.sub("TIME", shown.rstrip()) == _TIME.sub("TIME", printed.rstrip())


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.title)
def test_a_block_shows_what_comes_out(block: Block, tmp_path: Path) -> None:
    for line, shown in commands(block):
        printed = output(block.marker, line, tmp_path)
        assert fits(shown, printed), "\n".join([line, *printed])


def test_a_block_that_differs_is_found_out() -> None:
    printed = ["one", "two", "at 2026-01-01T00:00:00Z", "four"]
    assert fits(["one", _LEFT_OUT, "at 2027-02-02T00:00:00Z", _LEFT_OUT], printed)
    assert not fits(["one", "two", "four"], printed)
    assert not fits(["one", _LEFT_OUT, "three", _LEFT_OUT], printed)
    assert not fits(["one"], printed)


def test_the_readme_opens_with_both_programs_and_the_offline_plan() -> None:
    markers = [block.marker for block in SHOWN if block.page.name == "README.md"]
    assert markers == ["output: lab renamed-repository-goproxy-off"] * 3 + ["output: offline"]


@pytest.mark.parametrize("page", PYTHON, ids=lambda page: page.name)
def test_the_python_examples_of_a_page_run_offline_and_print_what_they_say(
    page: Path, tmp_path: Path
) -> None:
    examples = [block for block in blocks(page) if block.language == "python"]
    code = "".join(block.text for block in examples)
    expected = re.findall(r"# prints (.*)", code)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _WITHOUT_NETWORK + code],
        env=environment(tmp_path, {}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == expected


_WITHOUT_NETWORK = """
import socket
def _refuse(*_, **__):
    raise AssertionError("an example opened a socket")
socket.socket.connect = _refuse
socket.getaddrinfo = _refuse
"""
