"""One diagnostic where several providers met the same failure of the same sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.verdict import UNAVAILABLE

_Key = tuple[Code, Severity]


def fold_failures(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics with those about unavailable sources joined by code; consequences follow their new cause."""
    found = list(diagnostics)
    groups: dict[_Key, list[Diagnostic]] = {}
    for item in found:
        if item.code in UNAVAILABLE and item.caused_by is None:
            groups.setdefault((item.code, item.severity), []).append(item)
    joined = {key: _joined(group) for key, group in groups.items() if len(group) > 1}
    replaced = {id(item): joined[key] for key, group in groups.items() if key in joined for item in group}
    folded: list[Diagnostic] = []
    for item in found:
        if id(item) in replaced:
            whole = replaced[id(item)]
            if whole not in folded:
                folded.append(whole)
        elif item.caused_by is not None and id(item.caused_by) in replaced:
            folded.append(replace(item, caused_by=replaced[id(item.caused_by)]))
        else:
            folded.append(item)
    return tuple(folded)


def _joined(group: Sequence[Diagnostic]) -> Diagnostic:
    """The reasons and the evidence of all, once each; the provider is named only where it is one."""
    first = group[0]
    sentences = dict.fromkeys(
        sentence for item in group for sentence in item.detail.removesuffix(".").split(". ")
    )
    detail = ". ".join(sentences) + "."
    providers = {item.subject.provider for item in group}
    subject = (
        first.subject
        if len(providers) == 1
        else replace(first.subject, provider=None, version=None, file=None)
    )
    return replace(
        first,
        detail=detail,
        subject=subject,
        evidence=tuple(dict.fromkeys(piece for item in group for piece in item.evidence)),
    )
