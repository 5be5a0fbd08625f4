"""From diagnostics to a verdict on a provider (cli.md 5)."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from capyctl.core.causes import root_of
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.status_rules import UNAVAILABLE


class Verdict(enum.Enum):
    """What is said of a provider as a whole."""

    SOUND = "sound"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNDETERMINED = "undetermined"


def verdict_on(diagnostics: Iterable[Diagnostic], *, chosen: bool) -> Verdict:
    """Sound: chosen, nothing above a note. Degraded: chosen, with warnings. Broken: none can be chosen."""
    found = list(diagnostics)
    if chosen:
        flawed = any(item.severity is not Severity.NOTE for item in found)
        return Verdict.DEGRADED if flawed else Verdict.SOUND
    unavailable = any(item.is_error and root_of(item).code in UNAVAILABLE for item in found)
    return Verdict.UNDETERMINED if unavailable else Verdict.BROKEN
