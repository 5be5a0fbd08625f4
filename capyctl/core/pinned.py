"""Choosing for a pin: one version, in the spellings that its tag may have (W-12, F01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from capyctl.core.codes import NO_DATA_OFFLINE
from capyctl.core.selection import Choice, ChoicePolicy, Judgement, NoneLeft, Standing, choose
from capyctl.core.version import ProviderVersion


def choose_pinned(
    spellings: Sequence[ProviderVersion], judged: Mapping[str, Judgement], policy: ChoicePolicy
) -> Choice:
    """The first spelling that can be had; what ``choose`` says of the first one where none can.

    A pin is a choice already made: its pre-release part needs no further leave. A tag that exists and is
    rejected ends the search, for no other spelling is another version. A spelling that the snapshot does not
    hold may exist, so it blocks an older version, but not another spelling of the same one.
    """
    leave = replace(policy, allow_prerelease=True)
    remaining = _until_rejected(spellings, judged)
    first = choice = choose(remaining, judged, leave)
    while isinstance(choice, NoneLeft):
        blocked = choice.blocked
        if blocked is None or blocked.code is not NO_DATA_OFFLINE:
            return choice if choice.passed_over else first
        remaining = [version for version in remaining if version.tag != blocked.version.tag]
        choice = choose(remaining, judged, leave)
    return choice


def _until_rejected(
    spellings: Sequence[ProviderVersion], judged: Mapping[str, Judgement]
) -> list[ProviderVersion]:
    taken = []
    for version in spellings:
        taken.append(version)
        judgement = judged.get(version.tag)
        if judgement is not None and judgement.standing is Standing.REJECTED:
            break
    return taken
