from __future__ import annotations

from pathlib import Path

import pytest

from capyctl.app.explain import find_code, match_text, page_of
from capyctl.core import codes

_FIRST = Path(__file__).resolve().parents[3] / "fixtures" / "explain" / "first.txt"
_LINES = [line for line in _FIRST.read_text("utf-8").splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("wanted", ["CAPY0205", "capy0205", "0205", "repository-renamed", " CAPY0205 "])
def test_a_code_is_found_by_number_and_by_name(wanted: str) -> None:
    assert find_code(wanted) is codes.REPOSITORY_RENAMED


@pytest.mark.parametrize("wanted", ["", "CAPY", "CAPY9999", "205", "renamed", "../CAPY0205"])
def test_anything_else_is_no_code(wanted: str) -> None:
    assert find_code(wanted) is None


@pytest.mark.parametrize("line", _LINES)
def test_the_first_code_for_a_message_of_clusterctl_is_the_expected_one(line: str) -> None:
    """Appendix A of the resolution reference, as the fixture states it."""
    code, _, message = line.partition(" ")
    assert match_text(f"some log line\n{message}\nanother one")[0].code.code == code


def test_text_that_no_page_knows_matches_nothing() -> None:
    assert match_text("all is well\n" * 10_000) == ()
    assert match_text("") == ()


def test_a_line_of_ten_megabytes_is_looked_at_only_in_part() -> None:
    assert match_text("x" * 10_000_000 + "target namespace can't be defaulted") == ()
    assert match_text("target namespace can't be defaulted" + "x" * 10_000_000)


def test_a_page_begins_with_its_first_heading() -> None:
    assert page_of(codes.REPOSITORY_RENAMED).text.startswith("## What it means\n")
