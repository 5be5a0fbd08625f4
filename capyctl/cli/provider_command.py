"""What every command about providers does first: settings, table, references, targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from capyctl.cli.references import GivenReferences, given_references
from capyctl.cli.run import Outcome, Run
from capyctl.cli.wiring import open_run_world
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.wiring.world import ConfigurationFailedError, World


def with_world(run: Run, work: Callable[[World], Outcome]) -> Outcome:
    """Open the world of this run and work in it; a configuration that cannot be used ends the run."""
    try:
        world = open_run_world(run)
    except ConfigurationFailedError as error:
        return Outcome(diagnostics=error.diagnostics, evidence=tuple(run.transcript()))
    return work(world)


def with_references(
    run: Run,
    positional: Sequence[str] | None,
    work: Callable[[World, GivenReferences], Outcome],
) -> Outcome:
    """The same, with at least one reference that can be read; a lock stands for all that it has (cli.md 7.2)."""
    given = given_references(run, positional)
    if given.problems:
        return Outcome(diagnostics=given.problems, status=ExitStatus.USAGE)
    if not given.references and not run.is_bound:
        return Outcome(diagnostics=(_nothing_named(),), status=ExitStatus.USAGE)
    return with_world(run, lambda world: work(world, given))


def _nothing_named() -> Diagnostic:
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail="Name at least one provider, by its label or with a type flag such as --infrastructure aws.",
    )
