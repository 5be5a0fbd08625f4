"""What the diagnostics of a run ask its exit status to be (cli.md 3)."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus, worst

UNAVAILABLE = frozenset(
    {
        codes.SOURCE_UNREACHABLE,
        codes.SOURCE_SILENT,
        codes.RATE_LIMITED,
        codes.CREDENTIAL_REJECTED,
        codes.TLS_UNTRUSTED,
        codes.PROXY_REFUSED,
        codes.SOURCE_FAILED,
        codes.DEADLINE_PASSED,
        codes.NO_DATA_OFFLINE,
        codes.ACCESS_DENIED,
    }
)
"""Codes of what could not be had: no verdict on a provider follows from them."""

_STATUS_OF_CODE = {
    codes.INTERNAL_FAULT: ExitStatus.FAULT,
    codes.USAGE: ExitStatus.USAGE,
    codes.MALFORMED_REFERENCE: ExitStatus.USAGE,
    codes.COMMAND_OF_CLUSTERCTL: ExitStatus.USAGE,
    **dict.fromkeys(UNAVAILABLE, ExitStatus.UNDETERMINED),
    codes.FILE_NOT_AVAILABLE_OFFLINE: ExitStatus.UNDETERMINED,
    codes.LOCKED_FILE_NOT_KEPT: ExitStatus.UNDETERMINED,
    codes.API_SERVER_UNREACHABLE: ExitStatus.UNDETERMINED,
    codes.API_SERVER_NOT_READY: ExitStatus.UNDETERMINED,
    codes.API_GROUP_UNAVAILABLE: ExitStatus.UNDETERMINED,
    codes.NODE_IMAGE_UNREAD: ExitStatus.UNDETERMINED,
}


def status_of(diagnostics: Iterable[Diagnostic]) -> ExitStatus:
    """What a run with these diagnostics ends with; only errors count, and of them only root causes."""
    return worst(asked_status(_root_error(each).code) for each in diagnostics if each.is_error)


def asked_status(code: Code) -> ExitStatus:
    """The status that an error of this code asks for when it is a root cause."""
    return _STATUS_OF_CODE.get(code, ExitStatus.PROBLEMS)


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
