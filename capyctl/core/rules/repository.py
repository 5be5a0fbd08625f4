"""Rules about the repository itself: renamed, archived, retired."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence

_PERMANENT = frozenset({301, 308})


def renamed_on_the_way(evidence: Iterable[Evidence]) -> tuple[str, str, Evidence] | None:
    """Old and new ``owner/name`` of the first permanent redirect between two repositories of one host."""
    for piece in evidence:
        chain = [hop.url for hop in piece.hops] + ([piece.final_url] if piece.final_url else [])
        for hop, target in zip(piece.hops, chain[1:], strict=False):
            old, new = _repository(hop.url), _repository(target)
            if hop.status in _PERMANENT and old and new and _folded(old) != _folded(new):
                return old[1], new[1], piece
    return None


def _repository(url: str) -> tuple[str, str] | None:
    """Host and ``owner/name`` of a web address, or None for an address of another form."""
    parts = urlsplit(url)
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
