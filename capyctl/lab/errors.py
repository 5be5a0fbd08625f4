"""What can keep a lab from running: each error knows its registered code and its diagnostic."""

from __future__ import annotations

from capyctl.core.codes import (
    COMMAND_NOT_STARTED,
    LAB_EXTRA_MISSING,
    SCENARIO_INVALID,
    UNKNOWN_SCENARIO,
    Code,
)
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject


class LabError(Exception):
    """A lab that cannot run.

    Attributes:
        detail: what is wrong and what to do, in full sentences. file: the scenario file, if it is about one.
    """

    code: Code

    def __init__(self, detail: str, *, file: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.file = file

    def diagnostic(self) -> Diagnostic:
        """The one diagnostic this error becomes."""
        return Diagnostic(
            code=self.code,
            severity=Severity.ERROR,
            detail=self.detail,
            subject=Subject(file=self.file),
            fixes=self.fixes(),
        )

    def fixes(self) -> tuple[Fix, ...]:
        """Ways out."""
        return ()


class UnknownScenarioError(LabError):
    """No scenario of that name exists (CAPY1201)."""

    code = UNKNOWN_SCENARIO

    def fixes(self) -> tuple[Fix, ...]:
        return (
            Fix(
                applicability=Applicability.REVIEW,
                title="see which scenarios exist",
                command="capyctl lab list",
            ),
        )


class ScenarioInvalidError(LabError):
    """A scenario file cannot be used (CAPY1202)."""

    code = SCENARIO_INVALID


class LabExtraMissingError(LabError):
    """The packages of the extra ``lab`` are not installed (CAPY1203)."""

    code = LAB_EXTRA_MISSING

    def fixes(self) -> tuple[Fix, ...]:
        title = "install capyctl with its lab: pip install 'capyctl[lab]'"
        return (Fix(applicability=Applicability.REVIEW, title=title),)


class CommandNotStartedError(LabError):
    """The command to run in the lab could not be started (CAPY1204)."""

    code = COMMAND_NOT_STARTED
