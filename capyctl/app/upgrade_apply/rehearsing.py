"""What a server's dry run of an upgrade brought: what it refuses, and nothing that passes or comes later."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.app.apply.rehearsal import Rehearsed
from capyctl.app.install.write_diagnostics import diagnose_write
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.diagnostics import Diagnostic

_NOT_NOW = frozenset({ApiTrouble.WEBHOOK_UNAVAILABLE, ApiTrouble.TERMINATING, ApiTrouble.CONFLICT})
"""What the run itself waits out: a webhook may be one that this very upgrade brings back."""


def rehearsal_problems(rehearsed: Iterable[Rehearsed]) -> tuple[Diagnostic, ...]:
    """One diagnostic an object that the server would refuse."""
    return tuple(
        diagnose_write(each.failure, f"{each.key} of {each.owner}", each.owner or None)
        for each in rehearsed
        if each.failure is not None and each.failure.trouble not in _NOT_NOW
    )
