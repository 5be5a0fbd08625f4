"""One root where a clock that is behind shows in several places: a lock, the cache, certificates (cli.md 4)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from capyctl.core.causes import exchanged, with_causes
from capyctl.core.codes import CLOCK_BEHIND_CACHE, LOCK_FROM_THE_FUTURE, TLS_UNTRUSTED
from capyctl.core.diagnostics import Applicability, Diagnostic

_NOT_YET_VALID = "certificate is not yet valid"
"""As OpenSSL says it; of a certificate that has expired it says something else, and that is no clock behind."""


def under_the_clock(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics; what a clock behind explains follows from the one that tells of it best.

    The lock before the cache. A certificate alone tells nothing of the clock: it may be as wrong itself.
    """
    given = tuple(found)
    shown = [item for item in with_causes(given) if item.caused_by is None and _shows_a_clock_behind(item)]
    told = [
        item for code in (LOCK_FROM_THE_FUTURE, CLOCK_BEHIND_CACHE) for item in shown if item.code is code
    ]
    if not told or len(shown) == 1:
        return given
    fails = any(item.is_error for item in shown)
    root = _kept_safe(replace(told[0], detail=f"{told[0].detail} {_said(shown, told[0])}"), fails=fails)
    changes = {item: _kept_safe(replace(item, caused_by=root), fails=fails) for item in shown}
    return exchanged(given, {**changes, told[0]: root})


def _kept_safe(item: Diagnostic, *, fails: bool) -> Diagnostic:
    """A safe fix promises an end with 0, which nothing but the right clock brings where a source was refused."""
    if not fails:
        return item
    return replace(item, fixes=tuple(replace(fix, applicability=Applicability.REVIEW) for fix in item.fixes))


def _shows_a_clock_behind(item: Diagnostic) -> bool:
    if item.code is TLS_UNTRUSTED:
        return _NOT_YET_VALID in item.detail
    return item.code in (LOCK_FROM_THE_FUTURE, CLOCK_BEHIND_CACHE)


def _said(shown: Iterable[Diagnostic], root: Diagnostic) -> str:
    codes = {item.code for item in shown if item is not root}
    others = " and ".join(
        said
        for code, said in (
            (CLOCK_BEHIND_CACHE, "the cache"),
            (TLS_UNTRUSTED, "the certificate of a source"),
            (LOCK_FROM_THE_FUTURE, "another lock"),
        )
        if code in codes
    )
    return f"From later, too: {others}. Most likely this machine's clock is behind."
