"""The order in which diagnostics are told: root causes first, each consequence after them (cli.md 4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from capyctl.core.diagnostics import Diagnostic, Severity

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


class OrderedDiagnostic(Struct, frozen=True, kw_only=True):
    """A diagnostic in its place; ``cause`` is the nearest cause that is told as well."""

    diagnostic: Diagnostic
    cause: Diagnostic | None


def in_order_of_cause(
    diagnostics: Sequence[Diagnostic], dropped: Collection[Diagnostic] = ()
) -> list[OrderedDiagnostic]:
    """Roots (errors, warnings, notes; within them the cause of most others first), then consequences.

    A cause that nobody listed is added; one that was dropped hands its consequences to its own cause.
    The order does not depend on the order given.
    """
    everyone = [each for each in _with_causes(diagnostics) if each not in dropped]
    causes = {each: _kept_cause(each, dropped) for each in everyone}
    weight = dict.fromkeys(everyone, 0)
    root_of = {each: _root(each, causes) for each in everyone}
    for root in root_of.values():
        weight[root] += 1
    roots = sorted(
        (each for each in everyone if causes[each] is None), key=lambda each: _key(each, weight[each])
    )
    place = {root: position for position, root in enumerate(roots)}
    consequences = sorted(
        (each for each in everyone if causes[each] is not None),
        key=lambda each: (place[root_of[each]], _depth(each, causes), _key(each, 0)),
    )
    return [OrderedDiagnostic(diagnostic=each, cause=causes[each]) for each in [*roots, *consequences]]


def _with_causes(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    everyone: dict[Diagnostic, None] = {}
    for diagnostic in diagnostics:
        current: Diagnostic | None = diagnostic
        while current is not None and current not in everyone:
            everyone[current] = None
            current = current.caused_by
    return list(everyone)


def _kept_cause(diagnostic: Diagnostic, dropped: Collection[Diagnostic]) -> Diagnostic | None:
    cause = diagnostic.caused_by
    while cause is not None and cause in dropped:
        cause = cause.caused_by
    return cause


def _root(diagnostic: Diagnostic, causes: dict[Diagnostic, Diagnostic | None]) -> Diagnostic:
    current = diagnostic
    while (cause := causes[current]) is not None:
        current = cause
    return current


def _depth(diagnostic: Diagnostic, causes: dict[Diagnostic, Diagnostic | None]) -> int:
    depth, current = 0, diagnostic
    while (cause := causes[current]) is not None:
        depth, current = depth + 1, cause
    return depth


def _key(diagnostic: Diagnostic, weight: int) -> tuple[object, ...]:
    subject = diagnostic.subject
    place = min(((span.file, span.line, span.column) for span in diagnostic.spans), default=("", 0, 0))
    return (
        _RANK[diagnostic.severity],
        -weight,
        diagnostic.code.code,
        subject.provider or "",
        subject.version or "",
        subject.file or "",
        place,
        diagnostic.detail,
    )
