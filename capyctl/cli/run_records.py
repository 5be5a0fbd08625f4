"""Leaves the record of a run: every form of its output, and what it ran with, without a secret (cli.md 7.3)."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from capyctl.adapters.whole_file import WholeFileError
from capyctl.cli.files import write_atomically
from capyctl.cli.options import Output, wanted_output
from capyctl.cli.recording import Recording, Said
from capyctl.cli.run import Outcome, Run
from capyctl.core.codes import RECORD_UNWRITABLE
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.exit_status import ExitStatus, worst
from capyctl.core.invocation import Invocation
from capyctl.core.run_record import PrintedForm, RunRecord, record_text
from capyctl.report.redaction import secret_values, without_secrets, word_secrets
from capyctl.report.told_environment import told_arguments, told_environment
from capyctl.version import __version__

Told = Callable[[Run, Outcome], Said]


def leave_record(run: Run, outcome: Outcome, said: Said, told: Told) -> Said:
    """Write the record of a run; what it prints now, which says so where the record cannot be written.

    ``said`` is what the outcome prints in the form that was asked for; ``told`` makes the same for another form.
    """
    recording = run.recording
    if recording is None:
        return said
    record = _record(run, recording, outcome, dict(_forms(run, recording, outcome, said, told)))
    try:
        write_atomically(recording.path, record_text(record))
    except WholeFileError as error:
        return told(run, with_problem(run, outcome, _unwritable(run, recording, error)))
    return said


def _record(run: Run, recording: Recording, outcome: Outcome, forms: dict[str, PrintedForm]) -> RunRecord:
    secrets = (*secret_values(run.environ), *word_secrets(run.argv), *outcome.secrets)
    return RunRecord(
        output=run.options.output.value,
        forms={name: _without_secrets(form, secrets) for name, form in forms.items()},
        command=run.command,
        arguments=told_arguments(run.argv, secrets),
        environment=told_environment(run.environ, outcome.variables),
        started_at=recording.started_at,
        capyctl=__version__,
        python=platform.python_version(),
        platform=f"{sys.platform} {platform.machine()}",
    )


def _forms(
    run: Run, recording: Recording, outcome: Outcome, said: Said, told: Told
) -> Iterator[tuple[str, PrintedForm]]:
    """Each form of output; what was printed before the end was printed in the form that was asked for alone."""
    asked = run.options.output
    for form in _known(run, outcome):
        other = replace(run, options=replace(run.options, output=form))
        shown = outcome.recorded(form) if outcome.recorded is not None else outcome
        found = said if form is asked and shown is outcome else told(other, shown)
        printed = _cleaned(found) if outcome.recorded is None or shown.bare is None else found
        heard = ("".join(recording.stdout), "".join(recording.stderr)) if form is asked else ("", "")
        yield (
            form.value,
            PrintedForm(
                stdout=_clean(heard[0]) + printed.stdout,
                stderr=_clean(heard[1]) + printed.stderr,
                exit_status=printed.status,
            ),
        )


def _known(run: Run, outcome: Outcome) -> Iterator[Output]:
    """Text and JSON, and YAML where the command has it or the words asked for it; help ends before they are read."""
    yield from (Output.TEXT, Output.JSON)
    typed = run.options.output if outcome.bare is None else wanted_output(run.argv, run.environ)
    if outcome.yaml is not None or Output.YAML in (typed, run.options.output):
        yield Output.YAML


def _cleaned(said: Said) -> Said:
    """What a run prints of its own; what a child printed, or another run, is left as it is."""
    return replace(said, stdout=_clean(said.stdout), stderr=_clean(said.stderr))


def _clean(text: str) -> str:
    """Text as the streams print it: what is no Unicode is written with a backslash."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _without_secrets(form: PrintedForm, secrets: Sequence[str]) -> PrintedForm:
    """The last net: whatever a message holds, no value of a known secret is in the record of it."""
    written = {json.dumps(secret)[1:-1] for secret in secrets}.difference(secrets)
    known = (*secrets, *sorted(written))
    return replace(
        form, stdout=without_secrets(form.stdout, known), stderr=without_secrets(form.stderr, known)
    )


def _unwritable(run: Run, recording: Recording, error: WholeFileError) -> Diagnostic:
    return Diagnostic(
        code=RECORD_UNWRITABLE,
        severity=Severity.ERROR,
        detail=(
            f"The record {recording.path} cannot be written: {error.reason}."
            " The run itself was not affected; what it found is given."
        ),
        subject=Subject(file=recording.path),
        fixes=(
            Fix(
                applicability=Applicability.SAFE,
                title="run without a record, or name a file that can be written",
                command=Invocation(words=tuple(run.argv)).without("--record"),
            ),
        ),
    )


def with_problem(run: Run, outcome: Outcome, problem: Diagnostic) -> Outcome:
    """The outcome with one more error; what is printed bare stays, and the error is told beside it."""
    if outcome.bare is None:
        status = None if outcome.status is None else worst((outcome.status, ExitStatus.PROBLEMS))
        return replace(outcome, diagnostics=(*outcome.diagnostics, problem), status=status)
    from capyctl.cli.render import render  # noqa: PLC0415 - start-up budget

    textual = replace(run, options=replace(run.options, output=Output.TEXT))
    aside = render(textual, Outcome(diagnostics=(problem,))).stderr
    return replace(
        outcome,
        aside=outcome.aside + aside,
        status=worst((outcome.status or ExitStatus.DONE, ExitStatus.PROBLEMS)),
        child_status=(outcome.child_status or int(ExitStatus.PROBLEMS))
        if outcome.child_status is not None
        else None,
    )
