"""The world of a run of the command line: what was typed, and the terminal, on top of the shared wiring."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from capyctl.cli.recording import live_stderr
from capyctl.cli.run import Run
from capyctl.cli.styles import text_style
from capyctl.config.environment import read_environment
from capyctl.core.invocation import Invocation
from capyctl.fetching.transcript import Transcript
from capyctl.wiring.request import DEADLINE, WorldRequest
from capyctl.wiring.world import World, open_world

if TYPE_CHECKING:
    from capyctl.ports.clock import Clock
    from capyctl.ports.progress import Progress, Waiting


def open_run_world(run: Run) -> World:
    """The world of this run; what it opens is closed with the run.

    Raises:
        ConfigurationFailedError: the configuration file, the table file or the lock cannot be used.
    """
    transcript = Transcript()
    run.transcript = transcript.snapshot
    options = run.options
    request = WorldRequest(
        environment=read_environment(run.environ),
        invocation=Invocation(words=tuple(run.argv)),
        transcript=transcript,
        at_end=run.end.add,
        config=options.config,
        providers=options.providers,
        offline=options.offline,
        deadline=options.deadline or run.patience or DEADLINE,
        ca_file=options.ca_file,
        no_cache=options.no_cache,
        locked=run.locked,
        bundle=run.bundle,
        progress=lambda clock: _progress(run, clock),
        waiting=lambda clock: _waiting(run, clock),
        interactive=run.is_terminal and sys.stdin is not None and sys.stdin.isatty(),
    )
    return open_world(request)


def _progress(run: Run, clock: Clock) -> Progress:
    from capyctl.report.progress import NoProgress, TerminalProgress, TracingProgress  # noqa: PLC0415 - start-up

    style = text_style(run.options, run.environ, sys.stderr)
    if run.options.debug:
        return TracingProgress(live_stderr(run.recording), style)
    erases = run.is_terminal and run.environ.get("TERM") != "dumb"
    if not erases or run.options.quiet or run.options.output.value != "text":
        return NoProgress()
    progress = TerminalProgress(clock, sys.stderr, style, run.options.deadline or run.patience or DEADLINE)
    progress.start()
    run.end.add(progress.close)
    return progress


def _waiting(run: Run, clock: Clock) -> Waiting | None:
    """Who tells what a management cluster is waited for: lines in text mode, on a terminal or not (cli.md 5)."""
    from capyctl.report.waiting import WaitingLines, WaitingTrace  # noqa: PLC0415 - only commands on a cluster

    style = text_style(run.options, run.environ, sys.stderr)
    if run.options.debug:
        return WaitingTrace(live_stderr(run.recording), style)
    if run.options.quiet or run.options.output.value != "text":
        return None
    told = sys.stderr if run.is_terminal else live_stderr(run.recording)
    lines = WaitingLines(clock, told, style, erases=run.is_terminal)
    lines.start()
    run.end.add(lines.close)
    return lines
