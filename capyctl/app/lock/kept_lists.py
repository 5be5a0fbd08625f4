"""Lists of versions that a check could not ask for: what is kept of one is not the world (cli.md 7.2)."""

from __future__ import annotations

from capyctl.app.resolution import ProviderResolution
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import CACHE_ROUTE, Outcome, Question


def list_not_asked(resolution: ProviderResolution) -> tuple[Diagnostic, ...]:
    """That a choice rests on lists of the disk cache alone: whether there is a newer version does not follow."""
    listing = resolution.listing
    found = tuple(
        piece
        for piece in (listing.evidence if listing is not None else ())
        if piece.question is Question.VERSIONS and piece.outcome is Outcome.FOUND
    )
    if not found or any(piece.route != CACHE_ROUTE for piece in found):
        return ()
    label = resolution.label
    since = max(piece.as_of or "" for piece in found)
    return (
        Diagnostic(
            code=codes.NO_DATA_OFFLINE,
            severity=Severity.ERROR,
            detail=(
                f"A check asks the world, and this run may not ask for the versions of {label}: what the disk cache"
                f" keeps of them is of {since}. Which would be chosen today is not known."
            ),
            subject=Subject(provider=label),
            evidence=found,
            fixes=(
                Fix(
                    applicability=Applicability.REVIEW,
                    title="check where lists may be asked for, without CAPYCTL_GOPROXY_OFF=strict",
                ),
            ),
        ),
    )
