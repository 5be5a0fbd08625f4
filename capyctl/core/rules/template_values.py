"""Rules about values of template variables."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from capyctl.core.codes import INSPECTION_NEEDS_NO_VARIABLES, VARIABLES_UNSET
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.template_variable import Variable

_LOOKING = "; looking does not, so the text was read unexpanded."


def values_not_needed(subject: Subject, missing: Sequence[Variable]) -> tuple[Diagnostic, ...]:
    """A note on variables that installing will need and looking does not (F56)."""
    if not missing:
        return ()
    names = joined([variable.name for variable in missing])
    detail = f"Installing needs a value for {names}{_LOOKING}"
    return (
        Diagnostic(
            code=INSPECTION_NEEDS_NO_VARIABLES, severity=Severity.NOTE, detail=detail, subject=subject
        ),
    )


def values_to_set(note: Diagnostic) -> tuple[Diagnostic, Diagnostic]:
    """What installing will say of the same variables, and the note on looking as what follows from that."""
    unset = replace(note, code=VARIABLES_UNSET, detail=f"{note.detail.removesuffix(_LOOKING)}.")
    detail = "Looking needs no value for them: the text was read unexpanded."
    return unset, replace(note, detail=detail, caused_by=unset)


def joined(names: Sequence[str]) -> str:
    """Names for a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
