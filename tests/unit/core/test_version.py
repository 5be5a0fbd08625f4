"""Tags and versions: strict SemVer behind an optional ``v``; order as SemVer 2.0.0 section 11 has it."""

from __future__ import annotations

import itertools

import pytest

from capyctl.core.selection import merge_listings
from capyctl.core.version import (
    ProviderVersion,
    in_order_of_choice,
    parse_tag,
    parse_version,
    spellings_of,
)


def version(tag: str) -> ProviderVersion:
    parsed = parse_version(tag)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("tag", "canonical", "pre", "build"),
    [
        ("v1.2.3", "v1.2.3", None, None),
        ("1.0.2", "v1.0.2", None, None),
        ("v0.0.0", "v0.0.0", None, None),
        ("v1.0.0-alpha.1", "v1.0.0-alpha.1", "alpha.1", None),
        ("v1.0.0-0a", "v1.0.0-0a", "0a", None),
        ("v1.0.0--", "v1.0.0--", "-", None),
        ("v1.1.3+d32ac08", "v1.1.3", None, "d32ac08"),
        ("v1.0.0-rc.1+b.01", "v1.0.0-rc.1", "rc.1", "b.01"),
        ("v2.0.0+incompatible", "v2.0.0", None, "incompatible"),
    ],
)
def test_versions(tag: str, canonical: str, pre: str | None, build: str | None) -> None:
    parsed = version(tag)
    assert (parsed.tag, str(parsed), parsed.canonical) == (tag, tag, canonical)
    assert (parsed.pre, parsed.build) == (pre, build)
    assert parsed.is_prerelease is (pre is not None)


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "v",
        "v1",
        "v1.2",
        "v1.02.3",
        "v1.2.3.4",
        "V1.2.3",
        "vv1.2.3",
        "api/v1.2.3",
        "v1.2.3-",
        "v1.2.3-01",
        "v1.2.3-a..b",
        "v1.2.3+",
        "v1.2.3+a_b",
        " v1.2.3",
        "v1.2.3\n",
        "v\u0661.2.3",
        "v-1.2.3",
        "v1.2.3-é",
        "v1.2.3-" + "a" * 300,
    ],
)
def test_what_is_no_version(tag: str) -> None:
    assert parse_version(tag) is None


def test_order_of_the_semver_text() -> None:
    ascending = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1-0",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ]
    for lower, higher in itertools.combinations(ascending, 2):
        assert version(lower) < version(higher)
        assert version(f"v{higher}") > version(lower)


@pytest.mark.parametrize(
    ("tag", "series"),
    [("v1.2", (1, 2)), ("1.2", (1, 2)), ("v0.10", (0, 10)), ("v1.2.3", (1, 2)), ("1.2.3-rc.1", (1, 2))],
)
def test_a_release_may_have_a_tag_of_two_numbers(tag: str, series: tuple[int, int]) -> None:
    """W-19: the spelling of the tag is kept, whatever it is."""
    found = parse_tag(tag)
    assert found is not None
    assert (found.tag, found.series) == (tag, series)


@pytest.mark.parametrize(
    "tag", ["v1", "1", "v1.02", "v1.2-rc.1", "v1.2.", "release-1.2", "v1.2+build", "", "v"]
)
def test_other_short_tags_are_no_versions(tag: str) -> None:
    assert parse_tag(tag) is None


def test_a_tag_of_two_numbers_ranks_as_its_first_patch() -> None:
    short = parse_tag("v1.2")
    assert short is not None
    assert version("v1.1.9") < short < version("v1.2.1")
    assert [item.tag for item in merge_listings([["v1.2", "v1.3.0", "v1.1"]])] == ["v1.3.0", "v1.2", "v1.1"]


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ("v1.2.0", ("v1.2.0", "1.2.0")),
        ("1.2.0", ("1.2.0", "v1.2.0")),
        ("v1.2.0+abc", ("v1.2.0+abc", "v1.2.0", "1.2.0")),
        ("latest", ("latest",)),
        ("vanilla", ("vanilla",)),
    ],
)
def test_the_spellings_of_a_pin(pin: str, expected: tuple[str, ...]) -> None:
    assert spellings_of(pin) == expected


def test_build_metadata_and_spelling_do_not_count() -> None:
    assert version("v1.0.0+a") == version("1.0.0+b") == version("v1.0.0")
    assert len({version("v1.0.0+a"), version("1.0.0")}) == 1


def test_a_version_is_no_text() -> None:
    assert version("v1.0.0") != "v1.0.0"
    with pytest.raises(TypeError):
        assert version("v1.0.0") < "v2.0.0"


@pytest.mark.parametrize(
    ("tag", "pseudo"),
    [
        ("v0.0.0-20191109021931-daa7c04131f5", True),
        ("v1.2.4-0.20191109021931-daa7c04131f5", True),
        ("v1.2.3-pre.0.20191109021931-daa7c04131f5", True),
        ("v1.2.3", False),
        ("v1.2.3-rc.1", False),
        ("v1.2.3-20191109021931", False),
        ("v1.2.3-daa7c04131f5", False),
    ],
)
def test_pseudo_versions(tag: str, pseudo: bool) -> None:
    assert version(tag).is_pseudo is pseudo


def test_order_of_choice_puts_stable_before_prerelease() -> None:
    tags = ["v0.4.2", "v0.7.0-alpha", "v0.6.0-alpha", "v0.5.0", "v0.5.0-rc.1"]
    chosen = [str(item) for item in in_order_of_choice(map(version, tags))]
    assert chosen == ["v0.5.0", "v0.4.2", "v0.7.0-alpha", "v0.6.0-alpha", "v0.5.0-rc.1"]
    assert [str(item) for item in in_order_of_choice(map(version, reversed(tags)))] == chosen


def test_series() -> None:
    assert version("v1.10.3").series == (1, 10)
