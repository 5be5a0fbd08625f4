"""Choosing a version: candidates in order, a judgement on each, one policy (cli.md 6, Choice)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.metadata import Metadata
from capyctl.core.resolved import RejectedVersion
from capyctl.core.version import ProviderVersion, in_order_of_choice, parse_tag


class Standing(enum.Enum):
    """What is known of a candidate."""

    SOUND = "sound"
    REJECTED = "rejected"
    UNPUBLISHED = "unpublished"
    BLOCKED = "blocked"


class Judgement(Struct, frozen=True, kw_only=True):
    """The verdict on one candidate.

    Attributes:
        standing: unpublished is a rejection too, one that leaves room for a pre-release; blocked means
            that what is needed for a verdict could not be had, so nothing older may be taken either.
        code, reason: why it was not taken. diagnostics: everything found on the way, notes included.
        provisional: the components file has still to be asked for before this is final.
    """

    version: ProviderVersion
    standing: Standing
    series: tuple[int, int] | None = None
    contract: str | None = None
    metadata: Metadata | None = None
    code: Code | None = None
    reason: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    provisional: bool = False


class ChoicePolicy(Struct, frozen=True, kw_only=True):
    """How a choice is made.

    Attributes:
        allow_prerelease: take pre-releases after all stable versions.
        limit: most candidates judged. batch: how many are asked about side by side after a rejection.
    """

    allow_prerelease: bool = False
    limit: int = 50
    batch: int = 5


class Chosen(Struct, frozen=True, kw_only=True):
    """A sound candidate, and those passed over, newest first.

    ``for_want_of_stable`` says that it is a pre-release because nothing stable is published.
    """

    judgement: Judgement
    passed_over: tuple[Judgement, ...]
    for_want_of_stable: bool = False


class Wanting(Struct, frozen=True, kw_only=True):
    """These candidates have to be judged next."""

    versions: tuple[ProviderVersion, ...]


class NoneLeft(Struct, frozen=True, kw_only=True):
    """No candidate can be chosen; ``blocked`` is the one that could not be judged, if that is why."""

    passed_over: tuple[Judgement, ...]
    blocked: Judgement | None = None
    limit_reached: bool = False


Choice = Chosen | Wanting | NoneLeft


def merge_listings(listings: Iterable[Iterable[str]]) -> tuple[ProviderVersion, ...]:
    """The versions of several lists, each tag once, best first, without pseudo-versions and other junk."""
    tags = {tag for listing in listings for tag in listing}
    parsed = (parse_tag(tag) for tag in tags)
    return tuple(
        in_order_of_choice(version for version in parsed if version is not None and not version.is_pseudo)
    )


def choose(
    candidates: Sequence[ProviderVersion], judged: Mapping[str, Judgement], policy: ChoicePolicy
) -> Choice:
    """The choice that follows from what has been judged so far; ``judged`` is keyed by tag."""
    stable = [version for version in candidates if not version.is_prerelease]
    choice = _choose_among(stable, judged, policy, ())
    if not isinstance(choice, NoneLeft) or choice.blocked or choice.limit_reached:
        return choice
    nothing_stable = all(item.standing is Standing.UNPUBLISHED for item in choice.passed_over)
    if not (policy.allow_prerelease or nothing_stable):
        return choice
    prereleases = [version for version in candidates if version.is_prerelease]
    further = _choose_among(prereleases, judged, policy, choice.passed_over)
    if isinstance(further, Chosen) and not policy.allow_prerelease:
        return Chosen(judgement=further.judgement, passed_over=further.passed_over, for_want_of_stable=True)
    return further


def _choose_among(
    versions: Sequence[ProviderVersion],
    judged: Mapping[str, Judgement],
    policy: ChoicePolicy,
    before: tuple[Judgement, ...],
) -> Choice:
    passed_over = list(before)
    for position, version in enumerate(versions):
        if len(passed_over) >= policy.limit:
            return NoneLeft(passed_over=tuple(passed_over), limit_reached=True)
        judgement = judged.get(version.tag)
        if judgement is None:
            width = policy.batch if passed_over else 1
            open_ones = [item for item in versions[position:] if item.tag not in judged]
            return Wanting(versions=tuple(open_ones[:width]))
        if judgement.standing is Standing.SOUND:
            return Chosen(judgement=judgement, passed_over=tuple(passed_over))
        if judgement.standing is Standing.BLOCKED:
            return NoneLeft(passed_over=tuple(passed_over), blocked=judgement)
        passed_over.append(judgement)
    return NoneLeft(passed_over=tuple(passed_over))


def rejections(passed_over: Iterable[Judgement]) -> tuple[RejectedVersion, ...]:
    """The judgements as ``rejected`` of cli.md 5 shows them."""
    return tuple(
        RejectedVersion(version=item.version.tag, code=item.code, reason=item.reason)
        for item in passed_over
        if item.code is not None
    )
