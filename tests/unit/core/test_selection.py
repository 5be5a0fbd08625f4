"""The rules of choice of cli.md 6, on judgements given as literals."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.selection import (
    ChoicePolicy,
    Chosen,
    Judgement,
    NoneLeft,
    Standing,
    Wanting,
    choose,
    merge_listings,
    rejections,
)
from capyctl.core.version import ProviderVersion, parse_version


def version(tag: str) -> ProviderVersion:
    parsed = parse_version(tag)
    assert parsed is not None
    return parsed


def sound(tag: str) -> Judgement:
    return Judgement(version=version(tag), standing=Standing.SOUND, contract="v1beta2")


def rejected(tag: str) -> Judgement:
    return Judgement(
        version=version(tag),
        standing=Standing.REJECTED,
        code=codes.METADATA_MISSING,
        reason="no metadata.yaml",
    )


def unpublished(tag: str) -> Judgement:
    return Judgement(
        version=version(tag),
        standing=Standing.UNPUBLISHED,
        code=codes.VERSION_NOT_PUBLISHED,
        reason="tag only",
    )


def decide(judgements: list[Judgement], tags: list[str] | None = None, **policy: bool | int) -> object:
    candidates = merge_listings([tags or [item.version.tag for item in judgements]])
    judged = {item.version.tag: item for item in judgements}
    return choose(candidates, judged, ChoicePolicy(**policy))  # type: ignore[arg-type]


# The published versions of clusterctl-resolution 6.1, and what our rule takes in each case.
@pytest.mark.parametrize(
    ("listed", "released", "expected"),
    [
        (["v0.5.0", "v0.4.2"], ["v0.4.2"], "v0.4.2"),
        (["v0.9.0", "v0.8.0", "v0.7.0", "v0.6.0", "v0.5.0", "v0.4.2"], ["v0.4.2"], "v0.4.2"),
        (["v0.7.0-alpha", "v0.6.0-alpha", "v0.5.0-alpha", "v0.4.2"], ["v0.4.2"], "v0.4.2"),
        (["v0.6.0", "v0.5.0-alpha", "v0.4.2"], ["v0.5.0-alpha", "v0.4.2"], "v0.4.2"),
        (["v0.6.0-alpha", "v0.5.0-alpha", "v0.4.2-alpha"], ["v0.5.0-alpha"], "v0.5.0-alpha"),
        (["foo", "v0.4.2"], ["v0.4.2"], "v0.4.2"),
    ],
)
def test_the_newest_published_version_is_chosen_stable_first(
    listed: list[str], released: list[str], expected: str
) -> None:
    judgements = [
        sound(tag) if tag in released else unpublished(tag)
        for tag in listed
        if parse_version(tag) is not None
    ]
    choice = decide(judgements, listed)
    assert isinstance(choice, Chosen)
    assert choice.judgement.version.tag == expected


def test_a_prerelease_is_taken_when_nothing_stable_is_published() -> None:
    choice = decide([unpublished("v1.0.0"), sound("v1.0.0-rc.1")])
    assert isinstance(choice, Chosen)
    assert choice.for_want_of_stable
    assert choice.judgement.version.tag == "v1.0.0-rc.1"


def test_a_broken_stable_version_leaves_no_room_for_a_prerelease() -> None:
    choice = decide([rejected("v1.0.0"), sound("v1.1.0-rc.1")])
    assert isinstance(choice, NoneLeft)
    assert [item.version.tag for item in choice.passed_over] == ["v1.0.0"]


def test_a_prerelease_that_was_asked_for_comes_after_every_stable_version() -> None:
    choice = decide([rejected("v1.0.0"), sound("v1.1.0-rc.1")], allow_prerelease=True)
    assert isinstance(choice, Chosen)
    assert choice.judgement.version.tag == "v1.1.0-rc.1"
    assert not choice.for_want_of_stable
    assert [item.version for item in rejections(choice.passed_over)] == ["v1.0.0"]


def test_the_first_candidate_is_asked_alone_and_the_next_ones_in_batches() -> None:
    tags = [f"v1.{minor}.0" for minor in range(9)]
    first = decide([], tags)
    assert isinstance(first, Wanting)
    assert [item.tag for item in first.versions] == ["v1.8.0"]
    after = decide([rejected("v1.8.0")], tags, batch=5)
    assert isinstance(after, Wanting)
    assert [item.tag for item in after.versions] == ["v1.7.0", "v1.6.0", "v1.5.0", "v1.4.0", "v1.3.0"]


def test_what_could_not_be_judged_blocks_everything_older() -> None:
    blocked = Judgement(version=version("v1.1.0"), standing=Standing.BLOCKED, code=codes.SOURCE_SILENT)
    choice = decide([blocked, sound("v1.0.0")])
    assert isinstance(choice, NoneLeft)
    assert choice.blocked is blocked


def test_the_search_ends_at_its_limit_and_says_so() -> None:
    choice = decide([rejected("v1.2.0"), rejected("v1.1.0"), sound("v1.0.0")], limit=2)
    assert isinstance(choice, NoneLeft)
    assert choice.limit_reached


def test_listings_are_merged_without_pseudo_versions_and_junk() -> None:
    merged = merge_listings(
        [["v1.0.0", "junk", "v0.0.0-20240101120000-abcdefabcdef"], ["v1.0.0", "1.1.0", "v1.1.0-rc.1"]]
    )
    assert [item.tag for item in merged] == ["1.1.0", "v1.0.0", "v1.1.0-rc.1"]
