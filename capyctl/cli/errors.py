"""What ends a run before its command does, as diagnostics: a usage error, or a fault of our own."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from capyctl.core.codes import INTERNAL_FAULT, USAGE
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity


def usage_diagnostic(message: str, command: str) -> Diagnostic:
    """The one diagnostic of a command line that cannot be understood."""
    detail = message[:1].upper() + message[1:]
    return Diagnostic(
        code=USAGE,
        severity=Severity.ERROR,
        detail=detail if detail.endswith((".", "?")) else f"{detail}.",
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="see what this command takes",
                command=f"capyctl {command} --help" if command else "capyctl --help",
            ),
        ),
    )


def fault_diagnostic(error: BaseException) -> Diagnostic:
    """CAPY0001: where it happened, never what the values were; they could be anything."""
    return Diagnostic(
        code=INTERNAL_FAULT,
        severity=Severity.ERROR,
        detail=(
            f"This is a bug in capyctl, not a mistake of yours: {type(error).__name__} in {_place(error)}. "
            "Please report it, with the record that the same command leaves under --debug --record FILE."
        ),
    )


def fault_trace(error: BaseException) -> str:
    """The whole traceback, for ``--debug``; not redacted yet."""
    return "".join(traceback.format_exception(error))


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "capyctl" in PurePath(frame.filename).parts]
    if not ours:
        return "an unknown place"
    parts = PurePath(ours[-1].filename).parts
    module = "/".join(parts[len(parts) - 1 - parts[::-1].index("capyctl") :])
    return f"{module}, line {ours[-1].lineno}"
