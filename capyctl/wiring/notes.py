"""What every run about providers says besides its result."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.core import codes
from capyctl.core.diagnostics import Confidence, Diagnostic, Severity
from capyctl.core.evidence import Evidence, Outcome
from capyctl.wiring.world import World


def common_notes(world: World, evidence: Iterable[Evidence]) -> tuple[Diagnostic, ...]:
    """What is said about the configuration, GOPROXY, overrides and the snapshot in every such run."""
    return (
        *world.notes,
        *world.listing_notes(),
        *world.override_notes(),
        *snapshot_notes(evidence),
    )


def snapshot_notes(evidence: Iterable[Evidence]) -> tuple[Diagnostic, ...]:
    """The note that dates the snapshot, where anything was answered from it (cli.md 6, Offline)."""
    used = [piece for piece in evidence if piece.route == "snapshot" and piece.outcome is Outcome.FOUND]
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
