"""Rules about one version and the release series of its own metadata.yaml (catalogue F35, F43, F47)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.metadata import Metadata, ReleaseSeries
from capyctl.core.metadata_text import shown
from capyctl.core.rules.metadata_addition import correction, inferred_contract, insertion, series_line
from capyctl.core.rules.metadata_file import upstream_fix
from capyctl.core.rules.metadata_slip import Slip, find_slip
from capyctl.core.version import ProviderVersion

_DEVELOPMENT_PATCH = 99
_LISTED = 12


def judge_own_series(
    metadata: Metadata,
    version: ProviderVersion,
    *,
    subject: Subject,
    evidence: tuple[Evidence, ...] = (),
    contract: str | None = None,
) -> Diagnostic | None:
    """The diagnostic about a version whose own metadata does not list its series; None where it does.

    Where one entry was evidently meant to be the version's own, the detail says which line and why.
    ``contract`` is what the CRDs implement, if that is known; else the fix takes a neighbour's contract.
    """
    if metadata.series_for(version) is not None or not metadata.series:
        return None
    slip = find_slip(metadata.series, version)
    return Diagnostic(
        code=codes.OWN_SERIES_MISSING,
        severity=Severity.ERROR,
        detail=" ".join(_sentences(metadata.series, version, slip)),
        subject=subject,
        spans=_spans(metadata, slip),
        evidence=evidence,
        fixes=(_fix(metadata, version, slip, contract),),
    )


def without_foreign_doubt(
    diagnostics: Iterable[Diagnostic], metadata: Metadata, version: ProviderVersion
) -> list[Diagnostic]:
    """The diagnostics on a file as they weigh on one version of it.

    Two contracts for a series leave open which one holds, but only for versions of that series: for any other
    version the contradiction is a warning (cli.md 6: a version's own series decides; W-32).
    """
    own = {entry.contract for entry in metadata.series if entry.number == version.series}
    return [
        replace(item, severity=Severity.WARNING)
        if item.is_error and item.code is codes.METADATA_DUPLICATE_SERIES and len(own) < 2
        else item
        for item in diagnostics
    ]


def _sentences(series: Sequence[ReleaseSeries], version: ProviderVersion, slip: Slip | None) -> list[str]:
    own = f"{version.major}.{version.minor}"
    found = [f"{version.tag} belongs to series {own}, which its own metadata.yaml does not list."]
    found.append(f"Listed: {list_series(series)}.")
    if slip is not None:
        where = f"line {slip.series.span.line}" if slip.series.span else f"series {slip.series}"
        found.append(f"{where[0].upper()}{where[1:]} was {slip.sureness} meant to be {own}: {slip.reason}.")
    elif version.patch == _DEVELOPMENT_PATCH:
        found.append(f"This is a development version: add series {own} to metadata.yaml in the source tree.")
    return found


def list_series(series: Sequence[ReleaseSeries]) -> str:
    """Series for a sentence: in order of number, runs drawn together, the oldest left out of a long list."""
    runs: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for number in sorted({entry.number for entry in series}):
        if runs and runs[-1][1] == (number[0], number[1] - 1):
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    shown = [_run(first, last) for first, last in runs[-_LISTED:]]
    return ", ".join(["…", *shown] if len(runs) > _LISTED else shown)


def _run(first: tuple[int, int], last: tuple[int, int]) -> str:
    low, high = f"{first[0]}.{first[1]}", f"{last[0]}.{last[1]}"
    return low if first == last else f"{low} to {high}"


def _spans(metadata: Metadata, slip: Slip | None) -> tuple[Span, ...]:
    marked = slip.series if slip is not None else metadata.newest
    if marked is None or marked.span is None:
        return ()
    label = (
        f"{slip.sureness} meant to be the own series" if slip is not None else "newest series in this file"
    )
    return (_labelled(marked.span, label),)


def _labelled(span: Span, label: str) -> Span:
    return Span(
        file=span.file,
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        label=label,
        source=span.source,
    )


def _fix(metadata: Metadata, version: ProviderVersion, slip: Slip | None, contract: str | None) -> Fix:
    own = f"{version.major}.{version.minor}"
    if slip is not None:
        line = f"on line {slip.series.span.line} " if slip.series.span else ""
        title = f"state series {own} {line}with major: {version.major} and minor: {version.minor}"
        return upstream_fix(title, correction(metadata, version, slip))
    origin = "the labels of the CRDs" if contract else "its neighbour"
    chosen = contract or inferred_contract(metadata.series, version)
    title = (
        f"add under releaseSeries: {series_line(version, chosen)} (the contract is inferred from {origin})"
    )
    return upstream_fix(title, insertion(metadata, version, chosen))


def contract_against_crds(
    metadata: Metadata,
    version: ProviderVersion,
    found: Collection[str],
    *,
    subject: Subject,
    evidence: tuple[Evidence, ...] = (),
) -> Diagnostic | None:
    """The diagnostic about a version whose CRDs carry labels of other contracts than its series names.

    ``found`` holds the contracts that labels ``cluster.x-k8s.io/CONTRACT`` on the CRDs name; without any
    there is nothing to compare.
    """
    series = metadata.series_for(version)
    if series is None or not found or series.contract in found:
        return None
    labels = ", ".join(sorted(found))
    return Diagnostic(
        code=codes.CONTRACT_DIFFERS_FROM_CRDS,
        severity=Severity.WARNING,
        detail=(
            f"metadata.yaml gives series {series} the contract {shown(series.contract)}, while the labels of"
            f" the CRDs name {labels}. Cluster API's controllers go by the labels, clusterctl by the file."
        ),
        subject=subject,
        spans=(_labelled(series.span, "contract of this series"),) if series.span else (),
        evidence=evidence,
        fixes=(upstream_fix("state the contract that the CRDs implement, or label the CRDs"),),
    )
