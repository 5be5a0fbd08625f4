"""Rules about the repository itself: renamed, archived, retired."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence

_PERMANENT = frozenset({301, 308})


def renamed_on_the_way(evidence: Iterable[Evidence]) -> tuple[tuple[str, ...], str, Evidence] | None:
    """The former names, oldest first, and the last ``owner/name`` of the first chain of permanent redirects.

    A repository that moved twice may answer with one redirect for each move; all on one host.
    """
    for piece in evidence:
        names = _names_on_the_way(piece)
        if len(names) > 1:
            return tuple(names[:-1]), names[-1], piece
    return None


def _names_on_the_way(piece: Evidence) -> list[str]:
    if not any(hop.status in _PERMANENT for hop in piece.hops):
        return []
    names: list[tuple[str, str]] = []
    chain = [hop.url for hop in piece.hops] + ([piece.final_url] if piece.final_url else [])
    for hop, target in zip(piece.hops, chain[1:], strict=False):
        old, new = _repository(hop.url), _repository(target)
        if hop.status not in _PERMANENT or not old or not new or _folded(old) == _folded(new):
            continue
        if names and _folded(names[-1]) != _folded(old):
            break
        names = [*(names or [old]), new]
    return [name for _, name in names]


def _repository(url: str) -> tuple[str, str] | None:
    """Host and ``owner/name`` of a web address, or None for an address of another form."""
    try:
        parts = urlsplit(url)
    except ValueError:  # kept by an older run, or edited since
        return None
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if len(segments) < 2 or segments[0] in {"repos", "repositories", "api"}:
        return None
    return (parts.netloc, f"{segments[0]}/{segments[1]}")


def _folded(repository: tuple[str, str]) -> tuple[str, str]:
    return (repository[0].lower(), repository[1].lower())


def repository_renamed(
    label: str, old: str, new: str, evidence: tuple[Evidence, ...], fixes: tuple[Fix, ...] = ()
) -> Diagnostic:
    """The repository answers under another name (F17, F18, F20, F21)."""
    return Diagnostic(
        code=codes.REPOSITORY_RENAMED,
        severity=Severity.WARNING,
        detail=(
            f"The address of {label} names {old}, which is now {new}. The redirect was followed for every"
            " question; it works until somebody registers the old name anew. Some tools lose their way on it:"
            " clusterctl up to v1.12 reads the wrong bytes with GOPROXY=off."
        ),
        subject=Subject(provider=label),
        evidence=evidence,
        fixes=fixes,
    )
