"""``kubernetes-version resolve --locked`` where no marker is named: all that the lock has (cli.md 7.2)."""

from __future__ import annotations

import typer

from capyctl.app.kubernetes_versions import VersionQuestion
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.lock_origin import LockOrigin
from capyctl.core.release_marker import parse_asked_release
from capyctl.wiring.world import World


def questions_of_lock(
    world: World, *, one_line: bool
) -> tuple[tuple[VersionQuestion, ...], tuple[Diagnostic, ...]]:
    """A question for each marker of the lock that the run is bound to; what is to be said where it has none.

    Args:
        world: bound to a lock.
        one_line: whether one version is wanted, since a file of variables has one name for it.

    Raises:
        typer.BadParameter: one is wanted, and the lock has several.
    """
    if world.locked is None:
        raise TypeError("a run without a lock was asked for all that its lock has")
    markers = [each.marker for each in world.locked.lock.kubernetes]
    if one_line and len(markers) > 1:
        raise typer.BadParameter(
            f"the lock has {len(markers)} markers, and the line in this file has one name; give the marker:"
            f" {', '.join(markers)}",
            param_hint="--env-file",
        )
    asked = (parse_asked_release(each) for each in markers)
    questions = tuple(VersionQuestion(asked=each) for each in asked if each is not None)
    return questions, () if questions else (_nothing(world.locked.origin),)


def _nothing(origin: LockOrigin) -> Diagnostic:
    command = origin.invocation.about("lock", "--update", "--kubernetes-version", "stable")
    title = "lock a marker as well, such as stable"
    return Diagnostic(
        code=codes.MARKER_NOT_LOCKED,
        severity=Severity.ERROR,
        detail=f"{origin.said[:1].upper()}{origin.said[1:]} has no marker of Kubernetes, and a locked run asks nobody.",
        subject=Subject(file=origin.name),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=title if origin.is_here else f"{title}, in the folder of {origin.name}: {command}",
                command=command if origin.is_here else None,
            ),
        ),
    )
