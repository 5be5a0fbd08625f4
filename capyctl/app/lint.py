"""A provider's release files judged before they are published: the rules of reading, turned round (W-31)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.lint_components import ComponentsFacts, judge_components
from capyctl.app.lint_edits import with_contract, with_first_series
from capyctl.core import codes
from capyctl.core.contract import NEWEST_CORE_CONTRACT, Contract, is_contract_name
from capyctl.core.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity, Subject
from capyctl.core.metadata import METADATA, Metadata
from capyctl.core.metadata_parse import read_metadata
from capyctl.core.metadata_text import unified_patch
from capyctl.core.rules.crd_contract import contract_against_crds
from capyctl.core.rules.metadata_addition import series_line
from capyctl.core.rules.metadata_file import API_VERSION, KIND
from capyctl.core.rules.series import judge_own_series
from capyctl.core.version import ProviderVersion, parse_version

_DECIDED_BY_THE_FILE = (
    codes.METADATA_API_VERSION,
    codes.METADATA_KIND_MISSING,
    codes.METADATA_KIND_WRONG,
    codes.METADATA_FIELD_TYPE,
    codes.METADATA_OCTAL_NUMBER,
    codes.METADATA_UNKNOWN_FIELD,
    codes.METADATA_DUPLICATE_KEY,
)
"""Codes whose edit leaves nothing to decide; every other one needs a person to look at it."""


class LintRequest(Struct, frozen=True, kw_only=True):
    """Release files by name, read by the caller, and the tag they are to be published under."""

    files: Mapping[str, bytes]
    tag: str


class LintedFile(Struct, frozen=True, kw_only=True):
    """One file that was looked at; ``sha256`` is 64 hex digits, ``size`` bytes."""

    name: str
    sha256: str
    size: int


class LintResult(Struct, frozen=True, kw_only=True):
    """The files in order of name, and what was found, errors first."""

    files: tuple[LintedFile, ...]
    diagnostics: tuple[Diagnostic, ...]


def is_release_file(name: str) -> bool:
    """Whether lint looks at a file of this name: metadata.yaml and every components file."""
    return name == METADATA or ("components" in name and name.endswith((".yaml", ".yml")))


def lint_provider(request: LintRequest) -> LintResult:
    """Judge release files before they are published. Files that are no release files are left out."""
    files = {name: data for name, data in sorted(request.files.items()) if is_release_file(name)}
    linted = tuple(
        LintedFile(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for name, data in files.items()
    )
    version = parse_version(request.tag)
    if version is None:
        return LintResult(files=linted, diagnostics=(_no_version(request.tag),))
    found = _for_authors(_judge(files, version))
    order = list(Severity)
    return LintResult(
        files=linted, diagnostics=tuple(sorted(found, key=lambda item: order.index(item.severity)))
    )


def _no_version(tag: str) -> Diagnostic:
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail=f"--tag takes the tag of a release, such as v1.2.3; {tag!r} is no semantic version.",
    )


def _judge(files: Mapping[str, bytes], version: ProviderVersion) -> list[Diagnostic]:
    components = judge_components(
        {name: data for name, data in files.items() if name != METADATA}, version.tag
    )
    found = [*_judge_tag(version), *components.diagnostics]
    if METADATA in files:
        found += _judge_metadata(files[METADATA], version, components)
    else:
        found.append(_metadata_missing(version, components))
    return found


def _judge_tag(version: ProviderVersion) -> Iterable[Diagnostic]:
    if not version.tag.startswith("v"):
        yield Diagnostic(
            code=codes.VERSION_SPELLING,
            severity=Severity.NOTE,
            detail=(
                f"The tag {version.tag} has no leading v. clusterctl looks for {version.canonical} when it"
                " resolves latest and does not find this release (W-19)."
            ),
            subject=Subject(version=version.tag),
        )


def _judge_metadata(data: bytes, version: ProviderVersion, components: ComponentsFacts) -> list[Diagnostic]:
    subject = Subject(version=version.tag, file=METADATA)
    reading = read_metadata(data, subject=subject, file=METADATA)
    found = list(reading.diagnostics)
    metadata = reading.metadata or reading.partial
    contract = _highest(components.contracts)
    if metadata is None:
        return [with_first_series(item, data, version, contract) for item in found]
    found = [_of_own_series(item, metadata, version, contract) for item in found]
    own = judge_own_series(metadata, version, subject=subject, contract=contract)
    against = contract_against_crds(metadata, version, components.contracts, subject=subject)
    if against is not None:
        against = with_contract(against, metadata, version, contract)
    return found + [item for item in (own, against) if item is not None]


def _highest(contracts: Iterable[str]) -> str | None:
    return max(contracts, key=Contract, default=None)


def _of_own_series(
    item: Diagnostic, metadata: Metadata, version: ProviderVersion, contract: str | None
) -> Diagnostic:
    """A missing contract is an error where it is this release's own: nobody could install it."""
    own = metadata.series_for(version)
    if item.code is not codes.METADATA_CONTRACT_INVALID or own is None or own.span is None:
        return item
    inside = any(own.span.line <= span.line <= own.span.end_line for span in item.spans)
    if not inside or is_contract_name(own.contract):
        return item
    return with_contract(replace(item, severity=Severity.ERROR), metadata, version, contract)


def _metadata_missing(version: ProviderVersion, components: ComponentsFacts) -> Diagnostic:
    contract = _highest(components.contracts) or NEWEST_CORE_CONTRACT
    lines = [f"apiVersion: {API_VERSION}", f"kind: {KIND}", "releaseSeries:", series_line(version, contract)]
    patch = unified_patch(METADATA, [], [f"{line}\n" for line in lines])
    return Diagnostic(
        code=codes.METADATA_MISSING,
        severity=Severity.ERROR,
        detail=f"The folder has no {METADATA}; without it no version of the provider can be resolved.",
        subject=Subject(version=version.tag, file=METADATA),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"add {METADATA} with every release series; for this one: {lines[-1]}",
                edit=Edit(file=METADATA, patch=patch),
            ),
        ),
    )


def _for_authors(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The same findings with fixes for the provider's authors, who are the ones that run lint."""
    return [replace(item, fixes=tuple(_for_author(fix, item.code) for fix in item.fixes)) for item in found]


def _for_author(fix: Fix, code: codes.Code) -> Fix:
    if fix.applicability is not Applicability.UPSTREAM:
        return fix
    is_exact = fix.edit is not None and code in _DECIDED_BY_THE_FILE
    return replace(fix, applicability=Applicability.SAFE if is_exact else Applicability.REVIEW)
