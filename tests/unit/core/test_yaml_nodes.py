from __future__ import annotations

import pytest

from capyctl.core.yaml_nodes import (
    MappingNode,
    Place,
    ScalarNode,
    SequenceNode,
    YamlError,
    YamlLimits,
    iterate_documents,
    plain_value,
    read_documents,
)


def root(text: str) -> MappingNode:
    node = read_documents(text.encode())[0].root
    assert isinstance(node, MappingNode)
    return node


def test_places_count_from_one_and_columns_in_characters() -> None:
    node = root("é: 1\nlist:\n  - ü: 'four'\n")
    items = node.get("list")
    assert isinstance(items, SequenceNode)
    entry = items.items[0]
    assert isinstance(entry, MappingNode)
    value = entry.get("ü")
    assert isinstance(value, ScalarNode)
    assert value.place == Place(line=3, column=8, end_line=3, end_column=14)
    assert entry.entries["ü"].key.place == Place(line=3, column=5, end_line=3, end_column=6)
    assert node.entries["é"].value.place == Place(line=1, column=4, end_line=1, end_column=5)


def test_scalars_keep_their_text_and_style() -> None:
    node = root("a: 010\nb: '010'\nc: |\n  x\n")
    found = {name: (e.value.text, e.value.style, e.value.value) for name, e in node.entries.items()}  # type: ignore[union-attr]
    assert found == {"a": ("010", "", 8), "b": ("010", "'", "010"), "c": ("x\n", "|", "x\n")}
    octal, quoted = node.get("a"), node.get("b")
    assert isinstance(octal, ScalarNode)
    assert isinstance(quoted, ScalarNode)
    assert octal.is_plain
    assert not quoted.is_plain


def test_duplicate_keys_stay_visible_and_the_last_one_holds() -> None:
    node = root("a: 1\nb: 2\na: 3\n")
    [(first, second)] = node.duplicates()
    assert (first.key.place.line, second.key.place.line) == (1, 3)
    assert plain_value(node) == {"a": 3, "b": 2}
    assert [entry.name for entry in node.written] == ["a", "b", "a"]


def test_keys_are_compared_by_the_json_name_they_become() -> None:
    node = root("1: a\n'1': b\nyes: c\n")
    assert [(first.name, second.name) for first, second in node.duplicates()] == [("1", "1")]
    assert plain_value(node) == {"1": "b", "true": "c"}


def test_merged_entries_hold_and_are_not_written() -> None:
    node = root("base: &b {x: 1}\nuse:\n  <<: *b\n  z: 2\n").get("use")
    assert isinstance(node, MappingNode)
    assert [entry.name for entry in node.written] == ["z"]
    assert plain_value(node) == {"x": 1, "z": 2}


def test_the_documents_of_a_stream() -> None:
    documents = read_documents(b"a: 1\n---\n- 2\n---\n")
    assert [plain_value(document.root) for document in documents] == [{"a": 1}, [2], None]
    assert read_documents(b"") == ()


def test_a_broken_second_document_does_not_spoil_the_first() -> None:
    documents = iterate_documents(b"a: 1\n---\n{{{\n")
    assert plain_value(next(documents).root) == {"a": 1}
    with pytest.raises(YamlError):
        next(documents)


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a: 1\nb: \x00\n", 2, 4),
        ("ä: é\nbé: ".encode() + b"\xff\n", 2, 5),
        ("é: [\n".encode(), 2, 1),
        (b"a: 1\nb: x: y\n", 2, 5),
        ("a: é\x07\n".encode(), 1, 5),
        (b"a:\n\t- 1\n", 2, 1),
        (b"a: !x y\n", 1, 4),
        (b"a: !x [y]\n", 1, 4),
        (b"a: .inf\n", 1, 4),
        (b"a: 1\n~: 1\n", 2, 1),
        (b"a: *b\n", 1, 4),
        (b"a: !!int x\n", 1, 4),
        (b"[a]: 1\n", 1, 1),
        (b"a: {<<: 1}\n", 1, 4),
    ],
)
def test_a_fault_has_its_line_and_column(data: bytes, line: int, column: int) -> None:
    with pytest.raises(YamlError) as caught:
        read_documents(data)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


@pytest.mark.parametrize(
    ("text", "limits", "reason"),
    [
        ("a: 1\n", YamlLimits(size=4), "5 bytes"),
        ("a: 1\n" + "b" * 20, YamlLimits(line=10), "20 bytes"),
        ("[" * 201 + "]" * 201, YamlLimits(), "deeper than 200"),
        ("[" * 100_000, YamlLimits(), "deeper than 200"),
        ("a: &x [*x]\n", YamlLimits(), "contains itself"),
        ("a: &x\n  b: *x\n", YamlLimits(), "contains itself"),
    ],
)
def test_limits(text: str, limits: YamlLimits, reason: str) -> None:
    with pytest.raises(YamlError, match=reason):
        read_documents(text.encode(), limits)


def test_a_long_line_is_named() -> None:
    with pytest.raises(YamlError) as caught:
        read_documents(b"a: 1\n" + b"#" * 20, YamlLimits(line=10))
    assert caught.value.line == 2


def test_depth_of_two_hundred_is_read() -> None:
    assert read_documents(("[" * 200 + "]" * 200).encode())


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [" + ", ".join(["x"] * width) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * width) + "]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


def test_an_alias_bomb_is_refused() -> None:
    with pytest.raises(YamlError, match="too large"):
        read_documents(bomb(9, 9).encode())


def test_aliases_in_reasonable_numbers_are_read() -> None:
    node = root(bomb(2, 3))
    assert plain_value(node) == {"a0": ["x"] * 3, "a1": [["x"] * 3] * 3}


def test_depth_through_aliases_is_bounded_too() -> None:
    chain = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3000))])
    with pytest.raises(YamlError, match="deeper than 200"):
        read_documents(chain.encode())
