"""What is said of one part of a management cluster, and what all of them make a run end with."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from msgspec import Struct

from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix
from capyctl.core.durations import format_duration
from capyctl.core.evidence import Evidence
from capyctl.core.exit_status import ExitStatus, worst
from capyctl.core.status_rules import status_of

YOUNG = 10 * 60.0
"""Seconds during which what is not ready yet may still be coming up (F74: ages of a few minutes)."""
_NAMED = 5


class CheckName(enum.Enum):
    """The parts, in the order of the document."""

    REACHABLE = "reachable"
    READY = "ready"
    KUBERNETES = "kubernetes"
    NODES = "nodes"
    CORE = "core"
    INVENTORY = "inventory"
    CERT_MANAGER = "cert-manager"
    PERMISSIONS = "permissions"
    CLOCK = "clock"
    NODE_TUNNELS = "node-tunnels"


class CheckOutcome(enum.Enum):
    """Waiting is what passes by itself; skipped is what could not be asked, or does not apply here."""

    OK = "ok"
    WAITING = "waiting"
    FAILED = "failed"
    SKIPPED = "skipped"


_STATUS = {CheckOutcome.FAILED: ExitStatus.PROBLEMS, CheckOutcome.WAITING: ExitStatus.UNDETERMINED}


class CheckedPart(Struct, frozen=True, kw_only=True):
    """One part: how it stands, in one line of words, what that rests on, and what is to be said about it.

    Attributes:
        failure: what could not be read, where that decided the outcome.
    """

    name: CheckName
    outcome: CheckOutcome
    detail: str
    evidence: tuple[Evidence, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    failure: ApiFailure | None = None


def status_of_checks(checks: Iterable[CheckedPart]) -> ExitStatus:
    """A failed part is a problem, else a waiting one leaves the verdict open; skipped is neither (cli.md 3).

    A diagnostic that is an error counts by itself, whatever the part's outcome.
    """
    found = list(checks)
    said = status_of(each for check in found for each in check.diagnostics)
    return worst([said, *(_STATUS.get(check.outcome, ExitStatus.DONE) for check in found)])


def unread(name: CheckName, failure: ApiFailure, what: str) -> CheckedPart:
    """The result where something could not be read: no right skips the part, what passes makes it wait."""
    if failure.trouble is ApiTrouble.FORBIDDEN:
        outcome, detail = CheckOutcome.SKIPPED, f"these credentials may not read {what}"
    else:
        outcome = CheckOutcome.WAITING if failure.trouble.passes else CheckOutcome.FAILED
        detail = f"no answer about {what}: {failure.reason}"
    return CheckedPart(
        name=name, outcome=outcome, detail=detail, evidence=(failure.evidence,), failure=failure
    )


def some(names: Iterable[str]) -> str:
    """The first few names; how many more there are follows them."""
    found = list(names)
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 node``, ``3 nodes``, ``2 addresses``."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def format_age(seconds: float) -> str:
    """An age in its two greatest units, such as ``40s``, ``3m5s`` or ``12d``."""
    whole = max(int(seconds), 0)
    if whole >= 2 * 24 * 3600:
        return f"{whole // (24 * 3600)}d"
    return format_duration(float(whole - whole % 60 if whole >= 3600 else whole))


def wait_fix(command: str | None) -> Fix:
    """The way out of what passes: the same check, with patience."""
    return Fix(applicability=Applicability.REVIEW, title="wait until it passes", command=command)
