"""``capyctl lab run``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec.structs import replace

from capyctl.adapters.whole_file import WholeFileError
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.files import check_writable, named_file, not_written, write_atomically
from capyctl.cli.options import Output
from capyctl.cli.run import Outcome, Run, run_of
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.exit_status import ExitStatus

app = command_app()

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A scenario, or the .yaml file of one.", show_default=False)
]
Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[-- COMMAND]...", help="What to run; without it, the scenario's own.", show_default=False
    ),
]
ReportFile = Annotated[
    str | None, typer.Option("--report", metavar="FILE", help="Write the report to FILE instead of stderr.")
]


@app.command(cls=CapyCommand)
def lab_run(ctx: typer.Context, name: Name, command: Words = None, report: ReportFile = None) -> Outcome:
    """Run a command in a scenario of the lab: a fake internet, over TLS, behind a proxy on loopback.

    The command keeps its streams and its exit status. The requests it made are reported on stderr.
    """
    from capyctl.lab.errors import LabError  # noqa: PLC0415 - start-up budget
    from capyctl.lab.run import run_in_lab  # noqa: PLC0415 - start-up budget
    from capyctl.lab.scenario import load_scenario  # noqa: PLC0415 - start-up budget
    from capyctl.report.lab_text import lab_report_text  # noqa: PLC0415 - start-up budget

    run = run_of(ctx)
    refused = _refused(named_file(report, "--report"))
    if refused is not None:
        return Outcome(diagnostics=(refused,))
    captured = run.options.output is Output.JSON
    passed_on = () if captured or run.recording is None else (sys.stdout.buffer, sys.stderr.buffer)
    try:
        scenario = load_scenario(name)
        words = command or list(scenario.command)
        ran = run_in_lab(scenario, words, environment=run.environ, capture=captured, pass_to=passed_on)
    except LabError as error:
        return Outcome(diagnostics=(error.diagnostic(),))
    told = lab_report_text(ran.as_json())
    problem = _written(report, told) if report is not None else None
    if report is not None and problem is None:
        told = ""
    document = _outcome(run, Outcome(result={"run": ran.as_json()}, status=_own_status(ran.signals)), problem)

    def recorded(form: Output) -> Outcome:
        """What a record has of each form: in text what the child printed stands before the report."""
        stdout, stderr = (each.decode("utf-8", "surrogateescape") for each in ran.printed)
        said = Outcome(bare=stdout, aside=stderr + told, child_status=ran.exit_status)
        return document if form is Output.JSON else _outcome(run, said, problem)

    plain = Outcome(bare="", aside=told, child_status=ran.exit_status)
    return replace(document if captured else _outcome(run, plain, problem), recorded=recorded)


def _own_status(signals: Sequence[int]) -> ExitStatus:
    """The document's own status: 0 once the command has run, unless a signal was to end this run with it."""
    asked = (each for each in ExitStatus if each - 128 in signals)
    return next(asked, ExitStatus.DONE)


def _outcome(run: Run, outcome: Outcome, problem: Diagnostic | None) -> Outcome:
    if problem is None:
        return outcome
    from capyctl.cli.run_records import with_problem  # noqa: PLC0415 - start-up budget

    return with_problem(run, outcome, problem)


def _refused(report: str | None) -> Diagnostic | None:
    """What speaks against the file before anything runs: a report that cannot be kept would be lost afterwards."""
    try:
        if report is not None:
            check_writable(report)
    except WholeFileError as error:
        return not_written("The report", report or "", error)
    return None


def _written(report: str, told: str) -> Diagnostic | None:
    try:
        write_atomically(report, told, private=False)
    except WholeFileError as error:
        return not_written("The report", report, error)
    return None
