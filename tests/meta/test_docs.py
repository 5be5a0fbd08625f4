"""README and docs: their links lead somewhere, and every command line of capyctl in them is one (style C10)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from capyctl.cli.command_table import COMMANDS
from capyctl.cli.help_text import STATUS_MEANINGS
from capyctl.cli.run import Run
from capyctl.cli.session import execute
from capyctl.core.codes import ALL_CODES
from capyctl.core.exit_status import ExitStatus
from docs.generate import pages as reference_pages
from tests.meta.doc_pages import ROOT, calls_of_capyctl, command_lines, pages

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_REASON = re.compile(r"\bW-\d+\b|\bF\d\d\b|cluster-api#\d+")
_CODE = re.compile(r"\bCAPY\d{4}\b")
_REGISTRY_HOSTS = ("pypi.org", "files.pythonhosted", "registry.npmjs", "crates.io")
PAGES = pages()


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors that a forge gives the headings of a page."""
    titles = _HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_internal_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    lost = []
    for link in _LINK.findall(text):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_command_line_of_capyctl_can_be_parsed(page: Path) -> None:
    refused = []
    for line in command_lines(page):
        for words in calls_of_capyctl(line):
            reason = refusal(words)
            if reason is not None:
                refused.append(f"{line}: {reason}")
    assert not refused


def refusal(words: list[str]) -> str | None:
    """What the command line of capyctl has against these words; placeholders such as REF are words too."""
    plain = [word for word in words if word not in {"…", "..."}]
    if not plain or plain[0].startswith(("-", "__")):
        return None
    known = max((each for each in COMMANDS if list(each) == plain[: len(each)]), key=len, default=None)
    if known is None:
        is_group = any(each[0] == plain[0] for each in COMMANDS)
        return None if is_group and len(plain) == 1 else f"{plain[0]} is no command"
    argv = (*known, "--help", *plain[len(known) :])
    outcome = execute(Run(argv=argv, environ={}))
    return outcome.diagnostics[0].detail if outcome.diagnostics else None


def test_a_command_line_that_capyctl_refuses_is_found_out() -> None:
    assert refusal(["resolve", "aws", "--offline"]) is None
    assert refusal(["resolve", "aws", "--ofline"])
    assert refusal(["resolv", "aws"])
    assert refusal(["generate", "cluster", "x"])


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_codes_that_are_named_exist(page: Path) -> None:
    assert not set(_CODE.findall(page.read_text("utf-8"))) - {code.code for code in ALL_CODES}


@pytest.mark.parametrize("name", sorted(reference_pages()))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / "reference" / name).read_text("utf-8") == reference_pages()[name], (
        "run: nox -s docs"
    )


def test_every_page_can_be_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in _LINK.findall(index)}
    assert (
        not {page for page in PAGES if page.is_relative_to(ROOT / "docs")}
        - linked
        - {ROOT / "docs" / "index.md"}
    )


def test_each_listed_difference_has_its_reason_on_the_compatibility_page() -> None:
    listed = yaml.safe_load((ROOT / "fixtures" / "differential" / "divergences.yaml").read_text("utf-8"))
    reasons = " ".join(row["reason"] for row in listed.values())
    told = set(_REASON.findall((ROOT / "docs" / "compatibility.md").read_text("utf-8")))
    assert set(_REASON.findall(reasons)) <= told


def test_the_readme_is_short_and_names_every_command_and_status() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) < 200
    assert not [words for words in COMMANDS if " ".join(words) not in text and words[-1] not in text]
    for status, meaning in STATUS_MEANINGS.items():
        assert f"| {status} | {meaning} |" in text


def test_every_status_has_its_meaning_and_its_place_in_the_order_of_the_page() -> None:
    told = {int(number) for row in STATUS_MEANINGS for number in row.split(", ")}
    assert told == {int(status) for status in ExitStatus}
    page = (ROOT / "docs" / "reference" / "exit-status.md").read_text("utf-8")
    assert "the first of 70, 130, 4, 2, 1, 3, 0 that applies" in page  # cli.md 3


def test_ci_runs_the_readme_s_test_command_word_for_word() -> None:
    command = "python3 -m venv .venv && .venv/bin/pip install -q nox && .venv/bin/nox"
    assert command in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert command in (ROOT / "README.md").read_text("utf-8").splitlines()


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_page_names_a_package_registry_s_host(page: Path) -> None:
    assert not [host for host in _REGISTRY_HOSTS if host in page.read_text("utf-8")]
