"""Prints a record as the run printed it; on a terminal, only what cannot do harm there (ADR 34)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import typer

from capyctl.cli.options import Output
from capyctl.cli.run import Outcome, Run
from capyctl.cli.streams import let_bytes_through
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.pattern import pattern
from capyctl.core.run_record import (
    LONGEST,
    PrintedForm,
    RecordFault,
    RecordUnusableError,
    RunRecord,
    read_record,
)

_CODES = {
    RecordFault.NO_RECORD: codes.NOT_A_RECORD,
    RecordFault.LATER_FORMAT: codes.RECORD_OF_LATER_FORMAT,
    RecordFault.DAMAGED: codes.RECORD_DAMAGED,
}
_FIXES = {
    RecordFault.NO_RECORD: "name a file that --record left; this makes one",
    RecordFault.LATER_FORMAT: "update capyctl, or ask for a record made with this version",
    RecordFault.DAMAGED: "ask for the record again, as a file and not pasted; this makes one",
}
_HARMFUL = pattern(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\udc80-\udcff]")
"""What moves the cursor, sets titles or answers for the user; colours, tabs and line ends are left."""


def replayed(run: Run, file: Path) -> Outcome:
    """The outcome that prints a record.

    Raises:
        typer.BadParameter: the record lacks the form of output that is asked for.
    """
    try:
        record = read_record(_content(file))
    except RecordUnusableError as error:
        return Outcome(diagnostics=(_unusable(file, error),))
    given = run.flags.get("output") or run.environ.get("CAPYCTL_OUTPUT")
    asked = run.options.output.value if given else record.output
    if asked not in record.forms:
        known = " and ".join(record.forms)
        raise typer.BadParameter(f"this record has {known}, and no {asked}", param_hint="--output")
    let_bytes_through()
    return _printed(record.forms[asked], record)


def _printed(form: PrintedForm, record: RunRecord) -> Outcome:
    def again(output: Output) -> Outcome:
        return _printed(record.forms.get(output.value, form), record)

    return Outcome(
        bare=_shown(form.stdout, sys.stdout),
        aside=_shown(form.stderr, sys.stderr),
        child_status=form.exit_status,
        recorded=again,
    )


def _shown(text: str, stream: TextIO | None) -> str:
    """Byte for byte, but not to a terminal: a record may come from anybody."""
    return _HARMFUL().sub("", text) if stream is not None and stream.isatty() else text


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST + 1)
    except OSError as error:
        reason = f"it cannot be read: {error.strerror or 'unknown reason'}"
        raise RecordUnusableError(RecordFault.NO_RECORD, reason) from error
    if len(data) > LONGEST:
        raise RecordUnusableError(RecordFault.NO_RECORD, f"it has more than {LONGEST // 1024 // 1024} MiB")
    return data


def _unusable(file: Path, error: RecordUnusableError) -> Diagnostic:
    fix = Fix(
        applicability=Applicability.REVIEW,
        title=_FIXES[error.fault],
        command="capyctl diagnose-provider bootstrap-kubeadm --record run.json"
        if error.fault is not RecordFault.LATER_FORMAT
        else "capyctl version",
    )
    return Diagnostic(
        code=_CODES[error.fault],
        severity=Severity.ERROR,
        detail=f"The file {file} cannot be replayed: {error.reason}.",
        subject=Subject(file=str(file)),
        fixes=(fix,),
    )
