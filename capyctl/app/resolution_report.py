"""From a resolution to its diagnostics and its ``Resolved``: root causes with their consequences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.judge import METADATA
from capyctl.app.questions import Found, Reply
from capyctl.app.resolve import ProviderResolution
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.listed import ListedVersion, RepositoryFacts
from capyctl.core.location import GitHubReleases
from capyctl.core.rules.listing import hidden_by_proxy, latest_differs
from capyctl.core.rules.repository import renamed_on_the_way, repository_renamed
from capyctl.core.selection import Chosen, Judgement, NoneLeft
from capyctl.ports.fetch_errors import AbsentError

_NOT_A_FLAW = frozenset({codes.CONTRACT_NOT_ACCEPTED})


def diagnose_resolution(resolution: ProviderResolution, invocation: Invocation) -> tuple[Diagnostic, ...]:
    """Every diagnostic of one resolved provider; what follows from another names it as its cause."""
    found = [*_about_repository(resolution), *_about_listing(resolution)]
    if isinstance(resolution.choice, Chosen):
        found += _about_choice(resolution, resolution.choice, invocation)
    elif isinstance(resolution.choice, NoneLeft):
        found += _about_failure(resolution, resolution.choice, invocation)
    return tuple(found)


def _label(resolution: ProviderResolution) -> str:
    return resolution.target.entry.key.manifest_label


def evidence_of(resolution: ProviderResolution) -> tuple[Evidence, ...]:
    """Everything that was asked about this provider."""
    listed = resolution.listing.evidence if resolution.listing is not None else ()
    return listed + tuple(piece for replies in resolution.files.values() for piece in replies.evidence)


def _about_repository(resolution: ProviderResolution) -> list[Diagnostic]:
    entry = resolution.target.entry
    renamed = renamed_on_the_way(evidence_of(resolution))
    if renamed is None:
        return []
    old, new, piece = renamed
    return [
        repository_renamed(entry.key.manifest_label, old, new, (piece,), _new_address(resolution, old, new))
    ]


def _new_address(resolution: ProviderResolution, old: str, new: str) -> tuple[Fix, ...]:
    entry = resolution.target.entry
    address = entry.url.replace(f"/{old}/", f"/{new}/")
    title = f"use the new name in the table entry from {entry.origin}: url: {address}"
    return (Fix(applicability=Applicability.REVIEW, title=title),)


def _about_listing(resolution: ProviderResolution) -> list[Diagnostic]:
    listing = resolution.listing
    if listing is None:
        return []
    label, found = _label(resolution), []
    if listing.lists.first_found is not None or listing.latest_tag is not None:
        failures = [Failure(error=error, provider=label) for error in listing.lists.errors]
        if listing.latest is not None and listing.latest.error is not None and not listing.latest.is_absent:
            failures.append(Failure(error=listing.latest.error, provider=label))
        found += _substituted(resolution, diagnose_failures(failures, Severity.WARNING))
    hidden = hidden_by_proxy(label, listing.tags, _released(resolution), listing.evidence)
    chosen = resolution.chosen.version if resolution.chosen is not None else None
    differs = latest_differs(label, listing.latest_tag, chosen, listing.evidence)
    return found + [item for item in (hidden, differs) if item is not None]


def _substituted(resolution: ProviderResolution, causes: Sequence[Diagnostic]) -> list[Diagnostic]:
    listing = resolution.listing
    if not causes or listing is None:
        return list(causes)
    if listing.lists.first_found is not None:
        return list(causes)
    partial_list = Diagnostic(
        code=codes.VERSION_LIST_PARTIAL,
        severity=Severity.WARNING,
        detail=(
            f"No source could list the versions of {_label(resolution)}; the only one known is"
            f" {listing.latest_tag}, which the release host marks as latest."
        ),
        subject=Subject(provider=_label(resolution), version=listing.latest_tag),
        evidence=listing.evidence,
        caused_by=causes[0],
    )
    return [*causes, partial_list]


def _released(resolution: ProviderResolution) -> list[str]:
    """Tags that the release host itself vouches for: its list without drafts, its latest, files that came."""
    listing = resolution.listing
    released = [tag for (tag, _), replies in resolution.files.items() if replies.outcome is Found.FOUND]
    if listing is None:
        return released
    released += [tag for tag, version in listing.listed.items() if version.draft is False]
    return released + ([listing.latest_tag] if listing.latest_tag is not None else [])


def _about_choice(resolution: ProviderResolution, choice: Chosen, invocation: Invocation) -> list[Diagnostic]:
    label, chosen = _label(resolution), choice.judgement
    found = [item for judgement in choice.passed_over for item in _as_passed_over(resolution, judgement)]
    found += chosen.diagnostics
    found += _substituted_files(resolution, chosen)
    if choice.for_want_of_stable and resolution.target.pin is None:
        detail = f"{label} has no stable release; {chosen.version.tag} is a pre-release."
        found.append(_warning(codes.PRERELEASE_CHOSEN, detail, label, chosen.version.tag))
    pin = resolution.target.reference.version
    if pin is not None and pin != chosen.version.tag:
        found.append(_respelled(resolution, pin, chosen.version.tag, invocation))
    return found


def _respelled(resolution: ProviderResolution, pin: str, tag: str, invocation: Invocation) -> Diagnostic:
    build = "+" in pin
    reference = resolution.target.reference.text
    fix = Fix(
        applicability=Applicability.SAFE,
        title=f"name the tag as it is published: {tag}",
        command=invocation.with_reference(reference, reference.replace(f":{pin}", f":{tag}")),
    )
    reason = (
        "comes from a tool's own build string; releases carry no build metadata" if build else "lacks the v"
    )
    return Diagnostic(
        code=codes.BUILD_METADATA_IN_VERSION if build else codes.VERSION_SPELLING,
        severity=Severity.WARNING,
        detail=f"{pin} {reason}; {tag} was taken in its place.",
        subject=Subject(provider=_label(resolution), version=pin),
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
    found: list[Diagnostic] = []
    for (tag, name), replies in resolution.files.items():
        if tag != chosen.version.tag or replies.first_found is None:
            continue
        failures = [
            Failure(error=error, provider=_label(resolution), version=tag, file=name)
            for error in replies.errors
        ]
        found += diagnose_failures(failures, Severity.WARNING)
        if name == METADATA and tag in resolution.from_proxy:
            detail = f"{name} of {tag} is the file of the tag as the module proxy holds it, not the file of the release."
            found.append(
                _warning(codes.PROXY_METADATA_USED, detail, _label(resolution), tag, replies.evidence)
            )
    return found


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


def _about_failure(
    resolution: ProviderResolution, choice: NoneLeft, invocation: Invocation
) -> list[Diagnostic]:
    label = _label(resolution)
    if choice.blocked is not None:
        causes = list(choice.blocked.diagnostics)
    elif choice.passed_over:
        causes = _rejection_causes(resolution, choice, invocation)
    else:
        causes = _nothing_listed(resolution)
    if resolution.target.pin is not None and causes:
        return causes
    errors = [item for item in causes if item.is_error]
    summary = Diagnostic(
        code=codes.CANDIDATE_LIMIT if choice.limit_reached else codes.NO_VERSION,
        severity=Severity.ERROR,
        detail=_nothing_detail(resolution, choice),
        subject=Subject(provider=label),
        evidence=resolution.listing.evidence if resolution.listing is not None else (),
        caused_by=errors[0] if errors else None,
    )
    return [*causes, summary]


def _nothing_detail(resolution: ProviderResolution, choice: NoneLeft) -> str:
    label, count = _label(resolution), len(choice.passed_over)
    if choice.limit_reached:
        return f"The newest {count} versions of {label} were judged and none can be chosen; the search ends there."
    if choice.blocked is not None:
        return f"{choice.blocked.version.tag} of {label} could not be judged, and nothing older is taken in its place."
    if count:
        return f"None of the {count} versions of {label} that were judged can be chosen."
    return f"No version of {label} is known."


def _rejection_causes(
    resolution: ProviderResolution, choice: NoneLeft, invocation: Invocation
) -> list[Diagnostic]:
    newest, *older = choice.passed_over
    causes = [item for item in newest.diagnostics]
    if resolution.target.pin is not None:
        causes = _pin_causes(resolution, newest)
    elif newest.contract is not None and newest.code is codes.CONTRACT_NOT_ACCEPTED:
        causes = [_with_contract_fix(item, newest.contract, invocation) for item in causes]
    if resolution.target.pin is None:
        causes += [
            replace(item, severity=Severity.WARNING)
            for judgement in older
            for item in judgement.diagnostics
            if item.code is judgement.code and item.code is not newest.code
        ]
    return causes


def _with_contract_fix(item: Diagnostic, contract: str, invocation: Invocation) -> Diagnostic:
    if item.code is not codes.CONTRACT_NOT_ACCEPTED:
        return item
    fix = Fix(
        applicability=Applicability.REVIEW,
        title=f"ask for contract {contract}, together with a core provider that accepts it",
        command=invocation.with_words("--contract", contract),
    )
    return replace(item, fixes=(*item.fixes, fix))


def _pin_causes(resolution: ProviderResolution, judgement: Judgement) -> list[Diagnostic]:
    """A pinned tag without files may be no tag at all; a pin asks for no list, so both are said."""
    pin = resolution.target.reference.version or judgement.version.tag
    if judgement.code is not codes.VERSION_NOT_PUBLISHED:
        return list(judgement.diagnostics)
    label = _label(resolution)
    return [
        Diagnostic(
            code=codes.VERSION_NOT_PUBLISHED,
            severity=Severity.ERROR,
            detail=(
                f"{label} has no published release {pin}: its files cannot be downloaded. Either the tag does not"
                " exist, or it has no release, or the release is a draft."
            ),
            subject=Subject(provider=label, version=pin),
            evidence=tuple(piece for item in judgement.diagnostics for piece in item.evidence),
            fixes=(
                Fix(
                    applicability=Applicability.REVIEW,
                    title="see which versions there are",
                    command=f"capyctl versions {label}",
                ),
            ),
        )
    ]


def _nothing_listed(resolution: ProviderResolution) -> list[Diagnostic]:
    label, listing = _label(resolution), resolution.listing
    if listing is None:
        pin = resolution.target.pin
        detail = f"{pin} is no semantic version, so no release series can hold it."
        return [
            Diagnostic(
                code=codes.VERSION_NOT_FOUND,
                severity=Severity.ERROR,
                detail=detail,
                subject=Subject(provider=label, version=pin),
                fixes=(
                    Fix(
                        applicability=Applicability.REVIEW,
                        title="see which versions there are",
                        command=f"capyctl versions {label}",
                    ),
                ),
            )
        ]
    replies: list[Reply[tuple[ListedVersion, ...]] | Reply[RepositoryFacts]] = [*listing.lists.items]
    replies += [listing.latest] if listing.latest is not None else []
    errors = [item.error for item in replies if item.error is not None]
    absent = [error for error in errors if isinstance(error, AbsentError)]
    if absent and not any(item.is_found for item in replies):
        return [_repository_missing(resolution, absent, errors)]
    return list(
        diagnose_failures(
            [Failure(error=error, provider=label) for error in errors if error not in absent], Severity.ERROR
        )
    )


def _repository_missing(
    resolution: ProviderResolution, absent: Sequence[AbsentError], errors: Sequence[Exception]
) -> Diagnostic:
    location = resolution.target.entry.location
    name = location.full_name if isinstance(location, GitHubReleases) else resolution.target.entry.url
    del errors
    return Diagnostic(
        code=codes.REPOSITORY_NOT_FOUND,
        severity=Severity.ERROR,
        detail=(
            f"{absent[0].reason}. {name} does not exist, was renamed without a redirect, or is private and no"
            " credential that may read it was given."
        ),
        subject=Subject(provider=_label(resolution)),
        evidence=tuple(error.evidence for error in absent),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"check the address in the table entry from {resolution.target.entry.origin}",
                command=f"capyctl config provider {_label(resolution)}",
            ),
        ),
    )
