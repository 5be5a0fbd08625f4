"""What is said about a provider's repository and about the lists of its versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from capyctl.app.fetch_diagnostics import Failure, diagnose_failures, registry_advice, source_name
from capyctl.app.questions import Found, Reply
from capyctl.app.resolution import ProviderResolution
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.location import GitHubReleases, OciArtifact, RepositoryLocation
from capyctl.core.provider_entry import BUILT_IN
from capyctl.core.rules.listing import hidden_by_proxy, latest_differs
from capyctl.core.rules.repository import renamed_on_the_way, repository_renamed
from capyctl.ports.fetch_errors import AbsentError
from capyctl.ports.fetcher import ListedVersion


def about_repository(resolution: ProviderResolution) -> list[Diagnostic]:
    """Whether the repository goes by another name now."""
    entry = resolution.target.entry
    renamed = renamed_on_the_way(resolution.evidence)
    if renamed is None:
        return _known_rename(resolution)
    (old, *_), new, piece = renamed
    return [
        repository_renamed(entry.key.manifest_label, old, new, (piece,), _new_address(resolution, old, new))
    ]


def _known_rename(resolution: ProviderResolution) -> list[Diagnostic]:
    """An address that the table knows to be a former one: no question is needed to say so (F17)."""
    entry = resolution.target.entry
    if entry.renamed_to is None or not isinstance(entry.location, GitHubReleases):
        return []
    old, new = entry.location.full_name, entry.renamed_to
    found = repository_renamed(entry.key.manifest_label, old, new, (), _new_address(resolution, old, new))
    return [replace(found, spans=(entry.span,) if entry.span is not None else ())]


def about_credentials(resolution: ProviderResolution) -> list[Diagnostic]:
    """A token that its host rejected, where the answer came without it (F15)."""
    told = _causes(resolution)
    rejected = [
        piece for piece in resolution.evidence if piece.failure == "credential-rejected" and piece not in told
    ]
    if not rejected:
        return []
    what = "login" if rejected[0].route == "oci" else "token"
    detail = (
        f"{source_name(rejected[0])} rejected the {what} it was given (status {rejected[0].status}); the question"
        " was put once more without it."
    )
    return [
        Diagnostic(
            code=codes.CREDENTIAL_REJECTED,
            severity=Severity.WARNING,
            detail=detail,
            subject=Subject(provider=resolution.label),
            evidence=tuple(dict.fromkeys(rejected)),
            fixes=_login_again(resolution.target.entry.location),
        )
    ]


def _causes(resolution: ProviderResolution) -> set[Evidence]:
    """What a registry's failures rest on, which are diagnosed themselves: an artifact has no other source."""
    if not isinstance(resolution.target.entry.location, OciArtifact):
        return set()
    listed = resolution.listing.lists.errors if resolution.listing is not None else ()
    files = (error for replies in resolution.files.values() for error in replies.errors)
    return {error.evidence for error in (*listed, *files)}


def _login_again(location: RepositoryLocation | None) -> tuple[Fix, ...]:
    """Logins of registries are not tokens of forges; what those need is known without this."""
    if not isinstance(location, OciArtifact):
        return ()
    advice = registry_advice(location.host)[codes.CREDENTIAL_REJECTED]
    return (Fix(applicability=Applicability.REVIEW, title=advice),)


def _new_address(resolution: ProviderResolution, old: str, new: str) -> tuple[Fix, ...]:
    from capyctl.core.address_edit import address_fix  # noqa: PLC0415 - start-up budget

    entry = resolution.target.entry
    address = entry.url.replace(f"/{old}/", f"/{new}/")
    where = "an entry of your own" if entry.origin == BUILT_IN else entry.origin
    title = f"use the new name in {where}"
    fix = address_fix(title, text=entry.text, span=entry.span, old=entry.url, new=address)
    return (fix if fix.edit is not None else replace(fix, title=f"{title}: url: {address}"),)


def about_listing(resolution: ProviderResolution) -> list[Diagnostic]:
    """Sources that failed while others answered, and where the lists disagree."""
    listing = resolution.listing
    if listing is None:
        return []
    label, found = resolution.label, []
    if listing.lists.first_found is not None or (
        listing.latest_tag is not None and not lacks_a_list(resolution)
    ):
        failures = [Failure(error=error, provider=label) for error in listing.lists.errors]
        if listing.latest is not None and listing.latest.error is not None and not listing.latest.is_absent:
            failures.append(Failure(error=listing.latest.error, provider=label))
        found += _substituted(resolution, diagnose_failures(failures, Severity.WARNING))
    found += partial_lists(label, listing.lists.items)
    hidden = hidden_by_proxy(
        label, listing.tags, _released(resolution), listing.evidence, resolution.evidence
    )
    chosen = resolution.chosen.version if resolution.chosen is not None else None
    constraint = resolution.target.requirement.constraint
    differs = latest_differs(label, listing.latest_tag, chosen, listing.evidence, constraint)
    return found + [item for item in (hidden, differs) if item is not None]


def lacks_a_list(resolution: ProviderResolution) -> bool:
    """Whether nothing was chosen while no source could list: a version nobody named may be sound."""
    listing = resolution.listing
    if resolution.chosen is not None or listing is None or listing.lists.first_found is not None:
        return False
    return any(not isinstance(error, AbsentError) for error in listing.lists.errors)


def partial_lists(label: str, lists: Iterable[Reply[tuple[ListedVersion, ...]]]) -> list[Diagnostic]:
    """Lists of which a page or a major could not be had (W-9)."""
    return [
        Diagnostic(
            code=codes.VERSION_LIST_PARTIAL,
            severity=Severity.WARNING,
            detail=f"The list of versions by {item.route} is a part of the whole: {item.answer.partial}.",
            subject=Subject(provider=label),
            evidence=item.answer.evidence,
        )
        for item in lists
        if item.answer is not None and item.answer.partial is not None
    ]


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
            f"No source could list the versions of {resolution.label}; the only one known is"
            f" {listing.latest_tag}, which the release host marks as latest."
        ),
        subject=Subject(provider=resolution.label, version=listing.latest_tag),
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
