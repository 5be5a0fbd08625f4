"""One process, one command: parse, run, render, end with the right status (cli.md 3)."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

import typer

from capyctl.cli.app import root_group
from capyctl.cli.command_table import COMMANDS
from capyctl.cli.options import CommonOptions, wanted_output, wanted_record
from capyctl.cli.recording import Recording, Said
from capyctl.cli.run import Outcome, Run, RunEndedError
from capyctl.cli.signals import InterruptedRun, Signals
from capyctl.cli.streams import prepare_streams, write_stderr, write_stdout
from capyctl.config.environment import read_environment
from capyctl.core.exit_status import ExitStatus

if TYPE_CHECKING:
    from capyctl.cli.render import Rendering

_HELP = frozenset({"-h", "--help"})

# What is needed only once something has to be told is imported there: help must cost no more than typer.


def run_process(argv: Sequence[str]) -> NoReturn:
    """Run the words, write both streams and end this process.

    Ends without waiting for threads: a question that still hangs in one must not keep the process.
    """
    signals = Signals()
    signals.install()
    prepare_streams()
    run = Run(
        argv=argv,
        environ=read_environment().variables,
        is_terminal=sys.stderr is not None and sys.stderr.isatty(),
        signals=signals,
    )
    try:
        status = complete(run)
    except InterruptedRun as impatience:
        status = impatience.status
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


def complete(run: Run) -> int:
    """Run one command line and write what it has to say, and its record where one is wanted; its status."""
    try:
        begin_recording(run)
        run.signals.begin()
        outcome = execute(run)
        run.signals.check()
        if outcome.stays is not None:
            return _tell_and_stay(run, outcome, outcome.stays)
        run.close()
        run.signals.end()
    except InterruptedRun as interruption:
        run.signals.end()
        run.close()
        outcome = _interrupted(run, interruption)
    return _written(_recorded(run, outcome))


def _tell_and_stay(run: Run, outcome: Outcome, stay: Callable[[], None]) -> int:
    """Tell what there is while the command goes on, whose end by a signal is the one that was asked for."""
    run.signals.hold()
    status = _written(_recorded(run, outcome))
    try:
        if status == ExitStatus.DONE:
            run.signals.begin()
            stay()
    except InterruptedRun:
        pass
    run.signals.end()
    run.close()
    return status


def _recorded(run: Run, outcome: Outcome) -> Said:
    """What an outcome prints; its record is left on the way, where one is wanted."""
    if run.recording is not None and not run.files_checked:
        outcome = _with_own_record(run, outcome)
    said = told(run, outcome)
    if run.recording is None:
        return said
    from capyctl.cli.run_records import leave_record  # noqa: PLC0415 - see the top

    return leave_record(run, outcome, said, told)


def _with_own_record(run: Run, outcome: Outcome) -> Outcome:
    """The outcome of words that were not understood; a usage error if the record would destroy what they name."""
    from capyctl.cli.named_files import refuse_record  # noqa: PLC0415 - see the top

    try:
        refuse_record(run)
    except typer.TyperException as error:
        return _usage(run, error)
    return outcome


def begin_recording(run: Run) -> None:
    """Keep what is printed from now on, where the words ask for a record."""
    path = wanted_record(run.argv)
    if path is not None:
        from capyctl.adapters.system_clock import SystemClock  # noqa: PLC0415 - see the top

        run.recording = Recording(path=path, started_at=SystemClock().now())


def told(run: Run, outcome: Outcome) -> Said:
    """What an outcome prints on both streams, and the status it ends with."""
    if outcome.bare is None:
        rendering = rendered(run, outcome)
        return Said(stdout=rendering.stdout, stderr=rendering.stderr, status=int(rendering.status))
    status = outcome.child_status if outcome.child_status is not None else outcome.status or ExitStatus.DONE
    return Said(stdout=outcome.bare, stderr=outcome.aside, status=int(status))


def _written(said: Said) -> int:
    """Write both streams; the status, unless the result could not be written."""
    failure = write_stdout(said.stdout)
    write_stderr(said.stderr)
    if failure is not None:
        write_stderr(f"error: the result cannot be written: {failure.strerror}\n")
        return ExitStatus.PROBLEMS
    return said.status


def execute(run: Run) -> Outcome:
    """Parse and run; whatever happens becomes an outcome.

    Raises:
        InterruptedRun: a signal came.
    """
    try:
        outcome = _performed(run)
    except typer.TyperException as error:
        return _usage(run, error)
    except KeyboardInterrupt as error:
        raise InterruptedRun(ExitStatus.INTERRUPTED) from error
    except RunEndedError as ended:
        asked = tuple(run.transcript())
        return Outcome(diagnostics=ended.diagnostics, evidence=asked, status=ended.status)
    except Exception as error:  # the one handler of our own bugs (style C10)
        if run.signals.status is not None:
            raise InterruptedRun(run.signals.status) from error
        return _fault(run, error)
    if isinstance(outcome, Outcome):
        return outcome
    if isinstance(outcome, int):
        return Outcome(bare="", status=ExitStatus(outcome))
    return _fault(run, TypeError("a command ended without an outcome"))


def _performed(run: Run) -> object:
    """What the command that the words name hands back; typer prints the help by itself, which a record has too."""
    if run.recording is None or not _HELP.intersection(run.argv):
        return root_group().main(list(run.argv), "capyctl", standalone_mode=False, obj=run)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        outcome = root_group().main(list(run.argv), "capyctl", standalone_mode=False, obj=run)
    if isinstance(outcome, int):
        return Outcome(bare=printed.getvalue(), status=ExitStatus(outcome))
    return outcome


def rendered(run: Run, outcome: Outcome) -> Rendering:
    """The streams' texts; a fault while rendering is a fault like any other."""
    from capyctl.cli.render import render  # noqa: PLC0415 - see the top

    try:
        return render(run, outcome)
    except Exception as error:  # noqa: BLE001 - a result that cannot be told is our own bug
        return render(run, _fault(run, error))


def _usage(run: Run, error: typer.TyperException) -> Outcome:
    from capyctl.cli.errors import usage_diagnostic  # noqa: PLC0415 - see the top

    run.command = _command_of(error, run)
    _settle_output(run)
    diagnostic = usage_diagnostic(error.format_message(), run.command)
    return Outcome(diagnostics=(diagnostic,), status=ExitStatus.USAGE)


def _fault(run: Run, error: Exception) -> Outcome:
    from capyctl.cli.errors import fault_diagnostic, fault_trace  # noqa: PLC0415 - see the top
    from capyctl.report.redaction import (  # noqa: PLC0415 - see the top
        secret_values,
        without_secrets,
        word_secrets,
    )

    if "--debug" in run.argv:
        secrets = (*secret_values(run.environ), *word_secrets(run.argv))
        run.trace = without_secrets(fault_trace(error), secrets)
    _settle_output(run)
    diagnostic = fault_diagnostic(error)
    asked = tuple(run.transcript())
    return Outcome(diagnostics=(diagnostic,), evidence=asked, status=ExitStatus.FAULT)


def _settle_output(run: Run) -> None:
    """A run that ends before its options were parsed still answers in the form that was asked for."""
    if run.options == CommonOptions():
        run.options = CommonOptions(output=wanted_output(run.argv, run.environ))


def _interrupted(run: Run, interruption: InterruptedRun) -> Outcome:
    _settle_output(run)
    return Outcome(evidence=tuple(run.transcript()), status=interruption.status)


def _command_of(error: typer.TyperException, run: Run) -> str:
    """The command's words as far as they were understood, else as they were typed."""
    context = getattr(error, "ctx", None)
    words = context.command_path.partition(" ")[2] if context is not None else run.command
    if words:
        return str(words)
    typed = [word for word in run.argv if not word.startswith("-")]
    known = next((each for each in COMMANDS if list(each) == typed[: len(each)]), ())
    return " ".join(known)
