"""Rules about one version and the release series of its own metadata.yaml (catalogue F35, F43, F47)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.metadata import Metadata, ReleaseSeries
from capyctl.core.rules.crd_contract import labelled
from capyctl.core.rules.metadata_addition import correction, inferred_contract, insertion, series_line
from capyctl.core.rules.metadata_slip import Slip, find_slip
from capyctl.core.rules.metadata_words import upstream_fix
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
    return (labelled(marked.span, label),)


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
