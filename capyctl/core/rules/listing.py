"""Rules that compare what several sources list of one repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from capyctl.core import codes
from capyctl.core.diagnostics import Confidence, Diagnostic, Severity, Subject
from capyctl.core.evidence import CACHE_ROUTE, Evidence, Outcome, Question
from capyctl.core.version import ProviderVersion, in_order_of_choice, parse_tag

if TYPE_CHECKING:
    from capyctl.core.version_constraint import Constraint


def newest(tags: Sequence[str]) -> ProviderVersion | None:
    """The best of some tags in order of choice, or None."""
    versions = in_order_of_choice(version for tag in tags if (version := parse_tag(tag)) is not None)
    return versions[0] if versions else None


def hidden_by_proxy(
    label: str,
    tags: Mapping[str, Sequence[str]],
    released: Sequence[str],
    evidence: tuple[Evidence, ...],
    asked: tuple[Evidence, ...] | None = None,
) -> Diagnostic | None:
    """A module proxy lists the repository, but not a released version above all it lists (F31, F34).

    A list that is kept may be older than the release, which nobody can tell from its age: that is a note.

    Args:
        label: the provider's manifest label.
        tags: tags by route.
        released: tags that the release host itself knows as released.
        evidence: the questions this rests on.
        asked: the same with the questions for files, which tell of a release too; None where they are among them.
    """
    proxies = {route: listed for route, listed in tags.items() if route.startswith("goproxy:") and listed}
    best = newest(released)
    if not proxies or best is None:
        return None
    route, listed = next(iter(proxies.items()))
    top = newest(listed)
    if top is None or best.tag in listed or best.choice_key <= top.choice_key:
        return None
    subject = Subject(provider=label, version=best.tag)
    kept = _age_of_lists(evidence)
    if kept is not None:
        since = _known_since(asked if asked is not None else evidence, best.tag)
        detail = (
            f"The list of {route} that is kept, of {kept}, ends with {top.tag}; that {best.tag} is released is known"
            f" {since}. Whether the proxy lists it by now, only a run with network can say."
        )
        return Diagnostic(
            code=codes.PROXY_HIDES_VERSION,
            severity=Severity.NOTE,
            confidence=Confidence.POSSIBLE,
            detail=detail,
            subject=subject,
            evidence=evidence,
        )
    return Diagnostic(
        code=codes.PROXY_HIDES_VERSION,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        detail=f"{best.tag} is released, but the newest version that {route} lists is {top.tag}.{_why(best, top)}",
        subject=subject,
        evidence=evidence,
    )


def _why(best: ProviderVersion, top: ProviderVersion) -> str:
    if best.major > top.major and best.major > 1:
        return (
            f" Versions of major {best.major} are listed only if the go.mod of the tag ends its module path with"
            f" /v{best.major}; tools that trust this list stay on {top.tag} without a word."
        )
    return " Module proxies learn of new tags with a delay."


def _age_of_lists(evidence: tuple[Evidence, ...]) -> str | None:
    """The time of the oldest list of a module proxy that is a kept one; None where all were asked for now."""
    listed = [piece for piece in evidence if _is_proxy_list(piece) and piece.outcome is Outcome.FOUND]
    return min((piece.as_of for piece in listed if piece.as_of), default=None)


def _known_since(asked: tuple[Evidence, ...], tag: str) -> str:
    """When the newest answer came that may tell of a release: its host's lists, and whatever names the tag."""
    telling = [
        piece
        for piece in asked
        if piece.outcome is Outcome.FOUND
        and not _is_proxy_list(piece)
        and (piece.question is Question.VERSIONS or f"/{tag}" in (piece.url or ""))
    ]
    times = [piece.as_of for piece in telling if piece.route == CACHE_ROUTE and piece.as_of]
    return f"since {max(times)}" if times and len(times) == len(telling) else "from this run"


def _is_proxy_list(piece: Evidence) -> bool:
    return piece.route == CACHE_ROUTE and (piece.url or "").endswith("/@v/list")


def latest_differs(
    label: str,
    latest: str | None,
    chosen: ProviderVersion | None,
    evidence: tuple[Evidence, ...],
    constraint: Constraint | None = None,
) -> Diagnostic | None:
    """The host marks another release as latest than SemVer does: legitimate, and worth a note.

    Nothing is said of one that the ``constraint`` rules out: it was not among those chosen from.
    """
    marked = parse_tag(latest) if latest is not None else None
    if marked is None or chosen is None or marked.tag == chosen.tag or marked.choice_key > chosen.choice_key:
        return None
    if constraint is not None and not constraint.admits(marked):
        return None
    if marked.is_prerelease and not chosen.is_prerelease:
        why = f"it is a pre-release, and {chosen.tag}, a stable version, was chosen before it."
    else:
        why = f"by version order {chosen.tag} is newer and was chosen."
    return Diagnostic(
        code=codes.SOURCES_DISAGREE,
        severity=Severity.NOTE,
        detail=f"The release host marks {marked.tag} as its latest release; {why}",
        subject=Subject(provider=label, version=chosen.tag),
        evidence=evidence,
    )
