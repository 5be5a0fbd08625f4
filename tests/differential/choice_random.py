"""Seeded worlds of one repository: releases, tags, series, contracts and files as chance would have them."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.identity import ProviderType
from capyctl.core.version import parse_version
from capyctl.core.yaml_values import load_values
from capyctl.lab.content import Content, metadata_yaml
from capyctl.lab.manifests import ComponentsShape, components_yaml
from capyctl.lab.world import Majors, Release, Repository
from tests.differential.choice_runs import ACCEPTED, FAILS, ChoiceCase, Listing
from tests.plugins.packaged_scenarios import packaged_scenario

Item = TypeVar("Item")

_SEEDS = 32
_SEEDS_WITH_MIRROR = 12
_CONTRACTS = ("v1beta1", "v1beta1", "v1beta1", "v1beta2", "v1beta2", "v1alpha4", "v1beta3")
_ADDRESS = "https://github.com/acme/capx/releases/latest/infrastructure-components.yaml"
_COMPONENTS = "infrastructure-components.yaml"
_ENTRY = f"providers:\n- {{name: x, type: InfrastructureProvider, url: '{_ADDRESS}'}}\n"


class RandomWorld(Struct, frozen=True, kw_only=True):
    """A repository, and what was asked for."""

    repository: Repository
    pin: str | None


def random_cases() -> list[ChoiceCase]:
    """One command a seed."""
    sound = packaged_scenario("sound").world
    names = ("kubernetes-sigs/cluster-api", "cert-manager/cert-manager")
    core = tuple(found for name in names if (found := sound.repository(name)))
    return [_case(seed, random_world(seed), core) for seed in range(_SEEDS)]


def _case(seed: int, drawn: RandomWorld, core: tuple[Repository, ...]) -> ChoiceCase:
    world = replace(packaged_scenario("sound").world, repositories=(drawn.repository, *core))
    return ChoiceCase(
        name=f"random {seed:02}",
        world=world,
        words=(f"--{ProviderType.INFRASTRUCTURE.flag}", f"x:{drawn.pin}" if drawn.pin else "x"),
        home={".config/cluster-api/clusterctl.yaml": _ENTRY.encode()},
        expected={release: expected_choice(drawn, accepted) for release, accepted in ACCEPTED.items()},
        listings=tuple(Listing) if seed < _SEEDS_WITH_MIRROR else (Listing.UNSET, Listing.OFF),
    )


def random_world(seed: int) -> RandomWorld:
    """The world of a seed; the same one for ever, since only ``Random.random`` is drawn from."""
    dice = _Dice(seed)
    series = _series(dice)
    tags = _tags(dice, series)
    releases, bare, withdrawn = [], [], []
    for day, tag in enumerate(tags, start=1):
        fate = dice.upto(20)
        if fate == 0:
            bare.append(tag)
        elif fate == 1:
            withdrawn.append(tag)
        else:
            releases.append(_release(dice, tag, series, f"2025-01-{day:02}T08:00:00Z"))
    majors = {2: Majors.HIDDEN} if dice.chance(0.15) else {}
    repository = Repository(
        name="acme/capx", id=4711, releases=tuple(releases), tags=tuple(bare), withdrawn=tuple(withdrawn), majors=majors
    )  # fmt: skip
    pin = dice.pick(tags) if dice.chance(0.25) else None
    return RandomWorld(repository=repository, pin=pin)


def expected_choice(drawn: RandomWorld, accepted: Collection[str]) -> str:
    """The version that cli.md 6 demands of this world: published, whole, in its own series, with its contract."""
    tags = [release.tag for release in drawn.repository.releases if _is_sound(release, accepted)]
    if drawn.pin is not None:
        return drawn.pin if drawn.pin in tags else FAILS
    stable = [tag for tag in tags if "-" not in tag]
    return max(stable or tags, key=_numbers, default=FAILS)


def _is_sound(release: Release, accepted: Collection[str]) -> bool:
    if release.draft or set(release.files) != {"metadata.yaml", _COMPONENTS}:
        return False
    (document,) = load_values(release.files["metadata.yaml"].render())
    assert isinstance(document, dict)
    own = _numbers(release.tag)[:2]
    contracts = [row["contract"] for row in document["releaseSeries"] if (row["major"], row["minor"]) == own]
    return len(contracts) == 1 and contracts[0] in accepted


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in tag.removeprefix("v").partition("-")[0].split("."))


class _Dice:
    """Draws from one stream of numbers."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - worlds of a test, no secret

    def upto(self, count: int) -> int:
        """0 to ``count`` - 1."""
        return int(self._random.random() * count)

    def chance(self, share: float) -> bool:
        """True in that share of all draws."""
        return self._random.random() < share

    def pick(self, items: Sequence[Item]) -> Item:
        """One of them."""
        return items[self.upto(len(items))]


def _series(dice: _Dice) -> list[tuple[str, str]]:
    """Series in ascending order, the contract never going back."""
    majors = dice.pick(((0,), (1,), (0, 1), (1, 2)))
    names = [f"{major}.{minor}" for major in majors for minor in range(1 + dice.upto(3))]
    contracts = sorted((dice.pick(_CONTRACTS) for _ in names), key=_age)
    return list(zip(names, contracts, strict=True))


def _age(contract: str) -> tuple[str, str]:
    return ("0" if "alpha" in contract else "1", contract)


def _tags(dice: _Dice, series: list[tuple[str, str]]) -> list[str]:
    tags = [f"v{name}.{patch}" for name, _ in series for patch in range(1 + dice.upto(3))]
    if dice.chance(0.4):
        major, _, minor = series[-1][0].partition(".")
        tags.append(f"v{major}.{int(minor) + 1}.0-{dice.pick(('alpha', 'beta', 'rc'))}.{dice.upto(3)}")
    return tags


def _release(dice: _Dice, tag: str, series: list[tuple[str, str]], created_at: str) -> Release:
    fate = dice.upto(12)
    files = {}
    if fate != 0:
        files["metadata.yaml"] = Content(data=metadata_yaml(_announced(dice, tag, series)))
    if fate != 1:
        shape = ComponentsShape(
            label="infrastructure-x", namespaces=("x-system",), image=f"registry.example.com/x:{tag}"
        )
        files[_COMPONENTS] = Content(data=components_yaml(shape))
    return Release(
        tag=tag, files=files, draft=fate == 2, prerelease="-" in tag, created_at=created_at, published_at=created_at
    )  # fmt: skip


def _announced(dice: _Dice, tag: str, series: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The series known when the tag was made; at times the own one is forgotten, or the next announced."""
    version = parse_version(tag)
    assert version is not None
    own = (version.major, version.minor)
    known = [row for row in series if tuple(map(int, row[0].split("."))) <= own]
    if dice.chance(0.1):
        return known[:-1]
    if dice.chance(0.15):
        return series
    if known[-1][0] != f"{own[0]}.{own[1]}" and dice.chance(0.7):
        known = [*known, (f"{own[0]}.{own[1]}", known[-1][1])]
    return known
