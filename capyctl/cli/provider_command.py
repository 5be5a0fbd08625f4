"""What every command about providers does first: settings, table, references, targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from capyctl.app.resolve import ResolveRequest, Target
from capyctl.cli.exit_status import ExitStatus
from capyctl.cli.references import GivenReferences, given_references
from capyctl.cli.run import Outcome, Run
from capyctl.cli.wiring import ConfigurationFailedError, World, open_world
from capyctl.core import codes
from capyctl.core import evidence as facts
from capyctl.core.diagnostics import Confidence, Diagnostic, Severity
from capyctl.core.selection import ChoicePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceOptions:
    """The options of the commands that choose versions (cli.md 5)."""

    contract: str | None = None
    allow_prerelease: bool = False
    metadata_from: str | None = None

    def request(self, targets: Sequence[Target]) -> ResolveRequest:
        """The request for these targets."""
        return ResolveRequest(
            targets=tuple(targets),
            contract=self.contract,
            policy=ChoicePolicy(allow_prerelease=self.allow_prerelease),
            metadata_from_proxy=self.metadata_from == "proxy",
        )


def with_world(run: Run, work: Callable[[World], Outcome]) -> Outcome:
    """Open the world of this run and work in it; a configuration that cannot be used ends the run."""
    try:
        world = open_world(run)
    except ConfigurationFailedError as error:
        return Outcome(diagnostics=error.diagnostics, evidence=tuple(run.transcript()))
    return work(world)


def with_references(
    run: Run,
    positional: Sequence[str] | None,
    work: Callable[[World, GivenReferences], Outcome],
) -> Outcome:
    """The same, with at least one reference that can be read."""
    given = given_references(run, positional)
    if given.problems:
        return Outcome(diagnostics=given.problems, status=ExitStatus.USAGE)
    if not given.references:
        return Outcome(diagnostics=(_nothing_named(),), status=ExitStatus.USAGE)
    return with_world(run, lambda world: work(world, given))


def common_notes(world: World, evidence: Iterable[facts.Evidence]) -> tuple[Diagnostic, ...]:
    """What is said about the configuration, GOPROXY, overrides and the snapshot in every such command."""
    return (
        *world.notes,
        *world.listing_notes(),
        *world.override_notes(),
        *snapshot_notes(evidence),
    )


def snapshot_notes(evidence: Iterable[facts.Evidence]) -> tuple[Diagnostic, ...]:
    """The note that dates the snapshot, where anything was answered from it (cli.md 6, Offline)."""
    used = [piece for piece in evidence if piece.route == "snapshot" and piece.outcome is facts.Outcome.FOUND]
    if not used:
        return ()
    days = sorted({(piece.as_of or "")[:10] for piece in used})
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    detail = (
        f"Answered from the embedded snapshot of {span}. It was made from tags, so a tag with a metadata.yaml"
        " counts as published here; newer releases are not in it."
    )
    note = Diagnostic(
        code=codes.SNAPSHOT_DATED,
        severity=Severity.NOTE,
        confidence=Confidence.LIKELY,
        detail=detail,
        evidence=tuple(dict.fromkeys(used)),
    )
    return (note,)


def _nothing_named() -> Diagnostic:
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail="Name at least one provider, by its label or with a type flag such as --infrastructure aws.",
    )
