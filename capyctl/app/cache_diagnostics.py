"""What is wrong with the disk cache, as diagnostics: a warning, and the run goes on without (cli.md 7.1)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.invocation import Invocation
from capyctl.ports.cache import CacheTrouble

_CODES = {
    "format": codes.CACHE_OF_ANOTHER_VERSION,
    "unwritable": codes.CACHE_UNWRITABLE,
    "clock": codes.CLOCK_BEHIND_CACHE,
}
_CONSEQUENCES = {
    "format": "It was neither read nor changed, and this run goes on without a cache.",
    "unwritable": "Nothing that this run learns is kept.",
    "clock": "Such answers count as old, and are asked for again where that is possible.",
}


def cache_troubles(
    troubles: Iterable[CacheTrouble],
    invocation: Invocation | None = None,
    severity: Severity = Severity.WARNING,
) -> tuple[Diagnostic, ...]:
    """One diagnostic for each trouble of a cache.

    Args:
        troubles: what ``Cache.troubles`` gave.
        invocation: the command of a run that can do without a cache; None for a command about the cache itself.
        severity: a warning, but for a command whose work this is.
    """
    return tuple(_diagnostic(each, invocation, severity) for each in troubles)


def _diagnostic(trouble: CacheTrouble, invocation: Invocation | None, severity: Severity) -> Diagnostic:
    consequence = f" {_CONSEQUENCES[trouble.kind]}" if severity is Severity.WARNING else ""
    return Diagnostic(
        code=_CODES[trouble.kind],
        severity=severity,
        detail=f"The cache {trouble.path} cannot be used as it is: {trouble.reason}.{consequence}",
        subject=Subject(file=trouble.path),
        fixes=tuple(_fixes(trouble, invocation)),
    )


def _fixes(trouble: CacheTrouble, invocation: Invocation | None) -> Iterable[Fix]:
    if trouble.kind == "clock":
        title = "set this machine's clock; if it is right, empty the cache"
        yield Fix(applicability=Applicability.REVIEW, title=title, command="capyctl cache clear")
    if invocation is not None:
        title = "do without the cache"
        command = invocation.with_words("--no-cache")
        yield Fix(applicability=Applicability.SAFE, title=title, command=command)
    if trouble.kind == "format":
        title = f"if no newer capyctl uses the folder, remove it: rm -r -- {shlex.quote(trouble.path)}"
        yield Fix(applicability=Applicability.REVIEW, title=title, command="capyctl cache info")
    if trouble.kind == "unwritable":
        title = "see what is there, make room or mend the permissions, or name another folder: XDG_CACHE_HOME"
        yield Fix(applicability=Applicability.REVIEW, title=title, command="capyctl cache info")
