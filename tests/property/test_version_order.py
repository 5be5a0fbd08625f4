"""The order of versions is total and ignores spelling; choosing ignores the order of its input."""

from __future__ import annotations

import itertools

import semver
from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.version import ProviderVersion, in_order_of_choice, parse_version

IDENTIFIERS = st.from_regex(r"0|[1-9][0-9]{0,3}|[0-9]{0,2}[a-z-][0-9a-z-]{0,4}", fullmatch=True)
NUMBERS = st.integers(min_value=0, max_value=12)
PRE = st.lists(IDENTIFIERS, min_size=1, max_size=3).map(lambda parts: "-" + ".".join(parts))
BUILD = st.from_regex(r"\+[0-9a-z-]{1,5}", fullmatch=True)
TAGS = st.builds(
    lambda v, major, minor, patch, pre, build: f"{v}{major}.{minor}.{patch}{pre}{build}",
    st.sampled_from(["v", ""]),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.just("") | PRE,
    st.just("") | BUILD,
)


def version(tag: str) -> ProviderVersion:
    parsed = parse_version(tag)
    assert parsed is not None
    return parsed


@given(st.text(max_size=40))
def test_any_text_is_a_version_or_none(text: str) -> None:
    parsed = parse_version(text)
    assert parsed is None or (parsed.tag == text and text.isascii())


PIECES = st.sampled_from(
    ["0", "7", "01", "10", ".", "-", "+", "a", "Z", "0a", "_", "1.2.3", "1.2.3-", "4.5.6+"]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_version_is_what_semver_takes_for_one(text: str) -> None:
    assert (parse_version(text) is not None) is semver.Version.is_valid(text)


@given(TAGS)
def test_printing_a_version_reads_back(tag: str) -> None:
    parsed = version(tag)
    assert parsed.tag == tag
    assert version(parsed.canonical) == parsed
    assert parsed.canonical.startswith("v")


@given(TAGS, TAGS)
def test_the_order_is_semver_s(first: str, second: str) -> None:
    one, other = version(first), version(second)
    library = semver.Version.parse(first.removeprefix("v")).compare(second.removeprefix("v"))
    assert (one > other) - (one < other) == library
    assert (one == other) == (library == 0)
    if one == other:
        assert hash(one) == hash(other)


@given(st.lists(TAGS, min_size=3, max_size=3))
def test_the_order_is_transitive(tags: list[str]) -> None:
    for one, two, three in itertools.permutations(map(version, tags)):
        if one <= two <= three:
            assert one <= three


@given(st.lists(TAGS, max_size=8), st.randoms())
def test_the_order_of_choice_ignores_the_order_of_its_input(tags: list[str], random: object) -> None:
    versions = [version(tag) for tag in tags]
    shuffled = list(versions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    chosen = in_order_of_choice(versions)
    assert [item.tag for item in chosen] == [item.tag for item in in_order_of_choice(shuffled)]
    stable = [item.is_prerelease for item in chosen]
    assert stable == sorted(stable)
