"""One run of one command: what the command is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import typer
from msgspec import Struct, field

from capyctl.cli.options import CommonOptions, Output, common_options
from capyctl.cli.recording import Recording
from capyctl.cli.signals import Signals
from capyctl.core.exit_status import ExitStatus
from capyctl.wiring.run_end import RunEnd

if TYPE_CHECKING:
    from capyctl.core.diagnostics import Diagnostic
    from capyctl.core.evidence import Evidence
    from capyctl.core.identity import ProviderType
    from capyctl.report.document import EvidenceIds
    from capyctl.report.text_style import TextStyle

JsonObject = Mapping[str, object]
ResultMaker = Callable[["EvidenceIds"], JsonObject]
TextMaker = Callable[[JsonObject, "TextStyle"], str]


class Outcome(Struct, frozen=True, kw_only=True):
    """What a command hands back to be rendered.

    Attributes:
        result: the document's ``result``, or a function that makes it once evidence has its ids, or None.
        text: makes the result's text for stdout from ``result``; not called when ``result`` is None.
        yaml: the same for ``-o yaml``; None where the command has no yaml form.
        diagnostics: in any order; causes may be left out of it, they are found through ``caused_by``.
        evidence: everything the run asked, in any order.
        status: replaces the status that the diagnostics ask for (a verdict, a listing that is no problem).
        bare: printed as it is in every mode instead of a document (``schema``, ``completion``).
        aside: told on stderr beside ``bare``.
        stays: with a result, what the process does once that is told on one line, until a signal ends it.
        child_status: with ``bare``, the status of the command that was run; this process then has it too.
        recorded: makes what a record has in place of this, for a form of output: a payload that may hold secrets,
            or another form of what is bare. None where a record has the outcome as it is.
        secrets: values that no record may hold, besides those of the environment.
        variables: names of the template variables that were looked up, told in a record where they are set.
    """

    result: JsonObject | ResultMaker | None = None
    text: TextMaker | None = None
    yaml: TextMaker | None = None
    diagnostics: Sequence[Diagnostic] = ()
    evidence: Sequence[Evidence] = ()
    status: ExitStatus | None = None
    bare: str | None = None
    aside: str = ""
    stays: Callable[[], None] | None = None
    child_status: int | None = None
    recorded: Callable[[Output], Outcome] | None = None
    secrets: Sequence[str] = ()
    variables: Sequence[str] = ()


class RunEndedError(Exception):
    """A command cannot go on; raised anywhere below it, and told like an outcome without a result.

    Attributes:
        diagnostics: why. status: replaces the status that they ask for, if given.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], status: ExitStatus | None = None) -> None:
        super().__init__("the run ended before its command did")
        self.diagnostics = tuple(diagnostics)
        self.status = status


class Run(Struct, kw_only=True):
    """The state of this run while its command line is parsed and its command works.

    Attributes:
        environ: the environment of this process. argv: the words after ``capyctl``.
        command: the command's words, joined by a blank. is_terminal: whether stderr is a terminal.
        flags, ignore, verbosity, provider_flags: as parsed so far, at the root and at the command.
        options: the options of every command, once parsing is done.
        transcript: gives what was asked so far, for a run that ends before its command does.
        trace: the traceback of a fault, for ``--debug``. end: closes what the run put up.
        locked, bundle: the lock, or the bundle with one in it, that the run is bound to.
        files_checked: whether no file that this run writes is another one of it; not before all words are understood.
        patience: seconds that questions may take in all, where nobody says otherwise.
        signals: what ends the run from outside.
    """

    environ: Mapping[str, str]
    argv: Sequence[str] = ()
    command: str = ""
    is_terminal: bool = False
    flags: dict[str, object] = field(default_factory=dict)
    ignore: list[str] = field(default_factory=list)
    verbosity: int = 0
    provider_flags: dict[ProviderType, list[str]] = field(default_factory=dict)
    options: CommonOptions = field(default_factory=CommonOptions)
    transcript: Callable[[], Sequence[Evidence]] = tuple
    trace: str = ""
    end: RunEnd = field(default_factory=RunEnd)
    recording: Recording | None = None
    files_checked: bool = False
    locked: str | None = None
    bundle: str | None = None
    patience: float | None = None
    signals: Signals = field(default_factory=Signals)

    @property
    def is_bound(self) -> bool:
        """Whether a lock says what there is, so that no reference stands for all of it."""
        return self.locked is not None or self.bundle is not None

    def settle(self, command: str, *, yaml_allowed: bool) -> None:
        """Parsing is done: fix the command's words and the options.

        Raises:
            typer.BadParameter: an option or variable has a value it does not take.
        """
        self.command = command
        self.options = common_options(self.flags, self.ignore, self.verbosity, self.environ)
        if self.options.output is Output.YAML and not yaml_allowed:
            raise typer.BadParameter("'yaml' is not one of text, json", param_hint="--output")

    def close(self) -> None:
        """Take down what the run put up, such as a progress line; safe to call twice."""
        self.end.close()


def run_of(ctx: typer.Context) -> Run:
    """The run that a command's typer context belongs to.

    Raises:
        TypeError: the command was invoked outside a run, which is a fault of ours.
    """
    run = ctx.obj
    if not isinstance(run, Run):
        raise TypeError("a command was invoked without a run")
    return run
