"""What can be pasted for every failure: the same command put so that it can be answered, or the next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.advice import fixes_of
from capyctl.core.causes import exchanged, with_causes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.invocation import Invocation

_OUT_OF_REACH = frozenset(
    {
        codes.SOURCE_UNREACHABLE,
        codes.SOURCE_SILENT,
        codes.SOURCE_FAILED,
        codes.RATE_LIMITED,
        codes.TLS_UNTRUSTED,
        codes.PROXY_REFUSED,
        codes.ANSWER_IS_HTML,
        codes.REDIRECT_REFUSED,
    }
)
_ANSWERS_OFFLINE = frozenset({"resolve", "versions", "diagnose-provider", "init"})
_IN_THE_SNAPSHOT = frozenset({"github.com", "api.github.com", "proxy.golang.org"})
_LONGER = "2m"
_WAITED_FOR = frozenset({codes.API_SERVER_UNREACHABLE, codes.API_SERVER_NOT_READY})
_LONGER_FOR_A_CLUSTER = "5m"
_AUTHORS = frozenset({"lint-provider"})
_OF_CLOCKS = frozenset({codes.LOCK_FROM_THE_FUTURE, codes.CLOCK_BEHIND_CACHE})


def with_ways_out(found: Iterable[Diagnostic], invocation: Invocation) -> tuple[Diagnostic, ...]:
    """The diagnostics, each failure with something that can be pasted; doing it twice adds nothing.

    A safe fix promises that its code is gone afterwards, so it is one only where it mends all that has the code.
    """
    given = tuple(found)
    if any(item.code in _OF_CLOCKS for item in given):
        from capyctl.app.clock_cause import under_the_clock  # noqa: PLC0415 - start-up budget

        given = under_the_clock(given)
    changes: dict[Diagnostic, Diagnostic] = {}
    for item in with_causes(given):
        fixes = tuple(_fixes(item, invocation))
        if fixes != item.fixes:
            changes[item] = replace(item, fixes=fixes)
    told = exchanged(given, changes)
    return exchanged(told, _no_longer_safe(with_causes(told)))


def _fixes(item: Diagnostic, invocation: Invocation) -> Iterator[Fix]:
    yield from item.fixes
    if item.severity is Severity.NOTE:
        return
    way_out = _way_out(item, invocation) if item.is_error and item.caused_by is None else None
    if way_out is not None:
        if way_out not in item.fixes:
            yield from (way_out,) if item.fixes else (*fixes_of(item), way_out)
        return
    if not any(_can_be_pasted(fix, invocation) for fix in item.fixes):
        from capyctl.app.next_steps import next_step  # noqa: PLC0415 - start-up budget

        step = next_step(item, invocation)
        if step is not None:
            yield from (step,) if item.fixes else (*fixes_of(item), step)


def _can_be_pasted(fix: Fix, invocation: Invocation) -> bool:
    """Whether a fix helps the one who ran this; an edit for the authors helps only them."""
    ours = fix.applicability is not Applicability.UPSTREAM or invocation.name in _AUTHORS
    return ours and (fix.command is not None or fix.edit is not None)


def _way_out(item: Diagnostic, invocation: Invocation) -> Fix | None:
    if item.code is codes.DEADLINE_PASSED and not _is_patient(invocation):
        command = invocation.with_option("--deadline", _LONGER)
        return Fix(applicability=Applicability.REVIEW, title="allow more time", command=command)
    if item.code in _WAITED_FOR and not _waits_long(invocation):
        command = invocation.with_option("--api-timeout", _LONGER_FOR_A_CLUSTER)
        title = "wait longer for a control plane that is still coming up"
        return Fix(applicability=Applicability.REVIEW, title=title, command=command)
    if item.code in _OUT_OF_REACH and invocation.name in _ANSWERS_OFFLINE and _may_be_embedded(item):
        # The snapshot has no components, and a lock takes nothing less than all that it names.
        if invocation.has("--offline") or invocation.has("--locked"):
            return None
        command = invocation.with_words("--offline")
        title = "answer from the embedded snapshot meanwhile"
        return Fix(applicability=Applicability.REVIEW, title=title, command=command)
    return None


def _is_patient(invocation: Invocation) -> bool:
    """Whether a deadline was given that is as long already."""
    return _is_as_long(invocation.value_of("--deadline"), _LONGER)


def _waits_long(invocation: Invocation) -> bool:
    return _is_as_long(invocation.value_of("--api-timeout"), _LONGER_FOR_A_CLUSTER)


def _is_as_long(given: str | None, wanted: str) -> bool:
    from capyctl.core.durations import MalformedDurationError, parse_duration  # noqa: PLC0415 - start-up budget

    try:
        return given is not None and parse_duration(given) >= parse_duration(wanted)
    except MalformedDurationError:
        return False


def _may_be_embedded(item: Diagnostic) -> bool:
    """Whether a source failed that the snapshot was made from; it knows nothing of a company's own hosts."""
    hosts = {urlsplit(piece.url or "").hostname for piece in item.evidence}
    return not hosts or bool(hosts & _IN_THE_SNAPSHOT)


def _no_longer_safe(told: Sequence[Diagnostic]) -> dict[Diagnostic, Diagnostic]:
    """Safe fixes that would leave another diagnostic of the same code are for a person to look at."""
    everyone = Counter(item.code for item in told)
    promised = Counter((item.code, fix) for item in told for fix in item.fixes if _is_safe(fix))
    changes = {}
    for item in told:
        fixes = tuple(
            replace(fix, applicability=Applicability.REVIEW)
            if _is_safe(fix) and promised[item.code, fix] < everyone[item.code]
            else fix
            for fix in item.fixes
        )
        if fixes != item.fixes:
            changes[item] = replace(item, fixes=fixes)
    return changes


def _is_safe(fix: Fix) -> bool:
    return fix.applicability is Applicability.SAFE
