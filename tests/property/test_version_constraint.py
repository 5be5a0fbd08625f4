"""Constraints agree with the semver library's own comparisons, and any text is a constraint or refused."""

from __future__ import annotations

import semver
from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.version import parse_version
from capyctl.core.version_constraint import ConstraintError, parse_constraint

NUMBERS = st.integers(min_value=0, max_value=4)
STABLE = st.builds(lambda *numbers: ".".join(map(str, numbers)), NUMBERS, NUMBERS, NUMBERS)
VERSIONS = st.builds(lambda stable, pre: stable + pre, STABLE, st.sampled_from(["", "-rc.0", "-rc.1", "-a"]))


@given(st.text(alphabet="v0123456789.<>=~, -rcx", max_size=30))
def test_any_text_is_a_constraint_or_refused(text: str) -> None:
    try:
        constraint = parse_constraint(text)
    except ConstraintError as error:
        column = error.column
    else:
        column = 1
        assert parse_constraint(constraint.text) == constraint
    assert 1 <= column <= len(text) + 1


@given(st.sampled_from([">=", "<=", ">", "="]), VERSIONS, VERSIONS)
def test_a_whole_version_is_compared_as_semver_does(operator: str, bound: str, tag: str) -> None:
    found = parse_version(tag)
    assert found is not None
    library = semver.Version.parse(tag).match(f"{'==' if operator == '=' else operator}{bound}")
    assert parse_constraint(f"{operator}{bound}").admits(found) == library


@given(STABLE, VERSIONS)
def test_below_a_release_is_below_its_pre_releases_too(bound: str, tag: str) -> None:
    found = parse_version(tag)
    assert found is not None
    one, other = semver.Version.parse(tag), semver.Version.parse(bound)
    below = one.finalize_version().compare(other) < 0
    assert parse_constraint(f"<{bound}").admits(found) == below


@given(NUMBERS, NUMBERS, VERSIONS)
def test_the_beginning_of_a_version_stands_for_all_that_begin_so(major: int, minor: int, tag: str) -> None:
    found = parse_version(tag)
    assert found is not None
    begins = tag.startswith(f"{major}.{minor}.")
    assert parse_constraint(f"{major}.{minor}").admits(found) == begins
    assert parse_constraint(f"~{major}.{minor}").admits(found) == begins
