"""Why a version was chosen, rule by rule (``resolve --explain``)."""

from __future__ import annotations

from capyctl.app.questions import Found
from capyctl.app.resolution import ProviderResolution
from capyctl.core.selection import Chosen, NoneLeft


def reasons_of(resolution: ProviderResolution) -> tuple[tuple[str, str], ...]:
    """Pairs of a rule's name and what it said, in the order in which the rules decide."""
    found = [("asked for", _asked(resolution)), ("listed by", _listed(resolution))]
    accepted = " or ".join(sorted(resolution.accepted, reverse=True))
    choice = resolution.choice
    if isinstance(choice, Chosen):
        judgement = choice.judgement
        span = (
            next((item.span for item in judgement.metadata.series if item.number == judgement.series), None)
            if (judgement.metadata is not None)
            else None
        )
        where = f", line {span.line} of its own metadata.yaml" if span is not None else ""
        major, minor = judgement.series or (0, 0)
        found.append(
            ("series", f"{major}.{minor} implements {judgement.contract}{where}; accepted: {accepted}")
        )
        found.append(("files", _files(resolution)))
    elif isinstance(choice, NoneLeft):
        found.append(("accepted", accepted))
    return tuple((name, text) for name, text in found if text)


def _asked(resolution: ProviderResolution) -> str:
    target = resolution.target
    if target.named_tag is not None:
        return f"{target.named_tag}, as pinned: no list is asked for"
    if target.pin is not None:
        return f"{target.pin}, as its address pins it"
    return "the newest sound version, stable before pre-release"


def _listed(resolution: ProviderResolution) -> str:
    if resolution.listing is None:
        return ""
    tags = resolution.listing.tags
    counts = [f"{route} ({len(listed)})" for route, listed in tags.items() if len(listed) != 1]
    single = [f"{route} ({listed[0]})" for route, listed in tags.items() if len(listed) == 1]
    return ", ".join((*counts, *single))


def _files(resolution: ProviderResolution) -> str:
    if resolution.chosen is None:
        return ""
    parts = []
    for (tag, name), replies in resolution.files.items():
        if tag == resolution.chosen.version.tag:
            found = replies.first_found
            parts.append(
                f"{name} by {found.route}" if found is not None else f"{name} {_lack(replies.outcome)}"
            )
    return ", ".join(parts)


def _lack(outcome: Found) -> str:
    return "not to be had in this run" if outcome is Found.UNAVAILABLE else outcome.value
