"""Rules about values of template variables."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.core.codes import INSPECTION_NEEDS_NO_VARIABLES
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.template_variable import Variable


def values_not_needed(subject: Subject, missing: Sequence[Variable]) -> tuple[Diagnostic, ...]:
    """A note on variables that installing will need and looking does not (F56)."""
    if not missing:
        return ()
    names = joined([variable.name for variable in missing])
    detail = f"Installing needs a value for {names}; looking does not, so the text was read unexpanded."
    return (
        Diagnostic(
            code=INSPECTION_NEEDS_NO_VARIABLES, severity=Severity.NOTE, detail=detail, subject=subject
        ),
    )


def joined(names: Sequence[str]) -> str:
    """Names for a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
