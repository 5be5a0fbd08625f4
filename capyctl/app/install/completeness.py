"""Whether everything that a run is to bring was read: half an installation is none."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject


def unread_components(wanted: Iterable[str], read: Iterable[str]) -> tuple[Diagnostic, ...]:
    """An error for each of the labels ``wanted`` of which nothing was read; then nothing at all is written.

    A plan may leave such a file out (cli.md 5, ``files``); a run that writes may not: it would install a part, or
    take what it did not read for dropped.
    """
    there = frozenset(read)
    return tuple(_unread(label) for label in dict.fromkeys(wanted) if label not in there)


def _unread(label: str) -> Diagnostic:
    return Diagnostic(
        code=codes.FILE_NOT_AVAILABLE_OFFLINE,
        severity=Severity.ERROR,
        detail=f"What {label} consists of was not read, so nothing is written.",
        subject=Subject(provider=label),
        fixes=(Fix(applicability=Applicability.REVIEW, title="run it where the release can be had"),),
    )
