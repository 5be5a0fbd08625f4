from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from capyctl.report.spans import span_lines
from capyctl.report.text_style import TextStyle

PLAIN = TextStyle()


def span(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - handed on
    given: dict[str, Any] = {
        "file": "f.yaml", "line": 7, "column": 1, "end_line": 7, "end_column": 4,
        "label": "", "primary": True,
    }  # fmt: skip
    return given | changes


def test_carets_stand_under_what_is_meant() -> None:
    assert span_lines(span(column=3, end_column=6, label="here"), "a bcd e", PLAIN) == [
        " --> f.yaml:7:3",
        " 7 | a bcd e",
        "   |   ^^^ here",
    ]


def test_an_empty_place_has_one_caret() -> None:
    assert span_lines(span(column=2, end_column=2), "ab", PLAIN)[-1] == "   |  ^"


def test_a_place_that_goes_on_below_is_drawn_to_the_end_of_its_first_line() -> None:
    assert span_lines(span(end_line=9, end_column=2), "abcdef", PLAIN)[-1] == "   | ^^^^^^"


def test_without_its_line_a_place_is_only_named() -> None:
    assert span_lines(span(label="here"), None, PLAIN) == [" --> f.yaml:7:1", "     here"]


def test_a_long_line_is_cut_around_the_place() -> None:
    source = "x" * 500 + "WANTED" + "y" * 500
    lines = span_lines(span(column=501, end_column=507, label="this one"), source, PLAIN)
    position = lines[2].index("^")
    assert lines[1][position : position + 6] == "WANTED"
    assert max(len(line) for line in lines) <= 80


def test_another_place_of_the_same_finding_has_its_own_sign() -> None:
    assert span_lines(span(primary=False), "abc", PLAIN)[0] == " ::: f.yaml:7:1"


@given(st.text(max_size=300), st.integers(1, 400), st.integers(1, 400), st.integers(0, 2))
def test_any_place_in_any_line_can_be_drawn(source: str, column: int, end: int, down: int) -> None:
    lines = span_lines(span(column=column, end_column=end, end_line=7 + down), source, PLAIN)
    assert len(lines) == 3
    assert "^" in lines[2]
    assert max(len(line) for line in lines) <= 80
