"""Why nothing could be chosen: root causes first, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from capyctl.app.constraint_unmet import constraint_unmet
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.pin_fixes import OF_THE_VERSION, without_pin
from capyctl.app.questions import Reply
from capyctl.app.report_listing import lacks_a_list
from capyctl.app.resolution import ProviderResolution
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.listed import ListedVersion, RepositoryFacts
from capyctl.core.location import GitHubReleases, GitLabPackages, OciArtifact, RepositoryLocation
from capyctl.core.provider_entry import BUILT_IN
from capyctl.core.selection import Judgement, NoneLeft, Standing
from capyctl.ports.fetch_errors import AbsentError

_LOCAL_CODES = {
    "base-missing": codes.LOCAL_REPOSITORY_MISSING,
    "label-missing": codes.LOCAL_REPOSITORY_MISSING,
    "no-version-folders": codes.LOCAL_NO_VERSIONS,
}


def about_failure(
    resolution: ProviderResolution, choice: NoneLeft, invocation: Invocation
) -> list[Diagnostic]:
    """The root causes, and the one consequence that no version can be chosen, where that is not said by them."""
    unmet = constraint_unmet(resolution, choice, invocation)
    if unmet is not None:
        return [unmet]
    label = resolution.label
    if choice.blocked is not None:
        causes = list(choice.blocked.diagnostics)
    elif choice.passed_over:
        causes = _rejection_causes(resolution, choice, invocation)
        if lacks_a_list(resolution):
            rejected = [replace(item, severity=Severity.WARNING) for item in causes if item.is_error]
            causes = [*_nothing_listed(resolution, invocation), *rejected]
    else:
        causes = _nothing_listed(resolution, invocation)
    if resolution.target.pin is not None and causes:
        return _with_no_pin(causes, resolution, invocation)
    errors = [item for item in causes if item.is_error]
    if errors and all(item.code is codes.ARTIFACT_DIGEST_DIFFERS for item in errors):
        # One artifact is one version: that there is no other to choose is nothing more to say (cli.md 7.5).
        return causes
    summary = Diagnostic(
        code=codes.CANDIDATE_LIMIT if choice.limit_reached else codes.NO_VERSION,
        severity=Severity.ERROR,
        detail=_nothing_detail(resolution, choice),
        subject=Subject(provider=label),
        evidence=resolution.listing.evidence if resolution.listing is not None else (),
        caused_by=errors[0] if errors else None,
    )
    return [*causes, summary]


def _with_no_pin(
    causes: Sequence[Diagnostic], resolution: ProviderResolution, invocation: Invocation
) -> list[Diagnostic]:
    """What speaks against the version that was named, with the command that names none.

    A diagnosis finds the newest sound version by itself and names it; a pin that stands in the provider's
    address is not of this command line.
    """
    if resolution.target.named_tag is None or invocation.name == "diagnose-provider":
        return list(causes)
    fixes = without_pin(resolution.target, invocation)
    return [
        replace(item, fixes=(*item.fixes, *fixes)) if item.is_error and item.code in OF_THE_VERSION else item
        for item in causes
    ]


def _nothing_detail(resolution: ProviderResolution, choice: NoneLeft) -> str:
    label, count = resolution.label, len(choice.passed_over)
    if choice.limit_reached:
        return f"The newest {count} versions of {label} were judged and none can be chosen; the search ends there."
    if choice.blocked is not None:
        return f"{choice.blocked.version.tag} of {label} could not be judged, and nothing older is taken in its place."
    if count and lacks_a_list(resolution):
        return f"No source could list the versions of {label}, and the {count} known cannot be chosen."
    if count:
        return f"None of the {count} versions of {label} that were judged can be chosen."
    return f"No version of {label} is known."


def _rejection_causes(
    resolution: ProviderResolution, choice: NoneLeft, invocation: Invocation
) -> list[Diagnostic]:
    newest, *older = choice.passed_over
    if resolution.target.pin is not None:
        # Of the spellings of a pin the one that was published at all tells what is wrong (W-12).
        published = (item for item in choice.passed_over if item.standing is not Standing.UNPUBLISHED)
        return _pin_causes(resolution, next(published, newest), invocation)
    causes = list(newest.diagnostics)
    if newest.contract is not None and newest.code is codes.CONTRACT_NOT_ACCEPTED:
        causes = [_with_contract_fix(item, newest.contract, invocation) for item in causes]
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
        command=_with_contract(item.subject.provider or "", contract, invocation),
    )
    return replace(item, fixes=(*item.fixes, fix))


def _with_contract(label: str, contract: str, invocation: Invocation) -> str | None:
    """The same command with this contract, where it takes one; a check takes it from the lock."""
    if invocation.takes_contract:
        return invocation.with_option("--contract", contract)
    if invocation.name == "lock" and invocation.has("--check"):
        return invocation.about("lock", "--update", label, "--contract", contract)
    return None


def _pin_causes(
    resolution: ProviderResolution, judgement: Judgement, invocation: Invocation
) -> list[Diagnostic]:
    """A pinned tag without files may be no tag at all; a pin asks for no list, so both are said."""
    pin = resolution.target.pin or judgement.version.tag
    if judgement.code is not codes.VERSION_NOT_PUBLISHED:
        return list(judgement.diagnostics)
    label = resolution.label
    location = resolution.target.entry.location
    evidence = tuple(piece for item in judgement.diagnostics for piece in item.evidence)
    if isinstance(location, OciArtifact):
        return [_artifact_lacks(resolution, location, pin, evidence, invocation)]
    if isinstance(location, GitLabPackages):
        return [_gitlab_hides(resolution, f"there is no package version {pin}", evidence)]
    return [
        Diagnostic(
            code=codes.VERSION_NOT_PUBLISHED,
            severity=Severity.ERROR,
            detail=(
                f"{label} has no published release {pin}: its files cannot be downloaded. Either the tag does not"
                " exist, or it has no release, or the release is a draft."
            ),
            subject=Subject(provider=label, version=pin),
            evidence=evidence,
            fixes=(_see_versions(label, invocation),),
        )
    ]


def _artifact_lacks(
    resolution: ProviderResolution,
    location: OciArtifact,
    pin: str,
    evidence: tuple[Evidence, ...],
    invocation: Invocation,
) -> Diagnostic:
    """A pin on an address that names one artifact: it is another version, lacks a file, or is not there."""
    failures = {piece.failure for piece in evidence}
    words = f"There is no artifact {location.address}, or it shows nothing to strangers."
    if "no-such-version" in failures:
        words = f"{location.address} is one artifact of one version, and that is not {pin}."
    elif "no-such-file" in failures:
        words = f"{location.address} lacks one of the two files of a release, under every name they may have."
    return Diagnostic(
        code=codes.VERSION_NOT_FOUND,
        severity=Severity.ERROR,
        detail=words,
        subject=Subject(provider=resolution.label, version=pin),
        evidence=evidence,
        fixes=(_see_versions(resolution.label, invocation),),
    )


def _see_versions(label: str, invocation: Invocation) -> Fix:
    return Fix(
        applicability=Applicability.REVIEW,
        title="see which versions there are",
        command=invocation.about("versions", label),
    )


def _nothing_listed(resolution: ProviderResolution, invocation: Invocation) -> list[Diagnostic]:
    label, listing = resolution.label, resolution.listing
    if listing is None:
        pin = resolution.target.pin
        detail = f"{pin} is no semantic version, so no release series can hold it."
        return [
            Diagnostic(
                code=codes.VERSION_NOT_FOUND,
                severity=Severity.ERROR,
                detail=detail,
                subject=Subject(provider=label, version=pin),
                fixes=(_see_versions(label, invocation),),
            )
        ]
    replies: list[Reply[tuple[ListedVersion, ...]] | Reply[RepositoryFacts]] = [*listing.lists.items]
    replies += [listing.latest] if listing.latest is not None else []
    errors = [item.error for item in replies if item.error is not None]
    absent = [error for error in errors if isinstance(error, AbsentError)]
    if absent and not any(item.is_found for item in replies):
        return [_repository_missing(resolution, absent, invocation)]
    # The release host comes last: where it has listed, what another source could not say decides nothing.
    settled = bool(listing.lists.items) and listing.lists.items[-1].is_found
    failures = [Failure(error=error, provider=label) for error in errors if error not in absent]
    return list(diagnose_failures(failures, Severity.WARNING if settled else Severity.ERROR))


def _local_missing(resolution: ProviderResolution, error: AbsentError, invocation: Invocation) -> Diagnostic:
    """A local tree that lacks a folder; the reason says what is there instead (F09, F11)."""
    return Diagnostic(
        code=_LOCAL_CODES[error.evidence.failure or ""],
        severity=Severity.ERROR,
        detail=f"The local repository of {resolution.label} cannot be used: {error.reason}.",
        subject=Subject(provider=resolution.label),
        evidence=(error.evidence,),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"put the files where the address from {_origin_words(resolution)} expects them",
                command=invocation.about("config", "provider", resolution.label),
            ),
        ),
    )


def _gitlab_hides(resolution: ProviderResolution, what: str, evidence: tuple[Evidence, ...]) -> Diagnostic:
    """GitLab answers 404 to strangers for what is private, and to everybody for what is not there (F23)."""
    sent = any(piece.credential_sent for piece in evidence)
    token = "A token was sent" if sent else "No token was sent"
    return Diagnostic(
        code=codes.GITLAB_PRIVATE,
        severity=Severity.ERROR,
        detail=(
            f"GitLab answers 404: {what}, or the project is private and shows nothing to strangers. {token}."
        ),
        subject=Subject(provider=resolution.label),
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="set GITLAB_ACCESS_TOKEN to a personal, project or group token with read_api",
            ),
        ),
    )


def _repository_missing(
    resolution: ProviderResolution, absent: Sequence[AbsentError], invocation: Invocation
) -> Diagnostic:
    location = resolution.target.entry.location
    evidence = tuple(error.evidence for error in absent)
    if isinstance(location, GitLabPackages):
        return _gitlab_hides(resolution, "there is no such project", evidence)
    if absent[0].evidence.failure in _LOCAL_CODES:
        return _local_missing(resolution, absent[0], invocation)
    name = location.full_name if isinstance(location, GitHubReleases) else resolution.target.entry.url
    renamed = "" if isinstance(location, OciArtifact) else ", was renamed without a redirect,"
    return Diagnostic(
        code=codes.REPOSITORY_NOT_FOUND,
        severity=Severity.ERROR,
        detail=(
            f"{name} does not exist{renamed} or is private and no credential that may read it was given."
        ),
        subject=Subject(provider=resolution.label),
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"check the address, which comes from {_origin_words(resolution)}",
                command=invocation.about("config", "provider", resolution.label),
            ),
            *_token_for(location),
        ),
    )


def _origin_words(resolution: ProviderResolution) -> str:
    origin = resolution.target.entry.origin
    return "the built-in table" if origin == BUILT_IN else origin


def _token_for(location: RepositoryLocation | None) -> tuple[Fix, ...]:
    """GitHub answers 404 for what is private, so a token may be all that is lacking (F23)."""
    if not isinstance(location, GitHubReleases):
        return ()
    title = "if the repository is private, set GITHUB_TOKEN to a token that may read it"
    return (Fix(applicability=Applicability.REVIEW, title=title),)
