"""Judging one candidate from its own files: published, readable, in its series, of an accepted contract."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.fetch_diagnostics import RELEASE_FAULTS, Failure, code_of, diagnose_failures
from capyctl.app.inspection import faults_of
from capyctl.app.questions import Found, Replies
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.metadata import METADATA, Metadata, MetadataReading
from capyctl.core.rendered_components import RenderedComponents
from capyctl.core.selection import Judgement, Standing
from capyctl.core.version import ProviderVersion
from capyctl.ports.fetcher import FileContent, ListedVersion

_FILES_SHOWN = 8


class Candidate(Struct, frozen=True, kw_only=True):
    """What is known of one candidate: its two files as far as they were asked for, and how it is listed.

    ``reading`` and ``inspection`` are what the two say, where they were had.

    ``from_proxy`` says that metadata.yaml is the module proxy's, since the release host gave none: then the
    components of the same host decide nothing either (cli.md 6, the proxy as a source of metadata).
    """

    version: ProviderVersion
    label: str
    components_file: str
    metadata: Replies[FileContent] | None
    components: Replies[FileContent] | None
    reading: MetadataReading | None = None
    inspection: RenderedComponents | None = None
    listed: ListedVersion | None = None
    from_proxy: bool = False

    @property
    def metadata_evidence(self) -> tuple[Evidence, ...]:
        """Everything that was asked to have metadata.yaml."""
        return self.metadata.evidence if self.metadata is not None else ()


def tells_of_files(listed: ListedVersion | None) -> bool:
    """Whether a list alone may judge the version: it says that it is a draft, or which files it has."""
    return listed is not None and (bool(listed.draft) or listed.assets is not None)


def judge_listing(candidate: Candidate) -> Judgement | None:
    """What the listing alone proves: a draft, or a release whose record lacks one of the two files."""
    listed = candidate.listed
    if listed is None:
        return None
    if listed.draft:
        return _unpublished(
            candidate, codes.DRAFT_RELEASE, "its release is a draft, which nobody else can download"
        )
    if listed.assets is None:
        return None
    names = {name for name, _ in listed.assets}
    if METADATA not in names:
        return _missing(candidate, codes.METADATA_MISSING, METADATA, sorted(names))
    # Only a forge's record names every file; a snapshot knows of metadata.yaml alone.
    if listed.draft is not None and candidate.components_file not in names:
        return _missing(candidate, codes.COMPONENTS_MISSING, candidate.components_file, sorted(names))
    return None


def judge_candidate(candidate: Candidate, accepted: frozenset[str]) -> Judgement | None:
    """The judgement, or None while metadata.yaml has not been asked for.

    It is provisional while the components file, which decides the rest, has not been asked for.
    """
    early = judge_listing(candidate)
    if early is not None:
        return early
    if candidate.metadata is None:
        return None
    if candidate.reading is None:
        return _judge_presence(candidate, candidate.metadata)
    judgement = _judge_metadata(candidate, candidate.reading, accepted)
    if judgement.standing is not Standing.SOUND:
        return judgement
    if candidate.components is None:
        return replace(judgement, provisional=True)
    return _judge_components(candidate, candidate.components, judgement)


def _judge_presence(candidate: Candidate, metadata: Replies[FileContent]) -> Judgement | None:
    """Absent, unavailable and wrong files, before anything is read."""
    components = candidate.components
    if metadata.outcome is Found.ABSENT:
        if components is None:
            reason = "no published release with its files"
            judgement = _unpublished(candidate, codes.VERSION_NOT_PUBLISHED, reason, metadata)
            return replace(judgement, provisional=True)
        if components.outcome is Found.ABSENT:
            reason = "no published release with its files: the tag is listed, but neither file can be had"
            return _unpublished(candidate, codes.VERSION_NOT_PUBLISHED, reason, metadata, components)
        return _missing(candidate, codes.METADATA_MISSING, METADATA, None, metadata)
    if metadata.outcome in {Found.UNAVAILABLE, Found.BAD}:
        return _judge_failure(candidate, metadata, METADATA)
    return None


def _judge_failure(candidate: Candidate, replies: Replies[FileContent], name: str) -> Judgement:
    failures = [
        Failure(error=error, provider=candidate.label, version=candidate.version.tag, file=name)
        for error in replies.errors
    ]
    decisive = next((item for item in failures if item.error.evidence.failure in RELEASE_FAULTS), failures[0])
    of_release = replies.outcome is Found.BAD and decisive.error.evidence.failure in RELEASE_FAULTS
    return Judgement(
        version=candidate.version,
        standing=Standing.REJECTED if of_release else Standing.BLOCKED,
        code=code_of(decisive.error),
        reason=f"{name}: {decisive.error.reason}",
        diagnostics=diagnose_failures([decisive] if of_release else failures, Severity.ERROR),
    )


def _judge_metadata(candidate: Candidate, reading: MetadataReading, accepted: frozenset[str]) -> Judgement:
    version = candidate.version
    series = reading.metadata.series_for(version) if reading.metadata is not None else None
    diagnostics = reading.diagnostics
    if reading.metadata is not None and (diagnostics or series is None):
        diagnostics = _as_they_weigh(candidate, reading.metadata, diagnostics)
    fault = next((item for item in diagnostics if item.is_error), None)
    judged = Judgement(
        version=version,
        standing=Standing.SOUND,
        series=(series.major, series.minor) if series is not None else None,
        contract=series.contract if series is not None else None,
        metadata=reading.metadata,
        diagnostics=diagnostics,
    )
    if fault is not None:
        return replace(judged, standing=Standing.REJECTED, code=fault.code, reason=fault.detail)
    if judged.contract not in accepted:
        return _refuse_contract(judged, candidate, accepted)
    return judged


def _as_they_weigh(
    candidate: Candidate, metadata: Metadata, diagnostics: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    """What is wrong with a file, as far as it concerns this version of it."""
    from capyctl.core.rules.series import judge_own_series, without_foreign_doubt  # noqa: PLC0415 - start-up budget

    version = candidate.version
    subject = Subject(provider=candidate.label, version=version.tag, file=METADATA)
    missing = judge_own_series(metadata, version, subject=subject, evidence=candidate.metadata_evidence)
    return (
        *without_foreign_doubt(diagnostics, metadata, version),
        *([missing] if missing is not None else []),
    )


def _refuse_contract(judged: Judgement, candidate: Candidate, accepted: frozenset[str]) -> Judgement:
    wanted = " or ".join(sorted(accepted, reverse=True))
    reason = f"contract {judged.contract}, accepted is {wanted}"
    refusal = Diagnostic(
        code=codes.CONTRACT_NOT_ACCEPTED,
        severity=Severity.ERROR,
        detail=f"{candidate.label} {judged.version.tag} implements {reason}.",
        subject=Subject(provider=candidate.label, version=judged.version.tag),
        evidence=candidate.metadata_evidence,
    )
    return replace(
        judged,
        standing=Standing.REJECTED,
        code=codes.CONTRACT_NOT_ACCEPTED,
        reason=reason,
        diagnostics=(*judged.diagnostics, refusal),
    )


def _judge_components(candidate: Candidate, components: Replies[FileContent], judged: Judgement) -> Judgement:
    if components.outcome is Found.ABSENT:
        return _missing(
            candidate, codes.COMPONENTS_MISSING, candidate.components_file, None, components, like=judged
        )
    lacking = components.outcome is Found.UNAVAILABLE and candidate.from_proxy
    if lacking or not_to_be_had_offline(components):
        return replace(judged, diagnostics=(*judged.diagnostics, _not_in_this_run(candidate, components)))
    if components.outcome is not Found.FOUND:
        failed = _judge_failure(candidate, components, candidate.components_file)
        return replace(
            judged,
            standing=failed.standing,
            code=failed.code,
            reason=failed.reason,
            diagnostics=judged.diagnostics + failed.diagnostics,
        )
    return _judge_inspection(candidate, judged)


def _judge_inspection(candidate: Candidate, judged: Judgement) -> Judgement:
    """The content of the components file: its own faults reject the version."""
    inspection = candidate.inspection
    if inspection is None:
        return judged
    faults = faults_of(inspection)
    if faults:
        return replace(
            judged,
            standing=Standing.REJECTED,
            code=faults[0].code,
            reason=faults[0].detail,
            diagnostics=judged.diagnostics + faults,
        )
    differs = _against_crds(candidate, judged.metadata, inspection) if judged.metadata is not None else ()
    return replace(judged, diagnostics=judged.diagnostics + differs)


def _against_crds(
    candidate: Candidate, metadata: Metadata, inspection: RenderedComponents
) -> tuple[Diagnostic, ...]:
    """The contract of the version's series held against what its CRDs claim."""
    series = metadata.series_for(candidate.version)
    if series is None or series.contract in inspection.contract_labels:
        return ()
    from capyctl.core.rules.crd_contract import contract_against_crds  # noqa: PLC0415 - start-up budget

    subject = Subject(provider=candidate.label, version=candidate.version.tag, file=METADATA)
    found = contract_against_crds(metadata, candidate.version, inspection.contract_labels, subject=subject)
    return (found,) if found is not None else ()


def not_to_be_had_offline(replies: Replies[FileContent]) -> bool:
    """Whether a file is lacking only because this run may not ask for it."""
    return bool(replies.errors) and all(code_of(error) is codes.NO_DATA_OFFLINE for error in replies.errors)


def _not_in_this_run(candidate: Candidate, components: Replies[FileContent]) -> Diagnostic:
    name = candidate.components_file
    return Diagnostic(
        code=codes.FILE_NOT_AVAILABLE_OFFLINE,
        severity=Severity.NOTE,
        detail=f"{name} of {candidate.version.tag} was not read: {components.errors[0].reason}.",
        subject=Subject(provider=candidate.label, version=candidate.version.tag, file=name),
        evidence=components.evidence,
    )


def _unpublished(candidate: Candidate, code: Code, reason: str, *replies: Replies[FileContent]) -> Judgement:
    return Judgement(
        version=candidate.version,
        standing=Standing.UNPUBLISHED,
        code=code,
        reason=reason,
        diagnostics=(_absence(candidate, code, f"{candidate.version.tag}: {reason}.", None, replies),),
    )


def _some_of(present: Iterable[str]) -> str:
    """The files a release has, in one line of bounded length: a folder may hold thousands."""
    names = list(present)
    shown = ", ".join(names[:_FILES_SHOWN]) or "no file at all"
    return f"{shown} and {len(names) - _FILES_SHOWN} more" if len(names) > _FILES_SHOWN else shown


def _missing(
    candidate: Candidate,
    code: Code,
    name: str,
    present: Iterable[str] | None,
    *replies: Replies[FileContent],
    like: Judgement | None = None,
) -> Judgement:
    have = f"; it has {_some_of(present)}" if present is not None else ""
    reason = f"its release has no {name}{have}"
    diagnostic = _absence(candidate, code, f"{candidate.version.tag}: {reason}.", name, replies)
    base = like or Judgement(version=candidate.version, standing=Standing.REJECTED)
    return replace(
        base,
        standing=Standing.REJECTED,
        code=code,
        reason=reason,
        diagnostics=(*base.diagnostics, diagnostic),
    )


def _absence(
    candidate: Candidate, code: Code, detail: str, name: str | None, replies: Iterable[Replies[FileContent]]
) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        detail=detail,
        subject=Subject(provider=candidate.label, version=candidate.version.tag, file=name),
        evidence=tuple(piece for reply in replies for piece in reply.evidence),
    )
