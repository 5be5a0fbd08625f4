"""The way out of a retracted choice: the newest version that its authors have not taken back."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from capyctl.app.pin_fixes import pin_fix
from capyctl.app.resolution import Target
from capyctl.core import codes
from capyctl.core.causes import exchanged
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.invocation import Invocation


def with_kept_pin(
    found: Sequence[Diagnostic], tag: str | None, target: Target, invocation: Invocation
) -> list[Diagnostic]:
    """The same, with the command that names ``tag`` where the chosen version is retracted.

    To be looked at first: the reason may not concern who installs the provider, and the version is an older one.
    """
    if tag is None:
        return list(found)
    fix = pin_fix(target, tag, f"name {tag}, the newest version that is not retracted", invocation)
    mended = {
        item: replace(item, fixes=(fix, *item.fixes))
        for item in found
        if item.code is codes.VERSION_RETRACTED and item.severity is Severity.WARNING
    }
    return list(exchanged(found, mended))
