"""What is to be said about the providers of an upgrade plan: one bad version is one finding on that version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from capyctl.app.changed_files import changed_files
from capyctl.app.report_listing import about_credentials, about_listing, about_repository, lacks_a_list
from capyctl.app.resolution import ProviderResolution
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.upgrade_subject import KnownProvider
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.invocation import Invocation
from capyctl.core.metadata import Metadata
from capyctl.core.selection import Chosen, Judgement, NoneLeft, merge_listings
from capyctl.core.upgrade_terms import channel_of
from capyctl.core.version import ProviderVersion

_NOT_A_FLAW = frozenset({codes.CONTRACT_NOT_ACCEPTED})


def is_settled(resolution: ProviderResolution) -> bool:
    """Whether it is known what the provider can be upgraded to, be it nothing."""
    choice = resolution.choice
    if isinstance(choice, Chosen):
        return True
    if not isinstance(choice, NoneLeft) or choice.blocked is not None or choice.limit_reached:
        return False
    if resolution.listing is None:
        return all(item.code in _NOT_A_FLAW for item in choice.passed_over) and bool(choice.passed_over)
    return bool(resolution.listing.tags) and not lacks_a_list(resolution)


def resolution_findings(resolution: ProviderResolution, invocation: Invocation) -> list[Diagnostic]:
    """What was found while looking for one provider's next version.

    A version that was passed over is a warning at most; that another contract is out of the question is no flaw.
    """
    if not is_settled(resolution):
        return list(diagnose_resolution(resolution, invocation))
    if isinstance(resolution.choice, Chosen):
        found = list(diagnose_resolution(resolution, invocation))
    else:
        found = [*about_repository(resolution), *about_credentials(resolution), *about_listing(resolution)]
        found += _passed_over(resolution)
        found += changed_files(resolution.label, resolution.files.values())
    return [item for item in found if item.code not in _NOT_A_FLAW]


def _passed_over(resolution: ProviderResolution) -> Iterator[Diagnostic]:
    for judgement in passed_over(resolution):
        for item in judgement.diagnostics:
            if item.code is judgement.code:
                yield replace(item, severity=Severity.WARNING)


def passed_over(resolution: ProviderResolution) -> tuple[Judgement, ...]:
    """The candidates that were judged and not taken, newest first."""
    choice = resolution.choice
    return choice.passed_over if isinstance(choice, Chosen | NoneLeft) else ()


def newest_metadata(resolution: ProviderResolution) -> tuple[str, Metadata] | None:
    """The tag and the metadata of the newest version whose file could be read."""
    judged = [*passed_over(resolution), *([resolution.chosen] if resolution.chosen is not None else [])]
    known = [(item.version, item.metadata) for item in judged if item.metadata is not None]
    if not known:
        return None
    version, metadata = max(known, key=lambda each: each[0])
    return version.tag, metadata


def left_aside(resolution: ProviderResolution, known: KnownProvider) -> tuple[ProviderVersion, ...]:
    """Listed pre-releases above what is installed and every stable version, newest first, that nobody asked for."""
    listed = merge_listings(resolution.listing.tags.values()) if resolution.listing is not None else ()
    floor = max([known.version, *(each for each in listed if not each.is_prerelease)])
    newer = (each for each in listed if each.is_prerelease and each > floor)
    return tuple(each for each in newer if channel_of(each) != channel_of(known.version))


def series_findings(resolution: ProviderResolution, known: KnownProvider) -> Iterator[Diagnostic]:
    """Listed versions that the newest metadata does not describe: clusterctl's plan stops at each (F44)."""
    newest = newest_metadata(resolution)
    if newest is None:
        return
    tag, metadata = newest
    for version in left_aside(resolution, known):
        if metadata.series_for(version) is None:
            yield Diagnostic(
                code=codes.CANDIDATE_WITHOUT_SERIES,
                severity=Severity.NOTE,
                detail=(
                    f"{version} is listed, and metadata.yaml of {tag} has no series {version.major}.{version.minor} for"
                    " it. It is ignored: it is a pre-release, and you did not ask for one. clusterctl's upgrade plan"
                    " and apply may stop at it."
                ),
                subject=Subject(provider=known.key.manifest_label, version=version.tag),
            )
            return


def forgotten_series(
    known: KnownProvider, newest: tuple[str, Metadata], own_contract: str | None
) -> Diagnostic | None:
    """Newer metadata without the installed series (F45); None where it lists it."""
    tag, metadata = newest
    if metadata.series_for(known.version) is not None:
        return None
    series = f"{known.version.major}.{known.version.minor}"
    own = (
        f"{known.version}'s own metadata says {own_contract}, and that holds."
        if own_contract is not None
        else f"{known.version}'s own metadata could not be read, so its contract is not known."
    )
    return Diagnostic(
        code=codes.INSTALLED_SERIES_FORGOTTEN,
        severity=Severity.WARNING,
        detail=f"metadata.yaml of {tag} dropped series {series}, which is installed. {own} clusterctl would stop here.",
        subject=Subject(provider=known.key.manifest_label, version=known.version.tag, file="metadata.yaml"),
    )


def prerelease_note(known: KnownProvider, chosen: Iterable[str]) -> Diagnostic | None:
    """A pre-release is installed: its channel counts (F37); None for a stable version."""
    if not known.version.is_prerelease:
        return None
    newer = ", ".join(dict.fromkeys(chosen))
    told = f"{newer} is newer" if newer else "there is none that is newer"
    return Diagnostic(
        code=codes.PRERELEASE_CHANNEL,
        severity=Severity.NOTE,
        detail=(
            f"{known.key.manifest_label} runs the pre-release {known.version}, so pre-releases of its channel"
            f" ({channel_of(known.version) or 'unnamed'}) count beside stable versions; {told}. clusterctl hides them."
        ),
        subject=Subject(provider=known.key.manifest_label, version=known.version.tag),
    )
