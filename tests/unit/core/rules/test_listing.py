"""Lists of one repository compared (F31, F34)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.diagnostics import Confidence, Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.rules.listing import hidden_by_proxy, latest_differs, newest
from capyctl.core.version import parse_version
from capyctl.core.version_constraint import parse_constraint

PROXY = "goproxy:proxy.golang.org"


def test_the_newest_is_stable_where_anything_is() -> None:
    best = newest(["v1.0.0", "v2.0.0-rc.1", "junk"])
    assert best is not None
    assert best.tag == "v1.0.0"
    assert newest(["junk"]) is None


def test_a_hidden_major_is_explained_by_its_module_path() -> None:
    found = hidden_by_proxy("l", {PROXY: ["v1.10.6"]}, ["v2.0.1", "v1.10.6"], ())
    assert found is not None
    assert (found.code, found.severity) == (codes.PROXY_HIDES_VERSION, Severity.WARNING)
    assert found.subject.version == "v2.0.1"
    assert "v1.10.6" in found.detail
    assert "/v2" in found.detail


@pytest.mark.parametrize(
    ("listed", "released"), [("v1.0.0", "v1.1.0"), ("v0.9.0", "v1.0.0")], ids=["minor", "first major"]
)
def test_a_new_version_is_explained_by_delay(listed: str, released: str) -> None:
    found = hidden_by_proxy("l", {PROXY: [listed]}, [released], ())
    assert found is not None
    assert "delay" in found.detail


def answer(url: str, question: Question, as_of: str | None) -> Evidence:
    route = "cache" if as_of is not None else "github-download"
    return Evidence(route=route, question=question, outcome=Outcome.FOUND, url=url, as_of=as_of)


KEPT_LIST = answer(
    "https://proxy.golang.org/github.com/a/b/@v/list", Question.VERSIONS, "2026-11-01T08:00:00Z"
)
FILE = "https://github.com/a/b/releases/download/v1.1.0/metadata.yaml"


@pytest.mark.parametrize(
    ("as_of", "known"),
    [("2026-11-02T08:00:00Z", "since 2026-11-02T08:00:00Z"), (None, "from this run")],
)
def test_a_kept_list_accuses_nobody_and_both_times_are_given(as_of: str | None, known: str) -> None:
    older = answer("https://api.github.com/repos/a/b/releases", Question.VERSIONS, "2026-11-01T08:00:01Z")
    asked = (KEPT_LIST, older, answer(FILE, Question.FILE, as_of))
    found = hidden_by_proxy("l", {PROXY: ["v1.0.0"]}, ["v1.1.0"], (KEPT_LIST,), asked)
    assert found is not None
    assert (found.severity, found.confidence) == (Severity.NOTE, Confidence.POSSIBLE)
    assert f"of {KEPT_LIST.as_of}, " in found.detail
    assert known in found.detail


@pytest.mark.parametrize(
    ("tags", "released"),
    [
        ({PROXY: ["v1.0.0"]}, ["v1.0.0"]),
        ({PROXY: ["v1.1.0"]}, ["v1.0.0"]),
        ({PROXY: []}, ["v1.0.0"]),
        ({"github-api": ["v1.0.0"]}, ["v2.0.0"]),
        ({PROXY: ["junk"]}, ["v1.0.0"]),
        ({PROXY: ["v1.0.0"]}, []),
        ({PROXY: ["v1.0.0"]}, ["v2.0.0-rc.1"]),
    ],
)
def test_no_word_where_nothing_is_hidden(tags: dict[str, list[str]], released: list[str]) -> None:
    assert hidden_by_proxy("l", tags, released, ()) is None


@pytest.mark.parametrize(
    ("latest", "chosen", "said"),
    [
        ("v1.0.9", "v1.1.0", True),
        ("v1.1.0", "v1.1.0", False),
        ("v1.2.0", "v1.1.0", False),
        (None, "v1.1.0", False),
        ("junk", "v1.1.0", False),
        ("v1.0.9", None, False),
    ],
)
def test_another_latest(latest: str | None, chosen: str | None, said: bool) -> None:
    version = parse_version(chosen) if chosen is not None else None
    found = latest_differs("l", latest, version, ())
    assert (found is not None) is said
    if found is not None:
        assert (found.code, found.severity) == (codes.SOURCES_DISAGREE, Severity.NOTE)


@pytest.mark.parametrize(
    ("constraint", "said"), [("1.0", False), ("1.1", False), ("<2", True), (">=1.0", True)]
)
def test_a_latest_that_the_constraint_rules_out_is_not_compared(constraint: str, said: bool) -> None:
    """v1.0.9 was no candidate under the first two, so that no order decided between it and what was chosen."""
    latest = {"1.0": "v0.9.0"}.get(constraint, "v1.0.9")
    chosen = {"1.0": "v1.0.9"}.get(constraint, "v1.1.0")
    found = latest_differs("l", latest, parse_version(chosen), (), parse_constraint(constraint))
    assert (found is not None) is said


def test_a_latest_that_is_a_pre_release_is_not_called_older() -> None:
    found = latest_differs("l", "v1.4.0-rc.0", parse_version("v1.3.0"), ())
    assert found is not None
    assert "newer" not in found.detail
    assert "pre-release" in found.detail
    older = latest_differs("l", "v1.4.0-rc.0", parse_version("v1.4.0-rc.1"), ())
    assert older is not None
    assert "v1.4.0-rc.1 is newer" in older.detail
