"""The command that gets an answer all the same, where a source could not give one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from capyctl.core import codes
from capyctl.core.causes import exchanged
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix
from capyctl.core.invocation import Invocation

_OUT_OF_REACH = frozenset(
    {
        codes.SOURCE_UNREACHABLE,
        codes.SOURCE_SILENT,
        codes.SOURCE_FAILED,
        codes.RATE_LIMITED,
        codes.TLS_UNTRUSTED,
        codes.PROXY_REFUSED,
    }
)
_ANSWERS_OFFLINE = frozenset({"resolve", "versions", "diagnose-provider", "init"})
_LONGER = "2m"


def with_ways_out(found: Iterable[Diagnostic], invocation: Invocation) -> tuple[Diagnostic, ...]:
    """The diagnostics, errors about sources with the same command put so that it can be answered."""
    diagnostics = tuple(found)
    changes = {
        item: replace(item, fixes=(*item.fixes, fix))
        for item in diagnostics
        if item.is_error and item.caused_by is None and (fix := _way_out(item, invocation)) is not None
    }
    return exchanged(diagnostics, changes)


def _way_out(item: Diagnostic, invocation: Invocation) -> Fix | None:
    if item.code is codes.DEADLINE_PASSED:
        command = invocation.with_words("--deadline", _LONGER)
        return Fix(applicability=Applicability.REVIEW, title="allow more time", command=command)
    if item.code in _OUT_OF_REACH and invocation.words[:1] and invocation.words[0] in _ANSWERS_OFFLINE:
        command = invocation.with_words("--offline")
        title = "answer from the embedded snapshot meanwhile"
        return Fix(applicability=Applicability.REVIEW, title=title, command=command)
    return None
