"""Rules about the release series of a metadata.yaml side by side: stated twice, left out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.metadata import ReleaseSeries
from capyctl.core.rules.metadata_file import MetadataFile
from capyctl.core.rules.metadata_words import shown, upstream_fix

_GAPS_NAMED = 5


def check_series(file: MetadataFile, series: Sequence[ReleaseSeries]) -> Iterator[Diagnostic]:
    """What is wrong with the list as a whole; clusterctl checks none of it (W-31, W-32)."""
    yield from _check_duplicates(file, series)
    yield from _check_gaps(file, series)


def _check_duplicates(file: MetadataFile, series: Sequence[ReleaseSeries]) -> Iterator[Diagnostic]:
    first: dict[tuple[int, int], ReleaseSeries] = {}
    for entry in series:
        earlier = first.setdefault(entry.number, entry)
        if earlier is not entry:
            yield _duplicate(file, earlier, entry)


def _duplicate(file: MetadataFile, earlier: ReleaseSeries, later: ReleaseSeries) -> Diagnostic:
    spans = [later.span, earlier.span]
    lines = " and ".join(f"line {span.line}" for span in reversed(spans) if span)
    detail = f"Series {later} is listed on {lines}"
    if earlier.contract == later.contract:
        severity = Severity.WARNING
        detail += ", both times with the same contract."
    else:
        severity = Severity.ERROR
        detail += (
            f", with the contracts {shown(earlier.contract)} and {shown(later.contract)}. clusterctl judges a"
            " version by the first entry and looks contracts up in both: the two contradict each other."
        )
    return file.report(
        codes.METADATA_DUPLICATE_SERIES,
        severity,
        detail,
        [span for span in spans if span],
        [upstream_fix(f"list series {later} once")],
    )


def _check_gaps(file: MetadataFile, series: Sequence[ReleaseSeries]) -> Iterator[Diagnostic]:
    ordered = sorted({entry.number: entry for entry in series}.values(), key=lambda entry: entry.number)
    gaps = [
        (before, after)
        for before, after in itertools.pairwise(ordered)
        if before.major == after.major and after.minor > before.minor + 1
    ]
    if gaps:
        named = ", ".join(_gap(before, after) for before, after in gaps[:_GAPS_NAMED])
        more = f" and {len(gaps) - _GAPS_NAMED} more" if len(gaps) > _GAPS_NAMED else ""
        spans = [after.span for _, after in gaps[:_GAPS_NAMED] if after.span]
        yield file.report(
            codes.METADATA_SERIES_GAP,
            Severity.NOTE,
            f"The list leaves out {named}{more}. A version of such a series cannot be upgraded.",
            spans,
        )


def _gap(before: ReleaseSeries, after: ReleaseSeries) -> str:
    first, last = before.minor + 1, after.minor - 1
    low = f"{before.major}.{first}"
    return low if first == last else f"{low} to {before.major}.{last}"
