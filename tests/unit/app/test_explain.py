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


@pytest.mark.parametrize(
    ("wanted", "detected", "way_out"),
    [("v1beta2", "v1beta1", "clusterctl of the cluster's own age"), ("v1beta1", "v1beta2", "v1.11 or later")],
)
def test_a_clusterctl_of_another_contract_is_explained_either_way(
    wanted: str, detected: str, way_out: str
) -> None:
    """The words are those of clusterctl v1.13.6 and v1.10.1 (clusterctl-cluster, the table of describe's errors)."""
    said = f'could be used only with "{wanted}" management clusters, "{detected}" detected'
    (found,) = match_text(f"Error: this version of clusterctl {said}")
    assert found.code is codes.CLUSTER_CONTRACT_OLDER
    assert way_out in page_of(found.code).text


def test_text_that_no_page_knows_matches_nothing() -> None:
    assert match_text("all is well\n" * 10_000) == ()
    assert match_text("") == ()


def test_a_line_of_ten_megabytes_is_looked_at_only_in_part() -> None:
    assert match_text("x" * 10_000_000 + "target namespace can't be defaulted") == ()
    assert match_text("target namespace can't be defaulted" + "x" * 10_000_000)


def test_a_page_begins_with_its_first_heading() -> None:
    assert page_of(codes.REPOSITORY_RENAMED).text.startswith("## What it means\n")
