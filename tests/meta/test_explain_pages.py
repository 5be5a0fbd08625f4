"""The explain pages: one for every code, alike in form, and found from what users paste.

The symptom lines are quotations of the failure catalogue and of Appendix A of the resolution reference.
A pattern is searched anywhere in a line, letter case aside; pages of lower rank come first.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from capyctl.core.codes import ALL_CODES, Code

_PAGES = Path(__file__).resolve().parents[2] / "capyctl" / "app" / "explain"
_FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "explain"
_HEADINGS = (
    "## What it means",
    "## Why it matters",
    "## How to confirm",
    "## How to fix",
    "## When it is fine",
)
_KEYS = {"code", "name", "cases", "since", "state", "match", "rank"}
_DEFAULT_RANK = 100
_OF_A_CLUSTER = ("F60", "F61", "F62", "F63", "F64", "F65", "F66", "F73", "F74", "F75")
"""Cases of a management cluster that have a code by now (issue 4)."""
_OF_VERSIONS = ("F67", "F68", "F69", "F70")
"""Cases of Kubernetes versions that drift (issue 6)."""
_CASES = [
    *(f"F{number:02}" for number in range(1, 59)),
    *_OF_A_CLUSTER,
    *_OF_VERSIONS,
    "F71",
    "F72",
]
_COMMANDS = {
    "resolve", "versions", "diagnose-provider", "config", "generate", "init", "lint-provider", "lab",
    "explain", "schema", "version", "completion", "--help", "cluster", "describe", "get", "upgrade", "delete", "cache",
    "replay", "kubernetes-version",
    "lock", "bundle",
}  # fmt: skip
_LATER_OPTIONS = ("CAPYCTL_GOPROXY_OFF",)


@functools.cache
def _split(code: str) -> tuple[dict[str, Any], str]:
    _, front, body = (_PAGES / f"{code}.md").read_text(encoding="utf-8").split("---\n", 2)
    loaded = yaml.safe_load(front)
    assert isinstance(loaded, dict)
    return loaded, body


def _found(line: str) -> list[str]:
    hits: list[tuple[int, str]] = []
    for page in _PAGES.glob("*.md"):
        front, _ = _split(page.stem)
        if any(re.search(pattern, line, re.IGNORECASE) for pattern in front["match"]):
            hits.append((front.get("rank", _DEFAULT_RANK), page.stem))
    return [code for _, code in sorted(hits)]


def test_there_is_exactly_one_page_for_each_code() -> None:
    assert sorted(path.name for path in _PAGES.glob("*")) == [f"{code.code}.md" for code in ALL_CODES]


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_says_what_the_registry_says(code: Code) -> None:
    front, body = _split(code.code)
    assert set(front) <= _KEYS
    assert (front["code"], front["name"]) == (code.code, code.name)
    assert (front["since"], front["state"]) == (code.since, code.state)
    assert tuple(front["cases"]) == code.cases
    assert body.strip().splitlines()[0] == f"# {code.name}"


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_has_the_fixed_headings_in_order_and_text_under_each(code: Code) -> None:
    _, body = _split(code.code)
    assert tuple(line for line in body.splitlines() if line.startswith("## ")) == _HEADINGS
    sections = re.split(r"^## .*$", body, flags=re.MULTILINE)[1:]
    assert all(section.strip() for section in sections)
    how_to_fix = sections[_HEADINGS.index("## How to fix")]
    assert 0 <= how_to_fix.find("**Users.**") < how_to_fix.find("**Provider authors.**")


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_is_short_and_its_patterns_compile(code: Code) -> None:
    front, body = _split(code.code)
    assert len(body.splitlines()) <= 60
    assert max(len(line) for line in body.splitlines()) <= 120
    assert isinstance(front.get("rank", _DEFAULT_RANK), int)
    for pattern in front["match"]:
        assert not re.compile(pattern).match("")


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_names_only_commands_that_exist(code: Code) -> None:
    _, body = _split(code.code)
    for words in re.findall(r"^ {4}.*?\bcapyctl ([a-z-]+)", body, flags=re.MULTILINE):
        assert words in _COMMANDS
    assert not [option for option in _LATER_OPTIONS if option in body]


def _pairs(name: str) -> list[tuple[str, str]]:
    lines = (_FIXTURES / name).read_text(encoding="utf-8").splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if not line.startswith("#")]


_SYMPTOMS = _pairs("symptoms.txt")


@pytest.mark.parametrize(("case", "line"), _SYMPTOMS)
def test_a_quoted_symptom_finds_a_code_of_its_case(case: str, line: str) -> None:
    serving = {code.code for code in ALL_CODES if case in code.cases}
    assert serving & set(_found(line))


def test_every_case_of_this_stage_has_a_symptom_and_a_code() -> None:
    assert {case for case, _ in _SYMPTOMS} == set(_CASES)
    assert {case for code in ALL_CODES for case in code.cases} == set(_CASES)


@pytest.mark.parametrize(("code", "line"), _pairs("first.txt"))
def test_the_likeliest_code_of_an_appendix_a_fragment_comes_first(code: str, line: str) -> None:
    assert _found(line)[0] == code


def test_a_line_of_nothing_known_finds_nothing() -> None:
    assert _found("everything is up and running") == []


def test_the_namespace_message_leads_to_the_rename_and_then_to_the_components() -> None:
    assert {"CAPY0205", "CAPY0605", "CAPY0208"} <= set(_found("target namespace can't be defaulted"))
