"""What a difference between a lock and the world means, said once for each provider or marker and kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.lock import Lock
from capyctl.core.lock_changes import LockChange, What
from capyctl.core.lock_origin import for_another_version

_CODES: dict[What, Code] = {
    What.VERSION: codes.LOCK_OUTDATED,
    What.KUBERNETES_VERSION: codes.LOCK_OUTDATED,
    What.FILE: codes.LOCKED_BYTES_CHANGED,
    What.IMAGE: codes.LOCKED_BYTES_CHANGED,
    What.REPOSITORY_ID: codes.LOCKED_REPOSITORY_CHANGED,
    What.REPOSITORY_NAME: codes.LOCKED_REPOSITORY_CHANGED,
}
_TITLES: dict[Code, str] = {
    codes.LOCK_OUTDATED: "take what would be chosen today, and review the difference",
    codes.LOCKED_BYTES_CHANGED: "take the new bytes, once it is known why they changed",
    codes.LOCKED_REPOSITORY_CHANGED: "take the repository as it is now, once it is known whose it is",
}


def diagnose_changes(
    changes: Iterable[LockChange],
    lock: Lock,
    invocation: Invocation,
    asked: Mapping[LockChange, tuple[Evidence, ...]],
) -> Iterator[Diagnostic]:
    """One error for each entry and kind of difference, but for a marker that is gone: its own answer says that.

    ``asked`` has the questions whose answers differ from the lock, by what differs.
    """
    groups: dict[tuple[str, Code], list[LockChange]] = {}
    for row in changes:
        if row.what is What.KUBERNETES_VERSION and row.found is None:
            continue
        groups.setdefault((row.provider or row.marker or "", _CODES[row.what]), []).append(row)
    for (_, code), rows in groups.items():
        evidence = dict.fromkeys(piece for row in rows for piece in asked.get(row, ()))
        yield _diagnostic(code, rows, tuple(evidence), _way_out(code, rows, lock, invocation))


def _diagnostic(code: Code, rows: list[LockChange], evidence: tuple[Evidence, ...], fix: Fix) -> Diagnostic:
    first = rows[0]
    subject = Subject(
        provider=first.provider,
        version=first.locked if first.what in (What.VERSION, What.KUBERNETES_VERSION) else None,
        file=first.file if first.what is What.FILE and len(rows) == 1 else None,
    )
    said = " ".join(_sentence(row, rows) for row in rows)
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        detail=f"{said} Locked {first.locked_at}, asked {first.found_at}.",
        subject=subject,
        evidence=evidence,
        fixes=(fix,),
    )


def _way_out(code: Code, rows: Sequence[LockChange], lock: Lock, invocation: Invocation) -> Fix:
    """The update that makes the lock what was found; of a file that is gone there are no new bytes to take."""
    provider, marker = rows[0].provider, rows[0].marker
    title, review = _TITLES[code], Applicability.REVIEW
    if provider is None:
        command = invocation.about("lock", "--update", "--kubernetes-version", marker or "")
        return Fix(applicability=review, title=title, command=command)
    reference, entry = provider, lock.provider(provider)
    if any(row.what is What.FILE and row.found is None for row in rows):
        if entry is None:
            title = f"configure another version of {provider}, and lock it anew"
            return Fix(applicability=review, title=title)
        title, reference = "lock a version that is there", for_another_version(entry)
    digests = ["--image-digests"] if any(row.what is What.IMAGE for row in rows) else []
    command = invocation.about("lock", "--update", reference, *digests)
    return Fix(applicability=review, title=title, command=command)


def _sentence(row: LockChange, rows: list[LockChange]) -> str:
    name = row.provider or row.marker
    if row.what is What.VERSION:
        return f"{name} is locked at {row.locked}; {row.found} would be chosen now."
    if row.what is What.KUBERNETES_VERSION:
        return f"{name} is locked at {row.locked}; it stands for {row.found} now."
    if row.what is What.FILE:
        return f"{row.file} of {name} {_bytes(f'sha256:{row.locked}', row.found and f'sha256:{row.found}')}"
    if row.what is What.IMAGE:
        return f"{row.file or f'The node image of {name}'} {_bytes(row.locked, row.found)}"
    if row.what is What.REPOSITORY_ID:
        return f"The repository of {name} had the number {row.locked} and has {row.found}: it is another one."
    same = all(each.what is not What.REPOSITORY_ID for each in rows)
    also = " It was renamed." if same else ""
    return f"The repository of {name} was {row.locked} and is {row.found}.{also}"


def _bytes(locked: str, found: str | None) -> str:
    return f"was {locked} and is {found} now." if found is not None else f"was {locked} and is gone."
