"""capyctl beside the oracle, in seeded worlds and in every state of GOPROXY (cli.md 5 and 6).

``CAPYCTL_ORACLE_WORLDS`` sets how many worlds are drawn; the default keeps the run short.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from capyctl.core.metadata import METADATA
from capyctl.lab.world import Majors
from tests.oracle.playing import Played, play
from tests.oracle.rules import Answer, Asked, Oracle, by_choice, by_precedence, is_version, marker, rank
from tests.oracle.world_draw import GOPROXIES, Drawn, draw, in_proxy

WORLDS = int(os.environ.get("CAPYCTL_ORACLE_WORLDS", "200"))
SEEDS = range(WORLDS)
PLAYS = [
    (seed, goproxy) for seed in SEEDS for goproxy in GOPROXIES if goproxy in {"unset", "off"} or seed % 4 == 0
]
"""Each world in the two states that differ most, every fourth in all of them."""

BAD_BYTES = frozenset({"lfs", "empty", "record", "unreadable"})
"""Fates in which another route is asked for the same file, a round that is no batch of the rule."""

_CORE_CONTRACTS = {None: None, "v1.10.4": "v1beta1", "v1.11.2": "v1beta2"}


def oracle_of(drawn: Drawn) -> Oracle:
    """The oracle on the provider asked about."""
    asked = Asked(
        components=drawn.components,
        pin=drawn.pin,
        contract=drawn.contract,
        allow_prerelease=drawn.allow_prerelease,
        core_contract=_CORE_CONTRACTS[drawn.core_pin],
    )
    return Oracle(repository=drawn.repository, asked=asked)


def answers_allowed(drawn: Drawn, goproxy: str) -> list[Answer]:
    """The one right choice; a second one only where no quota-free source can know of the right version.

    The exception of cli.md 6: a version that neither the module proxy lists nor the host's own "latest" names,
    above one that is sound and listed. Issue 3 section 2 forbids the REST call that would find it. No absence
    may be concluded from the proxy, so "none", and a pre-release for want of a stable version, are no exceptions;
    nor is a choice below a major that the proxy itself says it hides (where another proxy failed, its failure is
    what the walk tells).
    """
    oracle = oracle_of(drawn)
    full = oracle.choose()
    if drawn.pin is not None or not GOPROXIES[goproxy].lists or full.version is None:
        return [full]
    seen = in_proxy(drawn) | marker(drawn.repository)
    visible = oracle.choose_among(seen)
    if visible.version is None or visible.is_prerelease_for_want or full.version in seen:
        return [full]
    if goproxy != "second" and rank(visible.version).numbers[0] < told_hidden(drawn):
        return [full]
    return [full, visible]


def told_hidden(drawn: Drawn) -> int:
    """The highest major of which the proxy's 404 says that its tags exist (F34); 0 without one."""
    return max((major for major, kind in drawn.repository.majors.items() if kind is Majors.HIDDEN), default=0)


def row_of(played: Played, drawn: Drawn) -> dict[str, Any]:
    """The result on the provider asked about."""
    assert played.document["result"] is not None, played.document["diagnostics"]
    return played.provider(drawn.label)


def assert_resolved(row: dict[str, Any], drawn: Drawn, goproxy: str) -> Answer:
    """Version, series, contract and files are the oracle's."""
    allowed = answers_allowed(drawn, goproxy)
    told = f"seed {drawn.seed}, GOPROXY {goproxy}, {drawn.words}: {drawn.fates}; rejected {row['rejected']}"
    assert row["version"] in {each.version for each in allowed}, (allowed[0].version, row["version"], told)
    answer = next(each for each in allowed if each.version == row["version"])
    if answer.version is not None:
        assert (row["series"], row["contract"]) == (answer.series, answer.contract), told
        release = drawn.repository.release(answer.version)
        assert release is not None
        for name in (METADATA, drawn.components):
            data = release.files[name].render()
            found = row["files"][name]
            assert (found["sha256"], found["size"]) == (hashlib.sha256(data).hexdigest(), len(data)), told
    return answer


def assert_rejected(row: dict[str, Any], answer: Answer, drawn: Drawn, goproxy: str) -> None:
    """``rejected`` is newest first, above the chosen one, and complete as far as the asked sources know."""
    told = f"seed {drawn.seed}, GOPROXY {goproxy}, {drawn.words}: {drawn.fates}"
    found = [each["version"] for each in row["rejected"]]
    codes = {each["version"]: each["code"] for each in row["rejected"]}
    assert found == by_choice(found), (found, told)
    if drawn.pin is not None:
        assert not found, told
        return
    wrong = {tag for tag in found if codes[tag] == "CAPY0501"}
    oracle = oracle_of(drawn)
    assert oracle.wrong_contract(found) <= wrong, (codes, told)
    assert wrong <= oracle.wrong_contract(found, complete=False), (codes, told)
    if answer.version is None:
        return
    exists = by_choice({*drawn.fates, *in_proxy(drawn)})
    above = set(exists[: exists.index(answer.version)])
    known = in_proxy(drawn) | marker(drawn.repository) if GOPROXIES[goproxy].lists else set(answer.rejected)
    assert set(found) <= above, (found, told)
    assert above & known <= set(found), (sorted(above & known), found, told)


@pytest.mark.parametrize(("seed", "goproxy"), PLAYS)
def test_resolve_gives_the_oracles_choice(seed: int, goproxy: str, tmp_path: Path) -> None:
    drawn = draw(seed)
    played = play(drawn, goproxy, ["resolve", *drawn.words], tmp_path)
    row = row_of(played, drawn)
    answer = assert_resolved(row, drawn, goproxy)
    assert_rejected(row, answer, drawn, goproxy)
    assert played.status == (0 if answer.version is not None else 1)
    assert_bounds(played, drawn, goproxy)


def assert_bounds(played: Played, drawn: Drawn, goproxy: str) -> None:
    """What may be asked (cli.md 6, Publication; issue 3 section 2)."""
    told = f"seed {drawn.seed}, GOPROXY {goproxy}, {drawn.words}: {[put.url for put in played.questions]}"
    named = {drawn.named.lower(), drawn.repository.name.lower()}
    about = [put for put in played.questions if any(name in put.url.lower() for name in named)]
    if drawn.pin is not None:
        assert not [put.url for put in about if put.is_list], told
        return
    row = row_of(played, drawn)
    seen = in_proxy(drawn) | marker(drawn.repository)
    newest = next(iter(by_choice(seen)), None)
    # A marker that the list lacks proves the list incomplete, unless it is the choice itself.
    is_whole = marker(drawn.repository) <= in_proxy(drawn) or row["version"] in marker(drawn.repository)
    is_sound = newest is not None and rank(newest).is_stable and row["version"] == newest
    is_whole = is_whole and (newest is None or rank(newest).numbers[0] >= told_hidden(drawn))
    if goproxy in {"unset", "list"} and in_proxy(drawn) and is_whole and is_sound:
        assert not [put.url for put in about if put.is_rest], told
        assert played.rounds <= 3 + (drawn.core_pin is not None), told
    if goproxy in {"off", "direct"} and not BAD_BYTES & set(drawn.fates.values()):
        batches = -(-len(row["rejected"]) // 5)
        assert played.rounds <= 3 + batches + (drawn.core_pin is not None), told


@pytest.mark.parametrize("seed", SEEDS[::4])
def test_diagnose_and_generate_agree_with_resolve(seed: int, tmp_path: Path) -> None:
    drawn = draw(seed)
    words = [word for word in drawn.words if not word.startswith("cluster-api:")]
    for goproxy in ("unset", "off"):
        resolved = row_of(play(drawn, goproxy, ["resolve", *words], tmp_path), drawn)
        plain = [word for word in words if word not in {"--contract", "--allow-prerelease", drawn.contract}]
        told = f"seed {seed}, GOPROXY {goproxy}, {words}: {drawn.fates}"
        generated = play(drawn, goproxy, ["generate", "provider", *words], tmp_path)
        result = generated.document["result"]
        version = result["provider"]["version"] if result else None
        assert version == resolved["version"], (version, resolved, told)
        assert generated.status == (0 if version is not None else 1), told
        diagnosed = play(drawn, goproxy, ["diagnose-provider", *plain], tmp_path)
        if plain == words:
            assert_verdict(diagnosed, resolved["version"], drawn, told)


def assert_verdict(played: Played, version: str | None, drawn: Drawn, told: str) -> None:
    """Sound, degraded or broken, as cli.md 5 defines them; every source answers in these worlds."""
    row = row_of(played, drawn)
    levels = {each["severity"] for each in played.document["diagnostics"]}
    if row["verdict"] == "broken":
        assert version is None, told
        assert played.status == 1, told
    else:
        assert row["version"] == version or version is None, (row["version"], version, told)
        assert row["verdict"] == ("sound" if levels <= {"note"} else "degraded"), (
            row["verdict"],
            levels,
            told,
        )
        assert played.status == 0, told


@pytest.mark.parametrize("seed", SEEDS[::4])
def test_versions_gives_every_version_its_state(seed: int, tmp_path: Path) -> None:
    drawn = draw(seed)
    oracle = oracle_of(drawn)
    for goproxy in ("unset", "off"):
        played = play(drawn, goproxy, ["versions", drawn.label, "--verify"], tmp_path)
        rows = row_of(played, drawn)["versions"]
        told = f"seed {seed}, GOPROXY {goproxy}: {drawn.fates}, {drawn.repository.majors}"
        found = [each["version"] for each in rows]
        tags = {tag for tag in drawn.repository.pushed_tags if is_version(tag)}
        releases = {each.tag for each in drawn.repository.releases if not each.draft or drawn.sees_drafts}
        listed = in_proxy(drawn) if GOPROXIES[goproxy].lists else frozenset(tags)
        assert found == by_precedence(found), told
        # Where the proxy lists tags and each has its release, the forge need not be asked for tags as well.
        assert releases | listed <= set(found) <= tags | releases | listed, (found, told)
        for row in rows:
            state = oracle.state(row["version"], sees_drafts=drawn.sees_drafts)
            assert row["state"] == state, (row, state, told)
            assert_own_series(row, drawn, told)
        assert played.status == (0 if rows else 1), told


def assert_own_series(row: dict[str, Any], drawn: Drawn, told: str) -> None:
    """Where a release's own metadata can be read, ``series`` and ``contract`` are its own."""
    release = drawn.repository.release(row["version"])
    oracle = oracle_of(drawn)
    own = oracle.series_of(release) if release is not None and not release.draft else None
    if own is None:
        return
    contracts = own.own(row["version"])
    major, minor, _ = rank(row["version"]).numbers
    if contracts:
        assert row["series"] == {"major": major, "minor": minor}, (row, told)
        assert row["contract"] in contracts, (row, told)
    else:
        assert row["series"] is None, (row, told)
        assert row["reason"], (row, told)
