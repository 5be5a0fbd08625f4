"""The server's clock beside this machine's: certificates and tokens are judged by it."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.durations import format_duration
from capyctl.core.evidence import Evidence
from capyctl.core.moments import seconds_between

NOTICEABLE = 30.0
"""Seconds from which a difference is a warning (ADR 18)."""
HARMFUL = 300.0
"""Seconds from which it fails the part: certificates and tokens made now are valid too late or too early."""


class ClockFacts(Struct, frozen=True, kw_only=True):
    """The ``Date`` of an answer, and this machine's time when it came; both RFC 3339."""

    server: str | None
    local: str
    evidence: tuple[Evidence, ...] = ()


def judge_clock(facts: ClockFacts) -> CheckedPart:
    """Compare both clocks; a second or two are the answer's own time on the way."""
    skew = seconds_between(facts.local, facts.server) if facts.server is not None else None
    if skew is None:
        detail = "the server's answers carry no time"
        return CheckedPart(name=CheckName.CLOCK, outcome=CheckOutcome.SKIPPED, detail=detail)
    apart = abs(skew)
    detail = f"{format_duration(apart)} apart"
    if apart <= NOTICEABLE:
        return CheckedPart(
            name=CheckName.CLOCK, outcome=CheckOutcome.OK, detail=detail, evidence=facts.evidence
        )
    failed = apart > HARMFUL
    way = "ahead of" if skew > 0 else "behind"
    diagnostic = Diagnostic(
        code=codes.CLOCK_SKEW,
        severity=Severity.ERROR if failed else Severity.WARNING,
        detail=(
            f"The API server's clock is {format_duration(apart)} {way} this machine's: it says {facts.server}, "
            f"here it is {facts.local}. Certificates and tokens made now may be refused as not valid yet, or expire "
            "early."
        ),
        evidence=facts.evidence,
    )
    return CheckedPart(
        name=CheckName.CLOCK,
        outcome=CheckOutcome.FAILED if failed else CheckOutcome.OK,
        detail=f"the server is {format_duration(apart)} {way} this machine",
        evidence=facts.evidence,
        diagnostics=(diagnostic,),
    )
