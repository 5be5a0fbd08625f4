"""Files that a run cannot have, where nothing can be done without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from capyctl.core import codes
from capyctl.core.causes import exchanged
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.invocation import Invocation


def demanded(found: Sequence[Diagnostic], invocation: Invocation, consequence: str) -> tuple[Diagnostic, ...]:
    """The same diagnostics, with the note on each lacking file as the error that it is to whoever needs the file.

    Args:
        found: what a resolution or a plan said, which goes on without such a file (cli.md 5, ``files``).
        invocation: the command that was given.
        consequence: a sentence on what cannot be done.
    """
    changes = {
        note: lacking_file(note.subject, note, invocation, f"{note.detail} {consequence}")
        for note in notes_on_files(found)
    }
    return exchanged(found, changes)


def notes_on_files(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """What was noted of files that this run cannot have."""
    return (item for item in found if item.code is codes.FILE_NOT_AVAILABLE_OFFLINE and not item.is_error)


def lacking_file(
    subject: Subject, note: Diagnostic | None, invocation: Invocation, detail: str, *, verb: str = "run it"
) -> Diagnostic:
    """The error that a file cannot be had, with what the note on it rests on."""
    return Diagnostic(
        code=codes.FILE_NOT_AVAILABLE_OFFLINE,
        severity=Severity.ERROR,
        detail=detail,
        subject=subject,
        evidence=note.evidence if note is not None else (),
        fixes=(_elsewhere(invocation, verb),),
    )


def _elsewhere(invocation: Invocation, verb: str) -> Fix:
    if not invocation.has("--offline"):
        return Fix(applicability=Applicability.REVIEW, title=f"{verb} where the release can be had")
    return Fix(
        applicability=Applicability.REVIEW,
        title=f"{verb} where there is a network, without --offline",
        command=invocation.without("--offline"),
    )
