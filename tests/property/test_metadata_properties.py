from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from capyctl.app.lint import LintRequest, lint_provider
from capyctl.core.diagnostics import Subject
from capyctl.core.metadata import Metadata, ReleaseSeries
from capyctl.core.metadata_parse import read_metadata
from capyctl.core.yaml_emit import emit_document
from capyctl.core.yaml_text import LINE_BREAK

HEAD = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
ENTRIES = (
    "releaseSeries:\n- major: 1\n  minor: 010\n  contract: v1beta1\n- {major: '2', Minor: 0, x: &a [*a]}\n"
)
NUMBERS = st.integers(0, 30)
SERIES = st.builds(
    lambda major, minor, contract: ReleaseSeries(major=major, minor=minor, contract=contract),
    NUMBERS,
    NUMBERS,
    st.sampled_from(["v1alpha3", "v1beta1", "v1beta2"]),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A metadata.yaml with a few bytes cut out, put in or doubled."""
    data = (HEAD + ENTRIES * draw(st.integers(1, 2))).encode()
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.integers(0, 8)))
        data = data[:begin] + draw(st.binary(max_size=3) | st.just(data[begin:end] * 2)) + data[end:]
    return data


@given(
    st.binary() | st.text().map(str.encode) | damaged(), st.sampled_from(["v1.2.0", "1.8.0", "v0.0.0-x", "x"])
)
@settings(max_examples=400)
def test_any_bytes_end_in_diagnostics(data: bytes, tag: str) -> None:
    result = lint_provider(LintRequest(files={"metadata.yaml": data, "x-components.yaml": data}, tag=tag))
    lines = len(LINE_BREAK().split(data.decode("utf-8", errors="replace")))
    for diagnostic in result.diagnostics:
        assert diagnostic.detail
        for span in diagnostic.spans:
            assert 1 <= span.line <= lines + 1  # the end of a file that lacks its last line end
            assert span.column >= 1
            assert (span.end_line, span.end_column) > (span.line, span.column - 1)


@given(st.lists(SERIES, min_size=1, max_size=12))
def test_what_is_listed_is_read(series: list[ReleaseSeries]) -> None:
    rows = [{"major": s.major, "minor": s.minor, "contract": s.contract} for s in series]
    value = {
        "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3",
        "kind": "Metadata",
        "releaseSeries": rows,
    }
    for text in (emit_document(value), json.dumps(value), json.dumps(value, indent=1)):
        reading = read_metadata(text.encode(), subject=Subject(), file="metadata.yaml")
        assert reading.metadata == Metadata(series=tuple(series))
