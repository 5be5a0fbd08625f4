"""Metadata counts by what it states, wherever it stands."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.core.diagnostics import Span
from capyctl.core.metadata import Metadata, ReleaseSeries

SERIES = ReleaseSeries(major=1, minor=2, contract="v1beta1")
PLACED = replace(SERIES, span=Span(file="metadata.yaml", line=3, column=1, end_line=3, end_column=9))


def test_a_series_is_its_number_and_its_contract() -> None:
    assert PLACED == SERIES
    assert hash(PLACED) == hash(SERIES)
    assert replace(SERIES, contract="v1beta2") != SERIES
    assert SERIES != (1, 2, "v1beta1")
    assert str(PLACED) == "1.2"


def test_metadata_is_its_series() -> None:
    assert Metadata(series=(PLACED,)) == Metadata(series=(SERIES,))
    assert hash(Metadata(series=(PLACED,))) == hash(Metadata(series=(SERIES,)))
    assert Metadata(series=()) != Metadata(series=(SERIES,))
    assert Metadata(series=()) != ()
