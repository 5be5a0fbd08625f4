"""Whether everything that a run is to bring was read: half an installation is none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from capyctl.app.lacking_files import lacking_file, notes_on_files
from capyctl.core.causes import exchanged
from capyctl.core.diagnostics import Diagnostic, Subject
from capyctl.core.invocation import Invocation


def with_unread_components(
    said: Sequence[Diagnostic], wanted: Iterable[str], read: Collection[str], invocation: Invocation
) -> tuple[Diagnostic, ...]:
    """What was said, with an error for each of the labels ``wanted`` of which nothing was read: nothing is written.

    A plan may leave such a file out and notes it (cli.md 5, ``files``); a run that writes may not: it would install
    a part, or take what it did not read for dropped. The note becomes the error.
    """
    notes = {note.subject.provider: note for note in notes_on_files(said)}
    errors = {
        label: _unread(label, notes.get(label), invocation)
        for label in dict.fromkeys(wanted)
        if label not in read
    }
    changes = {notes[label]: error for label, error in errors.items() if label in notes}
    unnoted = (error for label, error in errors.items() if label not in notes)
    return (*exchanged(said, changes), *unnoted)


def _unread(label: str, note: Diagnostic | None, invocation: Invocation) -> Diagnostic:
    why = note.detail if note is not None else f"What {label} consists of was not read."
    subject = note.subject if note is not None else Subject(provider=label)
    return lacking_file(subject, note, invocation, f"{why} Nothing is written without it.")
