"""What every run about providers says besides its result."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.core import codes
from capyctl.core.diagnostics import Confidence, Diagnostic, Severity
from capyctl.core.evidence import CACHE_ROUTE, Evidence, Outcome, Question
from capyctl.core.moments import seconds_between
from capyctl.wiring.world import World


def common_notes(world: World, evidence: Iterable[Evidence]) -> tuple[Diagnostic, ...]:
    """What is said about the configuration, GOPROXY, overrides, the cache and the snapshot in every such run."""
    evidence = tuple(evidence)
    return (
        *world.notes,
        *world.listing_notes(),
        *world.override_notes(),
        *snapshot_notes(evidence),
        *(cache_notes(evidence, world.clock.now()) if _is_dated(world) else ()),
        *cache_warnings(world),
    )


def _is_dated(world: World) -> bool:
    """Whether the age of a kept answer says anything: a lock with a network takes its own bytes, whatever is new."""
    return world.offline or world.locked is None


def cache_warnings(world: World) -> tuple[Diagnostic, ...]:
    """Why the cache cannot be used, or only in part."""
    found = world.cache.troubles() if world.cache is not None else ()
    if not found:
        return ()
    from capyctl.app.cache_diagnostics import cache_troubles  # noqa: PLC0415 - start-up budget

    relies = world.offline or world.settings.goproxy.strict or world.locked is not None
    return cache_troubles(found, world.invocation, relies=relies)


def snapshot_notes(evidence: Iterable[Evidence]) -> tuple[Diagnostic, ...]:
    """The note that dates the snapshot, where anything was answered from it (cli.md 6, Offline)."""
    used = [piece for piece in evidence if piece.route == "snapshot" and piece.outcome is Outcome.FOUND]
    if not used:
        return ()
    days = sorted({(piece.as_of or "")[:10] for piece in used})
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    detail = (
        f"Answered from the embedded snapshot of {span}. It was made from tags, so a tag with a metadata.yaml"
        " counts as published here; newer releases are not in it."
    )
    note = Diagnostic(
        code=codes.SNAPSHOT_DATED,
        severity=Severity.NOTE,
        confidence=Confidence.LIKELY,
        detail=detail,
        evidence=tuple(dict.fromkeys(used)),
    )
    return (note,)


def cache_notes(evidence: Iterable[Evidence], now: str) -> tuple[Diagnostic, ...]:
    """The note that dates what the disk cache answered, where it answered anything (cli.md 6)."""
    used = [piece for piece in evidence if piece.route == CACHE_ROUTE and _matters(piece)]
    times = sorted({piece.as_of for piece in used if piece.as_of is not None})
    if not times:
        return ()
    ages = [f"{time} ({_age(time, now)})" for time in dict.fromkeys((times[0], times[-1]))]
    span = (
        f"the oldest answer is of {ages[0]}, the newest of {ages[-1]}" if len(ages) > 1 else f"of {ages[0]}"
    )
    detail = f"Answered from the disk cache: {span}. What was published or withdrawn since is not in it."
    note = Diagnostic(
        code=codes.CACHE_DATED,
        severity=Severity.NOTE,
        confidence=Confidence.LIKELY,
        detail=detail,
        evidence=tuple(dict.fromkeys(used)),
    )
    return (note,)


def _matters(piece: Evidence) -> bool:
    """Whether an answer could be another one by now. That a module has no list of one more major says nothing."""
    if piece.outcome is Outcome.ABSENT:
        return piece.question is not Question.VERSIONS
    return piece.outcome in (Outcome.FOUND, Outcome.BAD)


def _age(then: str, now: str) -> str:
    """How long ago a moment is, in the largest unit that it fills."""
    seconds = seconds_between(then, now)
    if seconds is None or seconds < 0:
        return "after this machine's present time"
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    unit, size = next((each for each in units if seconds >= each[1]), units[-1])
    count = int(seconds // size)
    return f"{count} {unit}{'' if count == 1 else 's'} ago"
