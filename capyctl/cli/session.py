"""One process, one command: parse, run, render, end with the right status (cli.md 3)."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

import typer

from capyctl.cli.app import root_group
from capyctl.cli.command_table import COMMANDS
from capyctl.cli.errors import InterruptedRun, fault_diagnostic, fault_trace, usage_diagnostic
from capyctl.cli.exit_status import ExitStatus
from capyctl.cli.options import CommonOptions, wanted_output
from capyctl.cli.render import Rendering, render
from capyctl.cli.run import Outcome, Run
from capyctl.cli.streams import prepare_streams, write_stderr, write_stdout
from capyctl.report.redaction import secret_values, without_secrets


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
    if sys.stdout is not None:
        sys.stdout.flush()
    os._exit(status)


def complete(run: Run) -> ExitStatus:
    """Run one command line and write what it has to say; its status."""
    try:
        ended = execute(run)
        run.close()
        ignore_signals()
    except InterruptedRun as interruption:
        ignore_signals()
        run.close()
        ended = _interrupted(run, interruption)
    rendering = _rendered(run, ended)
    failure = write_stdout(rendering.stdout)
    write_stderr(rendering.stderr)
    if failure is not None:
        write_stderr(f"error: the result cannot be written: {failure.strerror}\n")
        return ExitStatus.PROBLEMS
    return rendering.status


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


def install_signals() -> None:
    """Let SIGINT and SIGTERM end the run at once, by an exception in the main thread."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)


def ignore_signals() -> None:
    """The run is over and is being told; a second signal ends the process where it stands."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise InterruptedRun(ExitStatus.TERMINATED if number == signal.SIGTERM else ExitStatus.INTERRUPTED)


def _rendered(run: Run, ended: Ended) -> Rendering:
    """The streams' texts; a fault while rendering is a fault like any other."""
    try:
        return render(run, ended.outcome, ended.trace)
    except Exception as error:  # noqa: BLE001 - a result that cannot be told is our own bug
        fault = _fault(run, error)
        return render(run, fault.outcome, fault.trace)


def _usage(run: Run, error: typer.TyperException) -> Outcome:
    run.command = _command_of(error, run)
    if run.options == CommonOptions():
        run.options = CommonOptions(output=wanted_output(run.argv, run.environ))
    return Outcome(
        diagnostics=(usage_diagnostic(error.format_message(), run.command),), status=ExitStatus.USAGE
    )


def _fault(run: Run, error: Exception) -> Ended:
    secrets = secret_values(run.environ)
    trace = without_secrets(fault_trace(error), secrets) if "--debug" in run.argv else ""
    outcome = Outcome(
        diagnostics=(fault_diagnostic(error),), evidence=tuple(run.transcript()), status=ExitStatus.FAULT
    )
    return Ended(outcome=outcome, trace=trace)


def _interrupted(run: Run, interruption: InterruptedRun) -> Ended:
    if not run.command:
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
