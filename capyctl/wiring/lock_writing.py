"""Writing the lock: what a run resolved is put into the file as it is by then, not as it was when the run began."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from capyctl.adapters.held_folder import held_folder
from capyctl.adapters.whole_file import WholeFileError, place_of, write_whole_file
from capyctl.app.lock.making import Entries
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.lock import Lock
from capyctl.core.lock_changes import same_answers, with_known
from capyctl.core.lock_text import LockError, lock_text, read_lock
from capyctl.version import __version__
from capyctl.wiring.lock_reading import LockReading, UnusableLockError, open_lock
from capyctl.wiring.lock_targets import FoundTargets, core_contract_of
from capyctl.wiring.world import World


class MadeLock(Struct, frozen=True, kw_only=True):
    """The lock as it is now.

    Attributes:
        written: whether it was written; one in which nothing changed is left as it is.
        dropped: labels and markers that the lock had before, and that were not named this time.
    """

    lock: Lock
    written: bool
    dropped: tuple[str, ...] = ()


def lock_that_is_there(world: World, path: Path | None, *, is_needed: bool) -> LockReading | None:
    """The lock that is there already; a file that is none is not replaced.

    Raises:
        UnusableLockError: the file is no lock, or it is needed and there is none.
    """
    if path is None:
        return None
    try:
        place_of(path)
    except WholeFileError as error:
        raise UnusableLockError(_not_written(path, error.reason)) from error
    if not path.exists() and not is_needed:
        return None
    return open_lock(str(path), world.clock.now(), world.invocation)


def put_lock(
    world: World, path: Path | None, entries: Entries, *, began: LockReading | None, found: FoundTargets
) -> MadeLock | Diagnostic:
    """Write the lock of these entries, or say why it was not written.

    Args:
        world: the run.
        path: of the file, None for none.
        entries: what was resolved.
        began: of an update, the lock that it began with; None for a lock that takes nothing over but what is known.
        found: what was named.
    """
    if path is None:
        made = entries.lock(__version__, world.clock.now(), None)
        return MadeLock(lock=made, written=False)
    with held_folder(path.parent, world.clock):
        try:
            there = lock_that_is_there(world, path, is_needed=began is not None)
        except UnusableLockError as error:
            return error.diagnostic
        if began is not None and there is not None:
            moved = _moved(began.lock, there.lock, found)
            if moved is not None:
                return _overtaken(world, path, moved)
        return _put(
            world, path, entries, there.lock if there is not None else None, is_update=began is not None
        )


def _put(
    world: World, path: Path, entries: Entries, old: Lock | None, *, is_update: bool
) -> MadeLock | Diagnostic:
    made = entries.lock(__version__, world.clock.now(), old if is_update else None)
    made = with_known(made, old, entries.unasked)
    if old is not None and same_answers(made, old):
        return MadeLock(lock=old, written=False)
    text = lock_text(made)
    try:
        read_lock(text.encode())  # It is sure that it can be read again.
        write_whole_file(path, text)
    except WholeFileError as error:
        return _not_written(path, error.reason)
    except LockError as error:
        return _not_written(path, f"a source gave what no lock can hold: {error.reason}")
    return MadeLock(lock=made, written=True, dropped=_dropped(old, made))


def _moved(began: Lock, there: Lock, found: FoundTargets) -> str | None:
    """What an update took from the lock and is another now; the other entries are as they are there."""
    for label in found.as_before:
        then, now = began.provider(label), there.provider(label)
        was, is_now = then.requested if then else None, now.requested if now else None
        if was != is_now:
            return f"{label} was asked for as {was or 'the newest version'} and is as {is_now or 'the newest version'}"
    was, is_now = core_contract_of(began, found.targets), core_contract_of(there, found.targets)
    if found.targets and was != is_now:
        return f"the contract of the locked core was {was} and is {is_now}"
    return None


def _dropped(before: Lock | None, made: Lock) -> tuple[str, ...]:
    if before is None:
        return ()
    labels = [each.provider for each in before.providers if made.provider(each.provider) is None]
    return (*labels, *(each.marker for each in before.kubernetes if made.marker(each.marker) is None))


def _overtaken(world: World, path: Path, moved: str) -> Diagnostic:
    return Diagnostic(
        code=codes.LOCK_NOT_WRITTEN,
        severity=Severity.ERROR,
        detail=(
            f"The lock {path} was changed while this run asked its sources: {moved}. What was resolved rests on the"
            " former and was not written; what the other run wrote stays."
        ),
        subject=Subject(file=str(path)),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="run it again on the lock as it is now",
                command=world.invocation.command(),
            ),
        ),
    )


def _not_written(path: Path, reason: str) -> Diagnostic:
    return Diagnostic(
        code=codes.LOCK_NOT_WRITTEN,
        severity=Severity.ERROR,
        detail=f"The lock cannot be written as {path}: {reason}. What was there before still is.",
        subject=Subject(file=str(path)),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="run it in a folder that can be written, with room for the file",
            ),
        ),
    )
