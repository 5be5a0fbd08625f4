"""Release files whose bytes changed under their tag: told in every command that reads them (cli.md 7.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from capyctl.app.questions import Replies
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.ports.fetcher import Answer, FileContent

if TYPE_CHECKING:
    from capyctl.core.changed_file import ChangedFile

_FIXES = (
    Fix(
        applicability=Applicability.REVIEW,
        title="ask the owners of the release why they replaced the file; to accept the new bytes, empty the cache",
        command="capyctl cache clear",
    ),
    Fix(
        applicability=Applicability.REVIEW,
        title="pin the bytes with a lock (capyctl lock), so that a run that is bound to it refuses others",
    ),
)


def changed_files(provider: str, replies: Iterable[Replies[FileContent]]) -> tuple[Diagnostic, ...]:
    """A warning for each file that was read and is not what was seen first; each file once."""
    found: dict[tuple[str, str], Diagnostic] = {}
    for each in replies:
        reply = each.first_found
        changed = reply.answer.changed if reply is not None and reply.answer is not None else None
        if reply is not None and changed is not None:
            found.setdefault((changed.tag, changed.name), _warning(provider, changed, reply.evidence))
    return tuple(found.values())


def changed_file(provider: str, answer: Answer[FileContent]) -> tuple[Diagnostic, ...]:
    """The same of one file that was read for its bytes alone."""
    changed = answer.changed
    return (_warning(provider, changed, answer.evidence),) if changed is not None else ()


def _warning(provider: str, changed: ChangedFile, evidence: tuple[Evidence, ...]) -> Diagnostic:
    first, now = changed.first, changed.now
    return Diagnostic(
        code=codes.RELEASE_FILE_CHANGED,
        severity=Severity.WARNING,
        detail=(
            f"{changed.name} of {changed.tag} was replaced after it had been published. Seen first at"
            f" {first.seen_at}: sha256 {first.value}. Read at {now.seen_at}: sha256 {now.value}. This run works"
            " with the latter."
        ),
        subject=Subject(provider=provider, version=changed.tag, file=changed.name),
        evidence=evidence,
        fixes=_FIXES,
    )
