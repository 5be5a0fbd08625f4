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
    *,
    relies: bool = False,
) -> tuple[Diagnostic, ...]:
    """One diagnostic for each trouble of a cache.

    Args:
        troubles: what ``Cache.troubles`` gave.
        invocation: the command of a run that can do without a cache; None for a command about the cache itself.
        severity: a warning, but for a command whose work this is; a folder of another format is always one.
        relies: whether the run takes from the cache what it may not, or need not, ask anybody else for.
    """
    return tuple(
        Diagnostic(
            code=_CODES[each.kind],
            severity=_severity(each, severity),
            detail=_detail(each, _severity(each, severity)),
            subject=Subject(file=each.path),
            fixes=tuple(_fixes(each, invocation, relies=relies)),
        )
        for each in troubles
    )


def _severity(trouble: CacheTrouble, severity: Severity) -> Severity:
    """A folder of another format is no cache of this capyctl: nothing of its own was left undone (cli.md 7.1)."""
    return Severity.WARNING if trouble.kind == "format" else severity


def _detail(trouble: CacheTrouble, severity: Severity) -> str:
    consequence = f" {_CONSEQUENCES[trouble.kind]}" if severity is Severity.WARNING else ""
    return f"The cache {trouble.path} cannot be used as it is: {trouble.reason}.{consequence}"


def _fixes(trouble: CacheTrouble, invocation: Invocation | None, *, relies: bool) -> Iterable[Fix]:
    if trouble.kind == "clock":
        title = "set this machine's clock; if it is right, empty the cache"
        yield Fix(applicability=Applicability.REVIEW, title=title, command="capyctl cache clear")
    if invocation is not None:
        yield _without_cache(trouble, invocation, relies=relies)
    if trouble.kind == "format":
        title = f"if no newer capyctl uses the folder, remove it: rm -r -- {shlex.quote(trouble.path)}"
        yield Fix(applicability=Applicability.REVIEW, title=title, command="capyctl cache info")
    if trouble.kind == "unwritable":
        title = "see what is there, make room or mend the permissions, or name another folder: XDG_CACHE_HOME"
        yield Fix(applicability=Applicability.REVIEW, title=title, command="capyctl cache info")


def _without_cache(trouble: CacheTrouble, invocation: Invocation, *, relies: bool) -> Fix:
    """A cache of another version is not read at all; of any other one a run may have its answer."""
    if not relies or trouble.kind == "format":
        command = invocation.with_words("--no-cache")
        return Fix(applicability=Applicability.SAFE, title="do without the cache", command=command)
    title = "do without the cache, where what it keeps can be asked for"
    command = invocation.leaving_out("--offline").with_words("--no-cache")
    return Fix(applicability=Applicability.REVIEW, title=title, command=command)
