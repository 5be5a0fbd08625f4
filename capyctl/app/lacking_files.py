"""Files that a run cannot have, where nothing can be done without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from capyctl.core import codes
from capyctl.core.causes import exchanged
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.invocation import Invocation


def demanded(found: Sequence[Diagnostic], invocation: Invocation, consequence: str) -> tuple[Diagnostic, ...]:
    """The same diagnostics, with the note on each lacking file as the error that it is to whoever needs all of them.

    Arguments are those of ``with_lacking_files``.
    """
    return with_lacking_files(found, [each.subject for each in _notes(found)], invocation, consequence)


def with_lacking_files(
    found: Sequence[Diagnostic],
    lacking: Iterable[Subject],
    invocation: Invocation,
    consequence: str,
    *,
    verb: str = "run it",
) -> tuple[Diagnostic, ...]:
    """What was found, with an error for each that is lacking; where a note tells of it, the note becomes the error.

    Args:
        found: what a resolution or a plan said, which goes on without such a file (cli.md 5, ``files``).
        lacking: files, or providers of which nothing was read.
        invocation: the command that was given.
        consequence: a sentence on what cannot be done.
        verb: what is to be done where the file can be had.
    """
    notes = _notes(found)
    changes: dict[Diagnostic, Diagnostic] = {}
    unnoted = []
    for subject in dict.fromkeys(lacking):
        note = next((each for each in notes if _is_about(each.subject, subject)), None)
        error = _error(subject, note, consequence, _elsewhere(invocation, verb))
        if note is None:
            unnoted.append(error)
        else:
            changes[note] = error
    return (*exchanged(found, changes), *unnoted)


def _notes(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [item for item in found if item.code is codes.FILE_NOT_AVAILABLE_OFFLINE and not item.is_error]


def _is_about(noted: Subject, lacking: Subject) -> bool:
    return noted.provider == lacking.provider and lacking.file in (None, noted.file)


def _error(subject: Subject, note: Diagnostic | None, consequence: str, fix: Fix) -> Diagnostic:
    return Diagnostic(
        code=codes.FILE_NOT_AVAILABLE_OFFLINE,
        severity=Severity.ERROR,
        detail=f"{note.detail if note is not None else _unread(subject)} {consequence}",
        subject=note.subject if note is not None else subject,
        evidence=note.evidence if note is not None else (),
        fixes=(fix,),
    )


def _unread(subject: Subject) -> str:
    if subject.file is None:
        return f"What {subject.provider} consists of was not read."
    return f"{subject.file} of {subject.version} was not read."


def _elsewhere(invocation: Invocation, verb: str) -> Fix:
    if not invocation.has("--offline"):
        return Fix(applicability=Applicability.REVIEW, title=f"{verb} where the release can be had")
    return Fix(
        applicability=Applicability.REVIEW,
        title=f"{verb} where there is a network, without --offline",
        command=invocation.without("--offline"),
    )
