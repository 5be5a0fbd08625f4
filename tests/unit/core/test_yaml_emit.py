from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from capyctl.core.yaml_emit import emit_document, emit_documents
from capyctl.core.yaml_values import load_values

ORACLE = Path(__file__).resolve().parents[2] / "oracles" / "goyaml"
WORDS = """
y n yes no on off true false null ~ Null TRUE Y N = << 1 0 -0 +1 010 0777 08 0o17 0x10 0b1 1e3 1E+3
1e400 .5 5. .inf -.inf .nan 1_000 12:30 190:20:30 1:2.5 2024-01-01 2024-01-01T10:00:00Z 1.10 1.2.3 -
-- --- ... ? : , [ ] { } # & * ! | > ' " % @ ` -a ?a :a a: a#b #a &a *a !a |a >a %a @a `a 'a "a [a
{a v1.2.3 18446744073709551616 0b-1 ._ 1_ _1 +
"""
TEXTS = (
    *("", " ", " a", "a ", "a b", "a: b", "a #b", "- a", "? a", "\t", "a\tb", "\n", "a\n", "a\nb", "a\nb\n"),
    *(
        "a\n\n",
        "\na",
        " a\nb",
        "a\n b\n",
        "a \nb",
        "a\n---\nb",
        "---\na",
        "...\nx",
        "a\rb",
        "\r\n",
        "a\n\nb\n",
    ),
    *(
        "\ta\n",
        "é",
        "中",
        "\U0001f600",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\xa0",
        "😀\nb\n",
        "a\\nb",
        "a\n#b\n",
    ),
    *("#!/bin/sh\nset -e\necho 'x'\n", "key: |\n  text\n", "${VAR:=yes}", "2024-01-01 10:00:00", "x" * 500),
)
AWKWARD = (*dict.fromkeys(WORDS.split()), *TEXTS)


@pytest.mark.parametrize("text", AWKWARD, ids=ascii)
def test_awkward_texts_survive_as_values_and_keys(text: str) -> None:
    value = {"v": text, "l": [text, [text]], "m": {text: text}}
    written = emit_document(value)
    assert load_values(written.encode()) == [value]
    assert yaml.safe_load(written) == value


def test_awkward_texts_mean_the_same_to_go(tmp_path: Path) -> None:
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    program = tmp_path / "goyaml"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=ORACLE, check=True, capture_output=True)
    values = [{"v": text, "l": [text], "m": {text: 1}} for text in AWKWARD]
    texts = json.dumps([emit_document(value) for value in values]).encode()
    answers = json.loads(subprocess.run([program], input=texts, capture_output=True, check=True).stdout)
    assert [answer.get("json", answer.get("error")) for answer in answers] == values


def test_stream_form() -> None:
    objects = [{"kind": "B", "apiVersion": "v1"}, {"data": {"b": "x\ny\n", "a": [1, True, None, {}, []]}}]
    first = "apiVersion: v1\nkind: B\n"
    second = "data:\n  a:\n  - 1\n  - true\n  - null\n  - {}\n  - []\n  b: |\n    x\n    y\n"
    assert emit_documents(objects) == f"{first}---\n{second}"


def test_nothing_to_write() -> None:
    assert emit_documents([]) == ""


@pytest.mark.parametrize("text", ["yes", "010", "1e3", "12:30", "2024-01-01", "~", "", "=", "y"])
def test_texts_that_someone_would_misread_are_quoted(text: str) -> None:
    assert emit_document({"v": text}) == f'v: "{text}"\n'


@pytest.mark.parametrize("text", ["v1.2.3", "a/b:c", "1.2.3", "10.0.0.0/8", "nginx", "no-reply", "1Gi"])
def test_ordinary_texts_stay_plain(text: str) -> None:
    assert emit_document({"v": text}) == f"v: {text}\n"


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1"), (-5, "-5"), (1.5, "1.5"), (1e22, "1.0e+22"), (1e-7, "1.0e-07"), (2.5e-9, "2.5e-09")],
)
def test_numbers_are_numbers_to_every_reader(number: float, text: str) -> None:
    assert emit_document({"v": number}) == f"v: {text}\n"
    assert yaml.safe_load(f"v: {text}\n") == {"v": number}
    assert load_values(f"v: {text}\n".encode()) == [{"v": number}]


@pytest.mark.parametrize("value", ["text", "---\nx", "", 1, None, [], [1], {}])
def test_documents_that_are_no_mappings(value: object) -> None:
    written = emit_document(value)
    assert written.endswith("\n")
    assert not written.endswith("\n\n")
    assert load_values(written.encode(), keep_empty=True) == [value]


def test_long_texts_stay_on_one_line() -> None:
    text = "word " * 100 + "end"
    assert emit_document({"v": text}) == f"v: {text}\n"


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_json_cannot_carry(value: float) -> None:
    with pytest.raises(ValueError, match="infinity"):
        emit_document({"v": value})


@pytest.mark.parametrize("value", [{1: "x"}, {"v": {1, 2}}, {"v": b"x"}])
def test_foreign_types(value: object) -> None:
    with pytest.raises(TypeError):
        emit_document(value)
