"""The variable dialect against the answers of the library that clusterctl uses, and the reference's table."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capyctl.core.envsubst import EnvsubstError, find_variables, substitute
from capyctl.core.template_variable import Variable

GOLDEN = Path(__file__).resolve().parents[3] / "fixtures" / "envsubst" / "golden.jsonl"


def nothing(_: str) -> str | None:
    return None


ANSWERS: list[dict[str, Any]] = [json.loads(line) for line in GOLDEN.read_text("utf-8").split("\n") if line]


def answered(question: dict[str, Any]) -> dict[str, Any]:
    """Our answer in the oracle's form; it prints a byte that is no UTF-8 as U+FFFD."""
    text, values = question["text"], question["values"]
    answer = {"text": text, "values": values}
    try:
        variables = {item.name: item.default for item in find_variables(text)}
        output = substitute(text, values.get)
    except EnvsubstError as error:
        crashes = error.reason == "the length of a substring is negative"
        return answer | ({"panic": True} if crashes else {"error": error.reason})
    if variables:
        answer["variables"] = variables
    if output:
        answer["output"] = re.sub("[\udc80-\udcff]", "\ufffd", output)
    return answer


def test_every_recorded_answer_of_the_library() -> None:
    assert len(ANSWERS) > 3900
    different = [(ours, theirs) for theirs in ANSWERS if (ours := answered(theirs)) != theirs]
    assert different == []


def test_the_recorded_answers_reach_every_reason() -> None:
    assert {answer["error"] for answer in ANSWERS if "error" in answer} == {
        "missing closing brace",
        "bad substitution",
        "unable to parse variable name",
        "unable to parse substitution within function",
    }
    assert any(answer.get("panic") for answer in ANSWERS)


@pytest.mark.parametrize(
    ("text", "set_value", "when_set", "when_unset", "default"),
    [
        ("${VAR}", "v", "v", "", None),
        ("${VAR:-d}", "v", "v", "d", "d"),
        ("${VAR:=d}", "v", "v", "d", "d"),
        ("${VAR=d}", "v", "v", "d", "d"),
        ("${VAR:+d}", "v", "v", "d", "d"),
        ("${VAR:?d}", "v", "v", "d", "d"),
        ("${VAR:-}", "v", "v", "", None),
        ("${VAR:=}", "v", "v", "", None),
        ('${VAR:-""}', "v", "v", '""', '""'),
        ("${VAR:-a${B}c}", "v", "v", "ac", "a${B}c"),
        ("${VAR:0:1}", "vw", "v", "", "01"),
        ("${VAR:1}", "vw", "w", "", "1"),
        ("${VAR: -1}", "vw", "vw", "", " -1"),
        ("${VAR/a/b}", "aa", "ba", "", "ab"),
        ("${VAR//a/b}", "aa", "bb", "", "ab"),
        ("${VAR/#a/b}", "aa", "ba", "", "ab"),
        ("${VAR/%a/b}", "aa", "ab", "", "ab"),
        ("${VAR#*/}", "a/b/c", "b/c", "", "*/"),
        ("${VAR##*/}", "a/b/c", "c", "", "*/"),
        ("${VAR%/*}", "a/b/c", "a/b", "", "/*"),
        ("${VAR%%/*}", "a/b/c", "a", "", "/*"),
        ("${VAR^}", "ab", "Ab", "", None),
        ("${VAR^^}", "ab", "AB", "", None),
        ("${VAR,}", "AB", "aB", "", None),
        ("${VAR,,}", "AB", "ab", "", None),
        ("${#VAR}", "é", "2", "0", None),
        ("\\${VAR}", "v", "\\v", "\\", None),
        ("${VAR:-a}b}", "v", "vb}", "ab}", "a"),
        ("${ VAR }", "v", "v", "", None),
    ],
)
def test_the_table_of_the_reference(
    text: str, set_value: str, when_set: str, when_unset: str, default: str | None
) -> None:
    assert substitute(text, {"VAR": set_value}.get) == when_set
    assert substitute(text, nothing) == when_unset
    assert [(item.name, item.default) for item in find_variables(text)] == [("VAR", default)]
    assert find_variables(text)[0].required is (default is None)


@pytest.mark.parametrize("text", ["$VAR", "$", "{{VAR}}", "$(VAR)", "\\/ and \\\\", "no variable"])
def test_text_that_is_no_expression_stays(text: str) -> None:
    assert substitute(text, nothing) == text
    assert find_variables(text) == ()


@pytest.mark.parametrize(("text", "expected"), [("$$", "$"), ("$$VAR", "$VAR"), ("$${VAR}", "${VAR}")])
def test_two_dollars_are_one(text: str, expected: str) -> None:
    assert substitute(text, {"VAR": "v"}.get) == expected
    assert find_variables(text) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("${VAR-d}", "missing closing brace"),
        ("${VAR/a}", "bad substitution"),
        ("${}", "unable to parse variable name"),
        ("${ VAR:-d }", "unable to parse variable name"),
        ("${VAR", "missing closing brace"),
        ("${VAR.x}", "missing closing brace"),
        ("${VAR$FOO}", "missing closing brace"),
    ],
)
def test_an_error_has_the_reason_and_the_place(text: str, reason: str) -> None:
    def substituted(text: str) -> str:
        return substitute(text, nothing)

    readers: list[Callable[[str], object]] = [find_variables, substituted]
    for read in readers:
        with pytest.raises(EnvsubstError) as caught:
            read(f"a: 1\né: {text}\n")
        assert (caught.value.reason, caught.value.line, caught.value.column) == (reason, 2, 4)


def test_the_first_occurrence_decides() -> None:
    assert [item.required for item in find_variables("${A:-x} ${A}")] == [False]
    assert substitute("${A:-x} ${A}", nothing) == "x "
    assert [item.required for item in find_variables("${A} ${A:-x}")] == [True]


def test_places_count_the_blanks_that_the_dialect_drops() -> None:
    text = "a: ${ A } ${B}\nb: ${\nC } ${D:-x}"
    assert [(item.name, item.line, item.column) for item in find_variables(text)] == [
        ("A", 1, 4),
        ("B", 1, 11),
        ("C", 2, 4),
        ("D", 3, 5),
    ]


def test_a_variable_is_a_value() -> None:
    (found,) = find_variables("${A:=x}")
    assert found == Variable(name="A", required=False, default="x", line=1, column=1)


def test_nesting_is_bounded() -> None:
    text = "${A:-" * 5000 + "x" + "}" * 5000
    with pytest.raises(EnvsubstError, match="nested too deeply"):
        substitute(text, nothing)


def test_a_negative_length_is_an_error_where_clusterctl_crashes() -> None:
    with pytest.raises(EnvsubstError) as caught:
        substitute("x\n ${A:1:-1}", {"A": "abc"}.get)
    assert (caught.value.line, caught.value.column) == (2, 2)
