"""Commands that end in every way a command can, declared as any command is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping

import typer

from capyctl.cli.command_table import COMMANDS, CommandEntry
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import given_references
from capyctl.cli.run import Outcome, RunEndedError, run_of
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence, Question
from capyctl.core.evidence import Outcome as Answer

NAMES = ("fault", "wait", "find", "large", "broken-result", "end", "refer", "hang", "deaf", "swallow")
apps = {name: command_app() for name in NAMES}


def register() -> None:
    for name in NAMES:
        COMMANDS[(name,)] = CommandEntry(f"commands_for_tests:{name.replace('-', '_')}_app", "For tests.")


def _asked() -> Evidence:
    return Evidence(
        route="github-web", question=Question.FILE, outcome=Answer.UNAVAILABLE, url="https://github.com/a/b"
    )


@apps["fault"].command(cls=CapyCommand)
def fault(ctx: typer.Context) -> Outcome:
    run_of(ctx).transcript = lambda: [_asked()]
    raise KeyError(run_of(ctx).environ.get("GITHUB_TOKEN", "a value"))


@apps["wait"].command(cls=CapyCommand)
def wait(ctx: typer.Context) -> Outcome:
    run_of(ctx).transcript = lambda: [_asked()]
    print("ready", file=__import__("sys").stderr, flush=True)
    threading.Event().wait()
    return Outcome()


@apps["deaf"].command(cls=CapyCommand)
def deaf() -> Outcome:
    """Sleep in a main thread that signals do not wake: another thread, which says when, takes them."""

    def take_signals() -> None:
        never = threading.Event()
        never.wait(
            0.3
        )  # By now the main thread sleeps; if it does not, the test proves less and still passes.
        print("ready", file=__import__("sys").stderr, flush=True)
        never.wait()

    threading.Thread(target=take_signals, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    threading.Event().wait()
    return Outcome()


@apps["swallow"].command(cls=CapyCommand)
def swallow(number: int) -> Outcome:
    """Put an error in the place of the exception that a signal raises, as C code does."""
    try:
        signal.raise_signal(number)
    except BaseException as error:
        raise ImportError from error
    return Outcome()


@apps["hang"].command(cls=CapyCommand)
def hang() -> Outcome:
    """Leave a thread behind that never ends."""
    threading.Thread(target=threading.Event().wait).start()
    return Outcome(result={})


@apps["find"].command(cls=CapyCommand)
def find() -> Outcome:
    subject = Subject(provider="infrastructure-aws")
    warning = Diagnostic(
        code=codes.REPOSITORY_RENAMED, severity=Severity.WARNING, detail="Renamed.", subject=subject
    )
    error = Diagnostic(
        code=codes.OWN_SERIES_MISSING, severity=Severity.ERROR, detail="Größe.", subject=subject
    )
    return Outcome(result={"providers": []}, text=lambda *_: "the result\n", diagnostics=(warning, error))


@apps["large"].command(cls=CapyCommand)
def large() -> Outcome:
    return Outcome(result={"text": "x" * 1_000_000}, text=lambda result, _: f"{result['text']}\n")


@apps["broken-result"].command(cls=CapyCommand)
def broken_result() -> Outcome:
    def result(_: object) -> Mapping[str, object]:
        raise ZeroDivisionError

    return Outcome(result=result)


@apps["end"].command(cls=CapyCommand)
def end() -> Outcome:
    problem = Diagnostic(code=codes.SOURCE_SILENT, severity=Severity.ERROR, detail="Silence.")
    raise RunEndedError([problem])


@apps["refer"].command(cls=ProviderCommand)
def refer(ctx: typer.Context, references: References = None) -> Outcome:
    run = run_of(ctx)
    given = given_references(run, references, skip_allowed=True)
    found = [[each.name, each.type.value if each.type else None, each.version] for each in given.references]
    skipped = sorted(each.value for each in given.skipped)
    options = {
        "config": run.options.config,
        "verbosity": run.options.verbosity,
        "offline": run.options.offline,
    }
    return Outcome(
        result={"found": found, "skipped": skipped, "options": options}, diagnostics=given.problems
    )


fault_app, wait_app, find_app, large_app = apps["fault"], apps["wait"], apps["find"], apps["large"]
broken_result_app, end_app = apps["broken-result"], apps["end"]
refer_app, hang_app, deaf_app, swallow_app = apps["refer"], apps["hang"], apps["deaf"], apps["swallow"]
