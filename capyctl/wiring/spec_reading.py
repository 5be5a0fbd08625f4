"""What is wrong with a spec file, each fault at its line and column."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.config.spec_file import SpecFileError
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.invocation import Invocation
from capyctl.core.lock_spec import SpecFault, SpecProvider
from capyctl.core.requirement import Requirement


def spec_unreadable(error: SpecFileError) -> tuple[Diagnostic, ...]:
    """One error for each fault."""
    lines = error.text.splitlines()
    return tuple(_diagnostic(error.path, fault, lines) for fault in error.faults)


def spec_contradicted(
    entries: Sequence[SpecProvider], general: Requirement, invocation: Invocation
) -> Diagnostic:
    """Entries that ask for another contract than the option, which means exactly one."""
    named = ", ".join(f"{each.requirement.contract} of {each.reference.name}" for each in entries)
    given = invocation.value_of("--from")
    spec = f"The spec {given}" if given is not None else "The spec"
    return Diagnostic(
        code=codes.SPEC_UNREADABLE,
        severity=Severity.ERROR,
        detail=f"{spec} asks for contract {named}, and --contract {general.contract} takes no other than that.",
        subject=Subject(provider=entries[0].reference.name if len(entries) == 1 else None, file=given),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="lock with the contracts that the spec asks for",
                command=invocation.without("--contract"),
            ),
        ),
    )


def _diagnostic(path: str, fault: SpecFault, lines: list[str]) -> Diagnostic:
    where = f", line {fault.line}, column {fault.column}" if fault.line else ""
    span = Span(
        file=path,
        line=fault.line,
        column=fault.column,
        end_line=fault.line,
        end_column=fault.column + 1,
        label=fault.reason,
        source=lines[fault.line - 1] if 0 < fault.line <= len(lines) else "",
    )
    return Diagnostic(
        code=codes.SPEC_UNREADABLE,
        severity=Severity.ERROR,
        detail=f"The spec {path} cannot be used{where}: {fault.reason}.",
        subject=Subject(file=path),
        spans=(span,) if fault.line else (),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="mend the line; this shows what a spec may say"
                if fault.line
                else "name a spec file that can be read",
                command="capyctl explain CAPY1104",
            ),
        ),
    )
