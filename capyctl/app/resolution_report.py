"""From a resolution to its diagnostics: every fault once, consequences under their cause."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from capyctl.app.changed_files import changed_files
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.report_listing import about_credentials, about_listing, about_repository
from capyctl.app.resolution import ProviderResolution
from capyctl.core import codes
from capyctl.core.causes import exchanged
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.metadata import METADATA
from capyctl.core.selection import Chosen, Judgement, NoneLeft, merge_listings

_NOT_A_FLAW = frozenset({codes.CONTRACT_NOT_ACCEPTED})


def diagnose_resolution(resolution: ProviderResolution, invocation: Invocation) -> tuple[Diagnostic, ...]:
    """Every diagnostic of one resolved provider; what follows from another names it as its cause."""
    found = [*about_repository(resolution), *about_credentials(resolution)]
    listed = about_listing(resolution)
    if isinstance(resolution.choice, Chosen):
        found += _with_pin(listed, resolution, resolution.choice.judgement, invocation)
        found += _about_choice(resolution, resolution.choice, invocation)
    elif isinstance(resolution.choice, NoneLeft):
        from capyctl.app.report_failure import about_failure  # noqa: PLC0415 - start-up budget

        found += [*listed, *about_failure(resolution, resolution.choice, invocation)]
    else:
        found += listed
    found += changed_files(resolution.label, resolution.files.values())
    return tuple(found)


def _with_pin(
    found: Iterable[Diagnostic], resolution: ProviderResolution, chosen: Judgement, invocation: Invocation
) -> list[Diagnostic]:
    """What a pin would do away with, with that pin; nothing is added where a version was named."""
    told = list(found)
    if resolution.target.pin is not None or not told:
        return told
    from capyctl.app.pin_fixes import with_chosen_pin  # noqa: PLC0415 - start-up budget

    pinned = with_chosen_pin(told, resolution.target, chosen, invocation)
    return list(exchanged(told, dict(zip(told, pinned, strict=True))))


def _about_choice(resolution: ProviderResolution, choice: Chosen, invocation: Invocation) -> list[Diagnostic]:
    label, chosen = resolution.label, choice.judgement
    passed = [item for judgement in choice.passed_over for item in _as_passed_over(resolution, judgement)]
    found = [*_with_pin(passed, resolution, chosen, invocation), *chosen.diagnostics]
    found += _substituted_files(resolution, chosen)
    if choice.for_want_of_stable and resolution.target.pin is None:
        detail = f"{label} has no stable release; {chosen.version.tag} is a pre-release."
        warning = _warning(codes.PRERELEASE_CHOSEN, detail, label, chosen.version.tag)
        found += _with_pin([warning], resolution, chosen, invocation)
    pin = resolution.target.named_tag
    if pin is not None and pin != chosen.version.tag:
        found.append(_respelled(resolution, pin, chosen.version.tag, invocation))
    return found


def _respelled(resolution: ProviderResolution, pin: str, tag: str, invocation: Invocation) -> Diagnostic:
    from capyctl.app.pin_fixes import pin_fix  # noqa: PLC0415 - start-up budget

    build = "+" in pin
    title = f"name the tag as it is published: {tag}"
    fix = pin_fix(resolution.target, tag, title, invocation, is_safe=True)
    spelling = "lacks the v" if tag.startswith("v") else "has a v that its tag does not have"
    reason = "comes from a tool's own build string; releases carry no build metadata" if build else spelling
    return Diagnostic(
        code=codes.BUILD_METADATA_IN_VERSION if build else codes.VERSION_SPELLING,
        severity=Severity.WARNING,
        detail=f"{pin} {reason}; {tag} was taken in its place.",
        subject=Subject(provider=resolution.label, version=pin),
        fixes=(fix,),
    )


def _as_passed_over(resolution: ProviderResolution, judgement: Judgement) -> Iterable[Diagnostic]:
    """The faults of a version that was passed over: no error of this run, since another one serves."""
    if resolution.target.pin is not None:
        return
    for item in judgement.diagnostics:
        if item.code is not judgement.code:
            continue
        severity = Severity.NOTE if item.code in _NOT_A_FLAW else Severity.WARNING
        yield replace(item, severity=severity)


def _substituted_files(resolution: ProviderResolution, chosen: Judgement) -> list[Diagnostic]:
    """Routes that failed before another one gave the file: one warning for each kind of failure."""
    tag = chosen.version.tag
    had = {
        name: replies for (of, name), replies in resolution.files.items() if of == tag and replies.first_found
    }
    failures = [
        Failure(error=error, provider=resolution.label, version=tag, file=name)
        for name, replies in had.items()
        for error in replies.errors
    ]
    found = list(diagnose_failures(failures, Severity.WARNING))
    if tag in resolution.from_proxy and METADATA in had:
        detail = f"{METADATA} of {tag} is the tag's file as the module proxy holds it, not the release's."
        evidence = had[METADATA].evidence
        found.append(_warning(codes.PROXY_METADATA_USED, detail, resolution.label, tag, evidence))
    return found + _announced_early(resolution, chosen)


def _announced_early(resolution: ProviderResolution, chosen: Judgement) -> list[Diagnostic]:
    """A series above the chosen version that no listed version belongs to: clusterctl goes after it (W-4)."""
    listing, metadata = resolution.listing, chosen.metadata
    newest = metadata.newest if metadata is not None else None
    if listing is None or newest is None or newest.number <= chosen.version.series:
        return []
    known = {version.series for version in merge_listings(listing.tags.values())}
    if newest.number in known:
        return []
    detail = (
        f"metadata.yaml of {chosen.version.tag} lists series {newest} ({newest.contract}), of which no version is"
        " known yet. That is ignored here; clusterctl prefers the newest series of its own contract and finds none."
    )
    subject = Subject(provider=resolution.label, version=chosen.version.tag, file=METADATA)
    spans = (newest.span,) if newest.span is not None else ()
    note = Diagnostic(
        code=codes.SERIES_ANNOUNCED_EARLY, severity=Severity.NOTE, detail=detail, subject=subject, spans=spans
    )
    return [note]


def _warning(
    code: codes.Code, detail: str, label: str, tag: str | None, evidence: tuple[Evidence, ...] = ()
) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.WARNING,
        detail=detail,
        subject=Subject(provider=label, version=tag),
        evidence=evidence,
    )
