"""What is wrong with a bundle, as diagnostics (cli.md 7.5)."""

from __future__ import annotations

import enum
import shlex
from collections.abc import Mapping, Sequence

from capyctl.core import codes
from capyctl.core.bundle.faults import Fault, FaultKind
from capyctl.core.bundle.members import LeftOut
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.invocation import Invocation
from capyctl.core.lock import LOCK_NAME

_CODES: Mapping[FaultKind, Code] = {
    FaultKind.UNREADABLE: codes.BUNDLE_UNREADABLE,
    FaultKind.LATER_FORMAT: codes.BUNDLE_OF_LATER_FORMAT,
    FaultKind.CHANGED: codes.BUNDLE_FILE_CHANGED,
    FaultKind.MISSING: codes.BUNDLE_FILE_MISSING,
    FaultKind.FOREIGN: codes.BUNDLE_FILE_FOREIGN,
    FaultKind.UNSAFE: codes.BUNDLE_MEMBER_UNSAFE,
    FaultKind.ALTERED: codes.BUNDLE_ALTERED,
    FaultKind.INCOMPLETE: codes.BUNDLE_INCOMPLETE,
    FaultKind.TOO_LARGE: codes.BUNDLE_TOO_LARGE,
}
_VERDICTS = {
    FaultKind.UNREADABLE: "is no bundle that can be read",
    FaultKind.LATER_FORMAT: "cannot be understood",
    FaultKind.INCOMPLETE: "is not whole",
}
_TOLD = 50
"""How many faults of one bundle are told; a bundle has tens of thousands of places for them."""


class Making(enum.Enum):
    """What ``bundle create`` could do about a bundle that is not whole, with the lock of the current folder.

    HERE: make it again in its place. ELSEWHERE: nothing, for there is no such lock, or no place for the file.
    ANOTHER: nothing that may be offered: a file of that name is there, and does not look like a bundle.
    """

    HERE = "here"
    ELSEWHERE = "elsewhere"
    ANOTHER = "another"


_TITLES = {
    Making.HERE: "copy it again from where it was made, or make it again from its lock",
    Making.ELSEWHERE: "make it again where its lock is, and carry it over again",
    Making.ANOTHER: "name the bundle if this is none, or copy it again from where it was made",
}


def diagnose_bundle(path: str, faults: Sequence[Fault], making: Making) -> tuple[Diagnostic, ...]:
    """One diagnostic for each fault; that something is lacking in all follows from the files that are missing."""
    told = [_diagnostic(path, fault, making) for fault in faults if fault.kind is not FaultKind.INCOMPLETE][
        :_TOLD
    ]
    cause = next((each for each in told if each.code is codes.BUNDLE_FILE_MISSING), None)
    lacking = [
        _diagnostic(path, fault, making, cause) for fault in faults if fault.kind is FaultKind.INCOMPLETE
    ]
    return (*told, *lacking)


def diagnose_unreadable(path: str, reason: str, making: Making) -> Diagnostic:
    """A bundle that cannot be opened at all; ``reason`` is a clause."""
    return _diagnostic(path, Fault(kind=FaultKind.UNREADABLE, reason=reason), making)


def diagnose_repacked(path: str, making: Making) -> Diagnostic:
    """A bundle whose files are all as they were, in an archive that another program made."""
    title = "carry the file as capyctl wrote it, so that its digest is the one that was written down"
    return Diagnostic(
        code=codes.BUNDLE_ALTERED,
        severity=Severity.WARNING,
        detail=f"{path} was packed again by another program. Every file in it is as it was; the archive round them is"
        " not, so its digest says nothing.",
        subject=Subject(file=path),
        fixes=(_made_again(path, making, title),),
    )


def diagnose_left_out(left_out: LeftOut) -> Diagnostic:
    """The warning about a ConfigMap that the operator will not find."""
    return Diagnostic(
        code=codes.CONFIG_MAP_LEFT_OUT,
        severity=Severity.WARNING,
        detail=f"{left_out.path} is left out: {left_out.reason}. Everything else of the provider is in the bundle;"
        " let the operator take it from a registry (fetchConfig.oci), after bundle push or from bundle serve.",
        subject=Subject(provider=left_out.label, version=left_out.version, file=left_out.path),
    )


def count_lacking(path: str, needed: int, lacking: Sequence[Diagnostic]) -> Diagnostic:
    """How many of the lock's files could be had for a bundle; ``lacking`` says of each other one why not."""
    return Diagnostic(
        code=codes.BUNDLE_INCOMPLETE,
        severity=Severity.NOTE,
        detail=f"{path} was not written: {needed} files needed, {max(needed - len(lacking), 0)} present.",
        subject=Subject(file=path),
        caused_by=next(iter(lacking), None),
    )


def diagnose_not_written(path: str, reason: str, again: Invocation | None) -> Diagnostic:
    """A bundle that could not be written; ``reason`` is a clause, ``again`` is None where no file can have its name."""
    title = "make room, or name another folder, and run it again; what was fetched is kept in the cache"
    if again is None:
        title = "make its folder if that is what is missing, or name another file, and run it again"
    return Diagnostic(
        code=codes.BUNDLE_NOT_WRITTEN,
        severity=Severity.ERROR,
        detail=f"{path} cannot be written: {reason}. A file that was there before is as it was.",
        subject=Subject(file=path),
        fixes=(
            Fix(applicability=Applicability.REVIEW, title=title, command=again.command() if again else None),
        ),
    )


def diagnose_not_carried(reason: str, invocation: Invocation, label: str | None = None) -> Diagnostic:
    """A lock that no bundle can be made of; ``reason`` is a sentence's beginning."""
    command = invocation.about("config", "repositories")
    title = "see the provider table of this run; the lock needs the one that it was made with"
    return Diagnostic(
        code=codes.NOT_TO_BE_BUNDLED,
        severity=Severity.ERROR,
        detail=f"No bundle can be made: {reason}.",
        subject=Subject(provider=label),
        fixes=(Fix(applicability=Applicability.REVIEW, title=title, command=command),),
    )


def _diagnostic(path: str, fault: Fault, making: Making, cause: Diagnostic | None = None) -> Diagnostic:
    """The member's path is the subject where it can be named; the bundle's is in the text."""
    place = f", byte {fault.offset} of the uncompressed archive" if fault.offset is not None else ""
    subject = f" ({fault.path}{place})" if fault.path is not None else f" ({place[2:]})" if place else ""
    verdict = _VERDICTS.get(fault.kind, "cannot be trusted")
    return Diagnostic(
        code=_CODES[fault.kind],
        severity=Severity.ERROR,
        detail=f"{path} {verdict}: {fault.reason}{subject}. Nothing of it was used.",
        subject=Subject(file=fault.path if fault.path is not None else path),
        caused_by=cause,
        fixes=_fixes(path, fault, making),
    )


def _fixes(path: str, fault: Fault, making: Making) -> tuple[Fix, ...]:
    if fault.kind is FaultKind.LATER_FORMAT:
        title = "use the capyctl that made it, or a newer one than this"
        return (Fix(applicability=Applicability.REVIEW, title=title, command="capyctl version"),)
    again = _made_again(path, making, _TITLES[making])
    if fault.remedy is not None:
        return (Fix(applicability=Applicability.REVIEW, title=fault.remedy), again)
    return (again,)


def _made_again(path: str, making: Making, title: str) -> Fix:
    words = ("capyctl", "bundle", "create", path, "--locked", LOCK_NAME)
    command = shlex.join(words) if making is Making.HERE else None
    return Fix(applicability=Applicability.REVIEW, title=title, command=command)
