from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from capyctl.core.yaml_text import YamlError, YamlLimits, split_documents
from capyctl.core.yaml_values import DuplicateKey, load_documents, load_values

ROOT = Path(__file__).resolve().parents[3]


def test_documents_are_cut_at_separators_with_blanks_or_a_comment() -> None:
    assert load_values(b"a: 1\n---  # two\nb: 2\n--- \t\nc: 3") == [{"a": 1}, {"b": 2}, {"c": 3}]


@pytest.mark.parametrize("data", [b"a: 1\n--- x\n", b"--- {a: 1}\n", b"a: 1\n----\n", b"a: 1\n---x\n"])
def test_anything_else_after_a_separator_is_refused(data: bytes) -> None:
    with pytest.raises(YamlError, match="may follow") as caught:
        load_values(data)
    assert caught.value.line == data[: data.index(b"---")].count(b"\n") + 1


def test_a_separator_ends_a_block_scalar_as_in_kubernetes() -> None:
    assert load_values(b"a: |\n  x\n---\nb: 1\n") == [{"a": "x\n"}, {"b": 1}]


def test_windows_line_ends() -> None:
    assert load_values(b"a: 1\r\n---\r\nb: 2\r\n") == [{"a": 1}, {"b": 2}]


def test_empty_documents_are_dropped_unless_asked_for() -> None:
    data = b"# head\n---\n---\na: 1\n---\n# nothing\n---\n{}\n"
    assert load_values(data) == [{"a": 1}, {}]
    assert load_values(data, keep_empty=True) == [None, None, {"a": 1}, None, {}]


def test_what_follows_the_end_of_a_document_is_not_read() -> None:
    assert load_values(b"a: 1\n...\nb: 2\n---\nc: 3\n") == [{"a": 1}, {"c": 3}]


def test_documents_know_their_first_line() -> None:
    documents = load_documents(b"---\na: 1\n---\n\nb: 2\n")
    assert [document.line for document in documents] == [2, 4]


def test_pieces_keep_the_text_whole() -> None:
    pieces = list(split_documents("a\nb\n---\nc\n"))
    assert [(piece.text, piece.line) for piece in pieces] == [("a\nb\n", 1), ("c\n", 4)]


def test_duplicates_are_reported_where_they_stand() -> None:
    [document] = load_documents(b"a: 1\n---\nx:\n  b: 1\n  b: 2\n")[1:]
    assert document.value == {"x": {"b": 2}}
    assert document.duplicates == (DuplicateKey(key="b", line=5, column=3),)


def test_a_fault_in_a_later_document_has_the_line_of_the_file() -> None:
    with pytest.raises(YamlError) as caught:
        load_values(b"a: 1\n---\nb: 2\n---\nc: [\n")
    assert caught.value.line == 6
    with pytest.raises(YamlError) as caught:
        load_values(b"a: 1\n---\nb: 2\nc: .nan\n")
    assert (caught.value.line, caught.value.column) == (4, 4)
    with pytest.raises(YamlError) as caught:
        load_values(b"a: 1\n---\nb: \x07\n")
    assert (caught.value.line, caught.value.column) == (3, 4)


def test_what_an_alias_repeats_is_a_copy() -> None:
    [value] = load_values(b"a: &x {b: [1]}\nc: *x\n")
    assert isinstance(value, dict)
    value["c"]["b"].append(2)
    assert value["a"] == {"b": [1]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "deeper than 200"),
        ("a: &x [*x]\n", "contains itself"),
        ("a: *x\n", "does not exist"),
        ("{a: 1}: x\n", "cannot be a key"),
        ("~: x\n", "null cannot be a key"),
        ("l: &l [{x: 1}]\nd:\n  <<: *l\n", "merge key"),
        ("a: !x [y]\n", "standard tags"),
        ("a: !!int x\n", "not an integer"),
    ],
)
def test_refusals(text: str, reason: str) -> None:
    with pytest.raises(YamlError, match=reason):
        load_values(text.encode())


def test_bombs_and_chains_of_aliases_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(YamlError, match="too large"):
        load_values("\n".join(lines).encode())
    chain = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3000))])
    with pytest.raises(YamlError, match="deeper than 200"):
        load_values(chain.encode())


def test_size_and_line_length_are_bounded() -> None:
    with pytest.raises(YamlError, match="bytes"):
        load_values(b"a: " + b"x" * 10_000_000)
    with pytest.raises(YamlError, match="11 bytes"):
        load_values(b"a: 1234567\n", YamlLimits(size=10))


def test_a_large_file_of_short_lines_is_read() -> None:
    assert load_values(b"a: 1\n# 7890\n", YamlLimits(line=8)) == [{"a": 1}]


def test_a_plain_text_that_only_looks_like_a_merge_key() -> None:
    assert load_values(b"'<<': {x: 1}\nz: 2\n") == [{"<<": {"x": 1}, "z": 2}]


def test_the_same_meaning_without_libyaml() -> None:
    """Without libyaml PyYAML's own parser stands in: the golden table again, in a fresh process."""
    program = """
import sys
sys.modules["yaml._yaml"] = None
import yaml
assert not yaml.__with_libyaml__
import pytest
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-k", "mean_what_go_means", sys.argv[1]]))
"""
    target = ROOT / "tests/unit/core/test_yaml_go_answers.py"
    done = subprocess.run(
        [sys.executable, "-c", program, str(target)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
