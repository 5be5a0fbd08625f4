"""``capyctl lab run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.options import Output
from capyctl.cli.run import Outcome, run_of
from capyctl.core.exit_status import ExitStatus

if TYPE_CHECKING:
    from capyctl.lab.run import LabRun

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

    if report is not None:
        _check_writable(report)
    run = run_of(ctx)
    captured = run.options.output is Output.JSON
    passed_on = () if captured or run.recording is None else (sys.stdout.buffer, sys.stderr.buffer)
    try:
        scenario = load_scenario(name)
        words = command or list(scenario.command)
        ran = run_in_lab(scenario, words, environment=run.environ, capture=captured, pass_to=passed_on)
    except LabError as error:
        return Outcome(diagnostics=(error.diagnostic(),))
    told = lab_report_text(ran.as_json())
    if report is not None:
        Path(report).write_text(told, encoding="utf-8")
        told = ""
    document = Outcome(result={"run": ran.as_json()}, status=ExitStatus.DONE)
    if captured:
        return replace(document, recorded=lambda form: _recorded(form, ran, told, document))
    plain = Outcome(bare="", aside=told, child_status=ran.exit_status)
    return replace(plain, recorded=lambda form: _recorded(form, ran, told, document))


def _recorded(form: Output, ran: LabRun, told: str, document: Outcome) -> Outcome:
    """What a record has of each form: in text what the child printed stands before the report."""
    if form is Output.JSON:
        return document
    stdout, stderr = (each.decode("utf-8", "surrogateescape") for each in ran.printed)
    return Outcome(bare=stdout, aside=stderr + told, child_status=ran.exit_status)


def _check_writable(report: str) -> None:
    """Refuse before anything runs: a report that cannot be kept would be lost afterwards.

    Raises:
        typer.BadParameter: the file cannot be written.
    """
    try:
        Path(report).touch()
    except OSError as error:
        reason = f"{report} cannot be written: {error.strerror}"
        raise typer.BadParameter(reason, param_hint="--report") from error
