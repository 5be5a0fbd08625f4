from __future__ import annotations

from capyctl.core.diagnostics import Span
from capyctl.core.metadata import Metadata, ReleaseSeries
from capyctl.core.version import ProviderVersion, parse_version


def version(tag: str) -> ProviderVersion:
    parsed = parse_version(tag)
    assert parsed is not None
    return parsed


def series(*entries: tuple[int, int, str]) -> Metadata:
    return Metadata(series=tuple(ReleaseSeries(major=a, minor=b, contract=c) for a, b, c in entries))


EXAMPLE = series((1, 2, "v1alpha4"), (1, 2, "v1beta1"), (1, 1, "v1beta1"))
"""The example of clusterctl-resolution 7.4."""


def test_the_first_entry_decides_for_a_version() -> None:
    found = EXAMPLE.series_for(version("v1.2.5"))
    assert found is EXAMPLE.series[0]


def test_patch_and_prerelease_play_no_role() -> None:
    assert EXAMPLE.series_for(version("v1.1.0-beta.0+x")) is EXAMPLE.series[2]
    assert EXAMPLE.series_for(version("v2.1.0")) is None


def test_the_newest_entry_goes_by_number() -> None:
    assert str(series((1, 9, "a"), (1, 10, "a"), (0, 20, "a")).newest) == "1.10"
    assert Metadata(series=()).newest is None


def test_where_an_entry_stands_is_no_part_of_its_value() -> None:
    span = Span(file="m", line=1, column=1, end_line=1, end_column=2)
    plain = ReleaseSeries(major=1, minor=2, contract="v1beta1")
    assert plain == ReleaseSeries(major=1, minor=2, contract="v1beta1", span=span)
