"""One process, one command: parse, run, render, end with the right status (cli.md 3)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import typer

from capyctl.cli.app import root_group
from capyctl.cli.command_table import COMMANDS
from capyctl.cli.exit_status import ExitStatus
from capyctl.cli.options import CommonOptions, wanted_output
from capyctl.cli.run import Outcome, Run
from capyctl.cli.signals import InterruptedRun, install_signals, reset_signals
from capyctl.cli.streams import prepare_streams, write_stderr, write_stdout

if TYPE_CHECKING:
    from capyctl.cli.render import Rendering

# What is needed only once something has to be told is imported there: help must cost no more than typer.


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that is over: what it handed back, and the trace of a fault for ``--debug``."""

    outcome: Outcome
    trace: str = ""


def run_process(argv: Sequence[str]) -> NoReturn:
    """Run the words, write both streams and end this process.

    Ends without waiting for threads: a question that still hangs in one must not keep the process.
    """
    install_signals()
    prepare_streams()
    environ = dict(os.environ)  # noqa: TID251
    run = Run(argv=argv, environ=environ, is_terminal=sys.stderr is not None and sys.stderr.isatty())
    status = complete(run)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


def complete(run: Run) -> ExitStatus:
    """Run one command line and write what it has to say; its status."""
    try:
        ended = execute(run)
        run.close()
        reset_signals()
    except InterruptedRun as interruption:
        reset_signals()
        run.close()
        ended = _interrupted(run, interruption)
    outcome = ended.outcome
    if outcome.bare is not None:
        failure = write_stdout(outcome.bare)
        status = outcome.status or ExitStatus.DONE
    else:
        rendering = _rendered(run, ended)
        failure = write_stdout(rendering.stdout)
        write_stderr(rendering.stderr)
        status = rendering.status
    if failure is not None:
        write_stderr(f"error: the result cannot be written: {failure.strerror}\n")
        return ExitStatus.PROBLEMS
    return status


def execute(run: Run) -> Ended:
    """Parse and run; whatever happens becomes an outcome.

    Raises:
        InterruptedRun: a signal came.
    """
    try:
        outcome = root_group().main(list(run.argv), "capyctl", standalone_mode=False, obj=run)
    except typer.TyperException as error:
        return Ended(outcome=_usage(run, error))
    except KeyboardInterrupt as error:
        raise InterruptedRun(ExitStatus.INTERRUPTED) from error
    except Exception as error:  # noqa: BLE001 - the one handler of our own bugs (style C10)
        return _fault(run, error)
    if isinstance(outcome, Outcome):
        return Ended(outcome=outcome)
    if isinstance(outcome, int):
        return Ended(outcome=Outcome(bare="", status=ExitStatus(outcome)))
    return _fault(run, TypeError("a command ended without an outcome"))


def _rendered(run: Run, ended: Ended) -> Rendering:
    """The streams' texts; a fault while rendering is a fault like any other."""
    from capyctl.cli.render import render  # noqa: PLC0415 - see the top

    try:
        return render(run, ended.outcome, ended.trace)
    except Exception as error:  # noqa: BLE001 - a result that cannot be told is our own bug
        fault = _fault(run, error)
        return render(run, fault.outcome, fault.trace)


def _usage(run: Run, error: typer.TyperException) -> Outcome:
    from capyctl.cli.errors import usage_diagnostic  # noqa: PLC0415 - see the top

    run.command = _command_of(error, run)
    if run.options == CommonOptions():
        run.options = CommonOptions(output=wanted_output(run.argv, run.environ))
    diagnostic = usage_diagnostic(error.format_message(), run.command)
    return Outcome(diagnostics=(diagnostic,), status=ExitStatus.USAGE)


def _fault(run: Run, error: Exception) -> Ended:
    from capyctl.cli.errors import fault_diagnostic, fault_trace  # noqa: PLC0415 - see the top
    from capyctl.report.redaction import secret_values, without_secrets  # noqa: PLC0415 - see the top

    trace = ""
    if "--debug" in run.argv:
        trace = without_secrets(fault_trace(error), secret_values(run.environ))
    if run.options == CommonOptions():
        run.options = CommonOptions(output=wanted_output(run.argv, run.environ))
    diagnostic = fault_diagnostic(error)
    asked = tuple(run.transcript())
    return Ended(
        outcome=Outcome(diagnostics=(diagnostic,), evidence=asked, status=ExitStatus.FAULT), trace=trace
    )


def _interrupted(run: Run, interruption: InterruptedRun) -> Ended:
    if run.options == CommonOptions():
        run.options = CommonOptions(output=wanted_output(run.argv, run.environ))
    return Ended(outcome=Outcome(evidence=tuple(run.transcript()), status=interruption.status))


def _command_of(error: typer.TyperException, run: Run) -> str:
    """The command's words as far as they were understood, else as they were typed."""
    context = getattr(error, "ctx", None)
    words = context.command_path.partition(" ")[2] if context is not None else run.command
    if words:
        return str(words)
    typed = [word for word in run.argv if not word.startswith("-")]
    known = next((each for each in COMMANDS if list(each) == typed[: len(each)]), ())
    return " ".join(known)
