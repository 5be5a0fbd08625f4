"""Reading the lock that a run is bound to: one diagnosis where it cannot be used (cli.md 7.2)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from msgspec import Struct

from capyctl.app.lock.contradictions import Contradiction
from capyctl.config.lock_file import LockFileError, parse_lock_file, read_lock_bytes
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.invocation import Invocation
from capyctl.core.json_places import JsonPath, line_of, path_text
from capyctl.core.lock import LOCK_NAME, Lock
from capyctl.core.lock_origin import LockOrigin
from capyctl.core.lock_text import LockError
from capyctl.core.moments import is_from_the_future


class LockReading(Struct, frozen=True, kw_only=True):
    """A lock that was read.

    Attributes:
        evidence: that it was, with the route ``lock``. notes: what is to be said of it in every run.
    """

    lock: Lock
    origin: LockOrigin
    evidence: Evidence
    notes: tuple[Diagnostic, ...] = ()


class UnusableLockError(Exception):
    """A file is no lock that can be used; ``diagnostic`` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.detail)
        self.diagnostic = diagnostic


def open_lock(name: str, now: str, invocation: Invocation) -> LockReading:
    """The lock that ``--locked`` names; ``now`` is this machine's time.

    Raises:
        UnusableLockError: it cannot be read, or its text is no lock.
    """
    try:
        data = read_lock_bytes(name)
        lock = parse_lock_file(data, name)
    except LockFileError as error:
        raise UnusableLockError(lock_unreadable(error)) from error
    origin = LockOrigin(
        name=name, created_at=lock.created_at, invocation=invocation, is_here=is_lock_of_this_folder(name)
    )
    return LockReading(
        lock=lock,
        origin=origin,
        evidence=lock_evidence(name, data, lock),
        notes=future_notes(lock, origin, now),
    )


def is_lock_of_this_folder(name: str) -> bool:
    """Whether ``capyctl lock``, run where this runs, writes that very file; also of a name that leads nowhere."""
    try:
        return os.path.realpath(name) == os.path.realpath(LOCK_NAME)
    except (OSError, ValueError):
        return False  # this folder is not there any more, or no file has such a name


def lock_evidence(name: str, data: bytes, lock: Lock) -> Evidence:
    """That a lock was read: its digest, and the time it was made."""
    return Evidence(
        route="lock",
        question=Question.FILE,
        outcome=Outcome.FOUND,
        url=Path(name).absolute().as_uri(),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        as_of=lock.created_at,
    )


def future_notes(lock: Lock, origin: LockOrigin, now: str) -> tuple[Diagnostic, ...]:
    """A warning where the lock was made at a time that is still to come."""
    if not is_from_the_future(lock.created_at, now):
        return ()
    title = "set the clock of this machine, or of the one that makes the lock"
    return (
        Diagnostic(
            code=codes.LOCK_FROM_THE_FUTURE,
            severity=Severity.WARNING,
            detail=f"It is {now} here, and {origin.said} is from later than that. One of the two clocks is wrong.",
            subject=Subject(file=origin.name),
            fixes=(Fix(applicability=Applicability.REVIEW, title=title),),
        ),
    )


def lock_contradicted(lock: Lock, origin: LockOrigin, found: Contradiction) -> Diagnostic:
    """A value of an entry that its own files contradict, told as any other fault of a lock is."""
    index = next((at for at, each in enumerate(lock.providers) if each.provider == found.label), None)
    path: JsonPath = (*(("cert_manager",) if index is None else ("providers", index)), *found.place)
    named = path_text(path)
    try:
        text = read_lock_bytes(origin.name).decode() if origin.option != "--bundle" else ""
    except (LockFileError, UnicodeDecodeError):
        text = ""
    fault = LockError(f"{named}: {found.reason}", named, line_of(text, path))
    return lock_unreadable(LockFileError(origin.name, fault))


def lock_unreadable(error: LockFileError) -> Diagnostic:
    """A file that is no lock, with the place of the fault and the way to a good one."""
    if error.later:
        title = "read it with the capyctl that wrote it, or a newer one"
    elif error.missing:
        title = "make the lock first; what is named with it is locked, and cert-manager"
    else:
        title = "take the lock from version control again, as capyctl wrote it; it is not meant to be edited"
    spans = (
        (
            Span(
                file=error.path,
                line=error.line,
                column=1,
                end_line=error.line,
                end_column=2,
                label=error.reason,
            ),
        )
        if error.line is not None
        else ()
    )
    return Diagnostic(
        code=codes.LOCK_UNREADABLE,
        severity=Severity.ERROR,
        detail=f"The lock {error.path} cannot be used: {error.reason}.",
        subject=Subject(file=error.path),
        spans=spans,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=title,
                command=None if error.later else Invocation(words=("lock", "--help")).command(),
            ),
            *_made_anew(error),
        ),
    )


def _made_anew(error: LockFileError) -> tuple[Fix, ...]:
    """The lock of this folder is never replaced by itself where it cannot be read; it may be removed."""
    if error.missing or not is_lock_of_this_folder(error.path):
        return ()
    title = f"if it cannot be had again: remove {error.path}, and lock anew all that it is to have"
    return (Fix(applicability=Applicability.REVIEW, title=title),)
