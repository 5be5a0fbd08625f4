"""Rules that compare what several sources list of one repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from capyctl.core import codes
from capyctl.core.diagnostics import Confidence, Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.version import ProviderVersion, in_order_of_choice, parse_tag

if TYPE_CHECKING:
    from capyctl.core.version_constraint import Constraint


def newest(tags: Sequence[str]) -> ProviderVersion | None:
    """The best of some tags in order of choice, or None."""
    versions = in_order_of_choice(version for tag in tags if (version := parse_tag(tag)) is not None)
    return versions[0] if versions else None


def hidden_by_proxy(
    label: str, tags: Mapping[str, Sequence[str]], released: Sequence[str], evidence: tuple[Evidence, ...]
) -> Diagnostic | None:
    """A module proxy lists the repository, but not a released version above all it lists (F31, F34).

    Args:
        label: the provider's manifest label.
        tags: tags by route.
        released: tags that the release host itself knows as released.
        evidence: the questions this rests on.
    """
    proxies = {route: listed for route, listed in tags.items() if route.startswith("goproxy:") and listed}
    best = newest(released)
    if not proxies or best is None:
        return None
    route, listed = next(iter(proxies.items()))
    top = newest(listed)
    if top is None or best.tag in listed or best.choice_key <= top.choice_key:
        return None
    major = (
        f" Versions of major {best.major} are listed only if the go.mod of the tag ends its module path with"
        f" /v{best.major}; tools that trust this list stay on {top.tag} without a word."
        if best.major > top.major and best.major > 1
        else " Module proxies learn of new tags with a delay."
    )
    return Diagnostic(
        code=codes.PROXY_HIDES_VERSION,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        detail=f"{best.tag} is released, but the newest version that {route} lists is {top.tag}.{major}",
        subject=Subject(provider=label, version=best.tag),
        evidence=evidence,
    )


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
