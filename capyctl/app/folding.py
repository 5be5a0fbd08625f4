"""One diagnostic where several providers met the same failure of the same sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from capyctl.core.causes import exchanged, root_of
from capyctl.core.codes import CONTRACT_NOT_ACCEPTED, REPOSITORY_ARCHIVED, REPOSITORY_NOT_FOUND, Code
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.status_rules import UNAVAILABLE

_Key = tuple[Code, Severity]
_OF_THE_END = frozenset({CONTRACT_NOT_ACCEPTED, REPOSITORY_NOT_FOUND})


def fold_failures(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics with those about unavailable sources joined by code; consequences follow their new cause."""
    found = list(diagnostics)
    groups: dict[_Key, list[Diagnostic]] = {}
    for item in found:
        if item.code in UNAVAILABLE and item.caused_by is None:
            groups.setdefault((item.code, item.severity), []).append(item)
    joined = {key: _joined(group) for key, group in groups.items() if len(group) > 1}
    changes = {item: joined[key] for key, group in groups.items() if key in joined for item in group}
    return _under_retired(exchanged(found, changes))


def _under_retired(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """A project that ended is why nothing of it can be chosen, where no source is to blame (F19)."""
    ended: dict[str | None, Diagnostic] = {}
    for item in found:
        if item.code is REPOSITORY_ARCHIVED:
            known = ended.setdefault(item.subject.provider, item)
            if known is not item:
                asked = tuple(dict.fromkeys((*known.evidence, *item.evidence)))
                ended[item.subject.provider] = replace(known, evidence=asked)
    stopped = {item.subject.provider for item in found if item.is_error and root_of(item).code in _OF_THE_END}
    causes = {
        label: replace(item, severity=Severity.ERROR) if label in stopped else item
        for label, item in ended.items()
    }
    changes: dict[Diagnostic, Diagnostic] = {}
    for item in found:
        cause = causes.get(item.subject.provider)
        if cause is not None and item.code is REPOSITORY_ARCHIVED:
            changes[item] = cause
        elif cause is not None and item.is_error and item.caused_by is None and item.code in _OF_THE_END:
            changes[item] = replace(item, caused_by=cause)
    return exchanged(found, changes)


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
