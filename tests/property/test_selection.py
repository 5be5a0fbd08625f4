"""Selection ignores the order of its input, and takes the best sound version there is (style C9)."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

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
)
from capyctl.core.version import ProviderVersion

_TAGS = st.builds(
    lambda v, major, minor, patch, pre: f"{v}{major}.{minor}.{patch}{pre}",
    st.sampled_from(["v", ""]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 2),
    st.sampled_from(["", "-rc.1", "-rc.10", "-rc.2", "-alpha", "-beta.0"]),
)
_STANDINGS = st.sampled_from([Standing.SOUND, Standing.REJECTED, Standing.UNPUBLISHED])
_WORLDS = st.dictionaries(_TAGS, _STANDINGS, max_size=25)


def judge(version: ProviderVersion, standing: Standing) -> Judgement:
    code = None if standing is Standing.SOUND else codes.METADATA_MISSING
    return Judgement(version=version, standing=standing, code=code)


def run(
    world: dict[str, Standing], policy: ChoicePolicy, order: list[str]
) -> tuple[Chosen | NoneLeft, list[str]]:
    """Choose as a run does: judge what is wanted until nothing is."""
    candidates = merge_listings([order])
    judged: dict[str, Judgement] = {}
    asked: list[str] = []
    while isinstance(choice := choose(candidates, judged, policy), Wanting):
        assert choice.versions
        for version in choice.versions:
            assert version.tag not in judged
            judged[version.tag] = judge(version, world[version.tag])
            asked.append(version.tag)
    return choice, asked


def outcome(choice: Chosen | NoneLeft) -> tuple[str | None, tuple[str, ...]]:
    taken = choice.judgement.version.tag if isinstance(choice, Chosen) else None
    return taken, tuple(item.version.tag for item in choice.passed_over)


@given(_WORLDS, st.booleans(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_order_of_listings_means_nothing(
    world: dict[str, Standing], prereleases: bool, batch: int, chance: random.Random
) -> None:
    policy = ChoicePolicy(allow_prerelease=prereleases, batch=batch)
    shuffled = list(world)
    chance.shuffle(shuffled)
    first, asked = run(world, policy, list(world))
    second, asked_again = run(world, policy, shuffled)
    assert outcome(first) == outcome(second)
    assert asked == asked_again


@given(_WORLDS, st.integers(1, 6))
def test_the_batch_decides_how_many_are_asked_and_never_what_is_chosen(
    world: dict[str, Standing], batch: int
) -> None:
    one, _ = run(world, ChoicePolicy(batch=1), list(world))
    many, _ = run(world, ChoicePolicy(batch=batch), list(world))
    assert outcome(one) == outcome(many)


@given(_WORLDS, st.booleans())
def test_nothing_sound_of_its_kind_ranks_above_the_chosen(
    world: dict[str, Standing], prereleases: bool
) -> None:
    choice, _ = run(world, ChoicePolicy(allow_prerelease=prereleases), list(world))
    versions = {tag: merge_listings([[tag]])[0] for tag in world}
    sound = [versions[tag] for tag, standing in world.items() if standing is Standing.SOUND]
    stable = [version for version in sound if not version.is_prerelease]
    if isinstance(choice, NoneLeft):
        assert not stable
        return
    taken = choice.judgement.version
    assert all(version.choice_key <= taken.choice_key for version in sound)
    if taken.is_prerelease and not prereleases:
        assert choice.for_want_of_stable
        assert all(
            world[tag] is Standing.UNPUBLISHED
            for tag, version in versions.items()
            if not version.is_prerelease
        )


@given(_WORLDS)
def test_what_is_passed_over_ranks_above_the_chosen_newest_first(world: dict[str, Standing]) -> None:
    choice, _ = run(world, ChoicePolicy(allow_prerelease=True), list(world))
    keys = [item.version.choice_key for item in choice.passed_over]
    assert keys == sorted(keys, reverse=True)
    if isinstance(choice, Chosen) and keys:
        assert keys[-1] >= choice.judgement.version.choice_key


@given(st.lists(st.lists(_TAGS, max_size=10), max_size=4))
def test_merging_is_idempotent(listings: list[list[str]]) -> None:
    merged = [version.tag for version in merge_listings(listings)]
    assert [version.tag for version in merge_listings([merged, *listings])] == merged
