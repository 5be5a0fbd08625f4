"""Module paths and globs; expected matches are answers of Go 1.26's ``path.Match`` (run, 2026-11-21)."""

from __future__ import annotations

import pytest

from capyctl.core.module_path import escape_module_path, is_private, major_path, matches_globs


def test_b6_17_capitals_are_escaped() -> None:
    assert escape_module_path("github.com/OpenNebula/x") == "github.com/!open!nebula/x"
    assert escape_module_path("v1.0.0-RC1") == "v1.0.0-!r!c1"


@pytest.mark.parametrize("path", ["", "a b", "a//b", "/a", "a/", "a!b", "a\x00", "é", "a/?x"])
def test_what_is_no_module_path(path: str) -> None:
    with pytest.raises(ValueError, match="is not a module path"):
        escape_module_path(path)


@pytest.mark.parametrize(("major", "suffix"), [(0, ""), (1, ""), (2, "/v2"), (11, "/v11")])
def test_majors(major: int, suffix: str) -> None:
    assert major_path("github.com/o/r", major) == f"github.com/o/r{suffix}"


MODULE = "github.com/acme/capx"


@pytest.mark.parametrize(
    ("globs", "matches"),
    [
        ("github.com/acme", True),
        ("github.com/acme/*", True),
        ("github.com/acme/capx/sub", False),
        ("github.com/a*e", True),
        ("github.com", True),
        ("*.com", True),
        ("*/acme", True),
        ("github.com/?cme/", True),
        ("github.com/[a-c]cme", True),
        ("github.com/[^a-c]cme", False),
        ("github.com/[]a]cme", False),
        (r"github.com/\acme", True),
        ("github.com/[a", False),
        ("none", False),
        ("", False),
        (",,gitlab.com,github.com/acme", True),
        ("GitHub.com", False),
        ("*", True),
        ("**", True),
        ("github.com*", True),
        ("github.com/[z-a]cme", False),
        ("github.com/[^z-a]cme", True),
        ("github.com/[a-]cme", False),
        ("github.com/[-a]cme", False),
        (r"github.com/[\a]cme", True),
        (r"github.com/[a\-c]cme", True),
        ("github.com/acme\\", False),
        ("github.com/[\\", False),
    ],
)
def test_globs_cover_leading_elements(globs: str, matches: bool) -> None:
    assert matches_globs(globs, MODULE) is matches


def test_gonoproxy_wins_over_goprivate_when_set() -> None:
    assert is_private(MODULE, (None, "github.com/acme"))
    assert is_private(MODULE, ("", "github.com/acme"))
    assert not is_private(MODULE, ("none", "github.com/acme"))
    assert not is_private(MODULE, (None, None))
