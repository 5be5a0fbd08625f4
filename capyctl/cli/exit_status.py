"""How a run ends: the exit statuses of cli.md 3, which one wins, and what a diagnostic asks for."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity


class ExitStatus(enum.IntEnum):
    """The statuses of cli.md 3; ``word`` is the document's ``status``."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    UNDETERMINED = 3
    PARTIAL = 4
    FAULT = 70
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def word(self) -> str:
        """The name in the JSON document; interrupted and terminated share one."""
        return "interrupted" if self is ExitStatus.TERMINATED else self.name.lower()


_PRIORITY = (
    ExitStatus.FAULT,
    ExitStatus.INTERRUPTED,
    ExitStatus.TERMINATED,
    ExitStatus.PARTIAL,
    ExitStatus.USAGE,
    ExitStatus.PROBLEMS,
    ExitStatus.UNDETERMINED,
    ExitStatus.DONE,
)

_STATUS_OF_CODE = {
    codes.INTERNAL_FAULT: ExitStatus.FAULT,
    codes.USAGE: ExitStatus.USAGE,
    codes.MALFORMED_REFERENCE: ExitStatus.USAGE,
    codes.COMMAND_OF_CLUSTERCTL: ExitStatus.USAGE,
    codes.CLUSTER_COMMANDS_LATER: ExitStatus.USAGE,
    codes.SOURCE_UNREACHABLE: ExitStatus.UNDETERMINED,
    codes.SOURCE_SILENT: ExitStatus.UNDETERMINED,
    codes.RATE_LIMITED: ExitStatus.UNDETERMINED,
    codes.CREDENTIAL_REJECTED: ExitStatus.UNDETERMINED,
    codes.TLS_UNTRUSTED: ExitStatus.UNDETERMINED,
    codes.PROXY_REFUSED: ExitStatus.UNDETERMINED,
    codes.SOURCE_FAILED: ExitStatus.UNDETERMINED,
    codes.DEADLINE_PASSED: ExitStatus.UNDETERMINED,
    codes.NO_DATA_OFFLINE: ExitStatus.UNDETERMINED,
    codes.ACCESS_DENIED: ExitStatus.UNDETERMINED,
    codes.FILE_NOT_AVAILABLE_OFFLINE: ExitStatus.UNDETERMINED,
}


def worst(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """Of several outcomes in one run, the one that counts (cli.md 3); done when there is none."""
    return min(statuses, key=_PRIORITY.index, default=ExitStatus.DONE)


def status_of(diagnostics: Iterable[Diagnostic]) -> ExitStatus:
    """What a run with these diagnostics ends with; only errors count, and of them only root causes."""
    return worst(_status_of_error(_root_error(each)) for each in diagnostics if each.is_error)


def with_warnings(status: ExitStatus, diagnostics: Iterable[Diagnostic]) -> ExitStatus:
    """The status under ``--fail-on warning``: a warning is a problem found."""
    warned = any(each.severity is Severity.WARNING for each in diagnostics)
    return worst((status, ExitStatus.PROBLEMS)) if warned else status


def _root_error(diagnostic: Diagnostic) -> Diagnostic:
    """The first cause that is still an error: an error may follow from what is only a warning."""
    current = diagnostic
    while current.caused_by is not None and current.caused_by.is_error:
        current = current.caused_by
    return current


def _status_of_error(diagnostic: Diagnostic) -> ExitStatus:
    return _STATUS_OF_CODE.get(diagnostic.code, ExitStatus.PROBLEMS)
