"""Constraints of a spec file: which versions meet them, which come nearest, and what is no constraint."""

from __future__ import annotations

import pytest

from capyctl.core.requirement import Requirement, asked_for, parse_requirement
from capyctl.core.version import ProviderVersion, parse_version
from capyctl.core.version_constraint import ConstraintError, parse_constraint

KNOWN = [
    "v1.9.0",
    "v2.0.0-rc.0",
    "v2.0.0",
    "v2.7.3",
    "v2.8.0-rc.1",
    "v2.8.0",
    "v2.8.1-rc.0",
    "v2.8.1",
    "v2.8.2",
    "v2.9.0-rc.0",
    "v2.9.0",
    "v2.9.1",
    "v2.10.0",
    "v3.0.0-rc.1",
    "v3.0.0",
]


def version(tag: str) -> ProviderVersion:
    found = parse_version(tag)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "admitted"),
    [
        ("v2.9.1", "v2.9.1"),
        ("2.9.1", "v2.9.1"),
        ("=2.9.1", "v2.9.1"),
        ("2.8", "v2.8.0-rc.1 v2.8.0 v2.8.1-rc.0 v2.8.1 v2.8.2"),
        ("v2.8", "v2.8.0-rc.1 v2.8.0 v2.8.1-rc.0 v2.8.1 v2.8.2"),
        ("~2.8", "v2.8.0-rc.1 v2.8.0 v2.8.1-rc.0 v2.8.1 v2.8.2"),
        ("~2.8.1", "v2.8.1 v2.8.2"),
        ("~2.8.1-rc.0", "v2.8.1-rc.0 v2.8.1 v2.8.2"),
        ("1", "v1.9.0"),
        (">=2.8 <3", "v2.8.0 v2.8.1-rc.0 v2.8.1 v2.8.2 v2.9.0-rc.0 v2.9.0 v2.9.1 v2.10.0"),
        (">=2.8, <3", "v2.8.0 v2.8.1-rc.0 v2.8.1 v2.8.2 v2.9.0-rc.0 v2.9.0 v2.9.1 v2.10.0"),
        (">= 2.9 < 2.10", "v2.9.0 v2.9.1"),
        (">2.9", "v2.10.0 v3.0.0-rc.1 v3.0.0"),
        (">2.9.1", "v2.10.0 v3.0.0-rc.1 v3.0.0"),
        ("<2.0.0", "v1.9.0"),
        ("<2.0.0-rc.1", "v1.9.0 v2.0.0-rc.0"),
        ("<=2.0.0", "v1.9.0 v2.0.0-rc.0 v2.0.0"),
        ("<=2", " ".join(KNOWN[:-2])),
        (">2", "v3.0.0-rc.1 v3.0.0"),
        ("<2.8 >2.7", ""),
    ],
)
def test_admits(text: str, admitted: str) -> None:
    constraint = parse_constraint(text)
    assert [tag for tag in KNOWN if constraint.admits(version(tag))] == admitted.split()


def test_keeps_what_was_written_with_one_blank_between_terms() -> None:
    assert parse_constraint("  >= 2.8 ,<3 ").text == ">=2.8 <3"


@pytest.mark.parametrize(
    ("text", "exact"),
    [("v2.9.1", "v2.9.1"), ("= 2.9.1", "2.9.1"), ("~2.9.1", None), ("2.9", None), ("2.9.1 <3", None)],
)
def test_one_whole_version_is_a_tag(text: str, exact: str | None) -> None:
    assert parse_constraint(text).exact == exact


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("~2.6", "v2.0.0 v2.7.3"), (">=4", "v3.0.0"), ("<1", "v1.9.0"), (">=2.10.1 <2.11", "v2.10.0 v3.0.0")],
)
def test_names_what_comes_nearest(text: str, nearest: str) -> None:
    stable = [version(tag) for tag in KNOWN if "-" not in tag]
    assert " ".join(each.tag for each in parse_constraint(text).nearest(stable)) == nearest


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ("", "it is empty; leave it out for the newest version", 1),
        (" , ", "it is empty; leave it out for the newest version", 1),
        (">=2.8 <x", "'x' is no version, nor the beginning of one", 8),
        ("latest", "'latest' is no version, nor the beginning of one", 1),
        (
            "^2.8.1",
            "'^2.8.1' is no version, nor the beginning of one; there is no ^ here, write two bounds such as '>=2.8 <3'",
            1,
        ),
        ("2.8.x", "'2.8.x' is no version, nor the beginning of one", 1),
        ("02.8", "'02.8' is no version, nor the beginning of one", 1),
        (
            ">=2.8 <",
            "'<' is no term; there are =, ~, >=, >, <= and < before a version, or a version alone",
            7,
        ),
        (
            ">=<3",
            "'>=<3' is no term; there are =, ~, >=, >, <= and < before a version, or a version alone",
            1,
        ),
        (" " * 300, "a constraint has at most 256 characters", 1),
    ],
)
def test_says_what_is_no_constraint(text: str, reason: str, column: int) -> None:
    with pytest.raises(ConstraintError) as caught:
        parse_constraint(text)
    assert (caught.value.reason, caught.value.column) == (reason, column)


def test_a_requirement_reads_as_it_was_kept() -> None:
    kept = Requirement(
        constraint=parse_constraint(">=2.8 <3"), contract="v1beta1", allow_prerelease=True
    ).text
    assert kept == ">=2.8 <3 contract=v1beta1 prereleases"
    assert parse_requirement(kept) == Requirement(
        constraint=parse_constraint(">=2.8 <3"), contract="v1beta1", allow_prerelease=True
    )


@pytest.mark.parametrize("text", [None, "v2.9.1", "latest", "~2.8.1", "contract=v1beta1", "prereleases"])
def test_every_kind_of_requirement_reads_as_it_was_kept(text: str | None) -> None:
    assert parse_requirement(text).text == text


def test_a_tag_is_no_constraint_and_a_newer_one_no_change() -> None:
    assert asked_for("v2.9.1").is_pinned
    assert not asked_for("latest").is_pinned
    assert not asked_for("2.9").is_pinned
    assert not Requirement().is_pinned


@pytest.mark.parametrize("text", ["contract=beta", ">=2.8 contract=beta", "newest"])
def test_an_edited_requirement_is_refused(text: str) -> None:
    with pytest.raises(ConstraintError):
        parse_requirement(text)


def tags(*names: str) -> tuple[ProviderVersion, ...]:
    return tuple(version(name) for name in names)


def test_without_a_constraint_everything_listed_is_a_candidate() -> None:
    listed = tags("v1.0.0", "v1.1.0-rc.0")
    assert Requirement().candidates(listed) == listed


@pytest.mark.parametrize(
    ("requirement", "listed", "left"),
    [
        (Requirement(constraint=parse_constraint("2")), "v1.0.0 v2.0.0-rc.0", ""),
        (
            Requirement(constraint=parse_constraint("2"), allow_prerelease=True),
            "v1.0.0 v2.0.0-rc.0",
            "v2.0.0-rc.0",
        ),
        (Requirement(constraint=parse_constraint(">=2.0.0-rc.0")), "v1.0.0 v2.0.0-rc.1", "v2.0.0-rc.1"),
        (Requirement(constraint=parse_constraint("2")), "v1.0.0-rc.0 v2.0.0-rc.0", "v2.0.0-rc.0"),
    ],
)
def test_pre_releases_count_when_asked_for_or_when_nothing_else_is_listed(
    requirement: Requirement, listed: str, left: str
) -> None:
    assert [each.tag for each in requirement.candidates(tags(*listed.split()))] == left.split()
