"""Node images that a lock had, and that are gone: the entry loses its digest, and that is said (F70)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from capyctl.app.node_image_diagnostics import about_withdrawal
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence, Outcome
from capyctl.core.invocation import Invocation
from capyctl.core.lock import LOCK_NAME, Lock, LockedKubernetes
from capyctl.core.node_image import REPOSITORY, RecordedImage, image_tag
from capyctl.core.release_marker import parse_release_version


def withdrawn_images(
    before: Lock | None,
    locked: Sequence[LockedKubernetes],
    unasked: Collection[str],
    evidence: Sequence[Evidence],
    invocation: Invocation,
) -> tuple[Diagnostic, ...]:
    """A warning for each image of ``before`` that its registry says is absent.

    Args:
        before: the lock as it was.
        locked: what takes the place of its entries.
        unasked: markers of whose image nothing was learnt.
        evidence: everything that was asked.
        invocation: the run, for the next step.
    """
    told: dict[str, Diagnostic] = {}
    for entry in locked:
        version = parse_release_version(entry.version)
        record = _record(before, entry.image)
        if version is None or record is None or entry.digest is not None or entry.marker in unasked:
            continue
        asked = tuple(each for each in evidence if _says_absent(each, image_tag(entry.version)))
        told[entry.image] = about_withdrawal(version, record, asked, invocation)
    return tuple(told.values())


def _record(before: Lock | None, image: str) -> RecordedImage | None:
    entries = before.kubernetes if before is not None else ()
    return next(
        (
            RecordedImage(digest=each.digest, seen_at=each.resolved_at, where=LOCK_NAME)
            for each in entries
            if each.image == image and each.digest is not None
        ),
        None,
    )


def _says_absent(piece: Evidence, tag: str) -> bool:
    return piece.outcome is Outcome.ABSENT and (piece.url or "").endswith(f"/{REPOSITORY}/manifests/{tag}")
