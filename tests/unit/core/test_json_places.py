"""Where a value stands in a JSON text: told only for texts that have a fault."""

from __future__ import annotations

import pytest

from capyctl.core.json_places import JsonPath, duplicate_key, line_of, path_text

TEXT = """{
  "a": [1,
    {"b\\"c": true, "d": {}},
    "x, }]"],
  "e": null
}"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("a", 0), 2),
        (("a", 1), 3),
        (("a", 1, 'b"c'), 3),
        (("a", 1, "d"), 3),
        (("a", 2), 4),
        (("e",), 5),
        (("a", 3), None),
        (("f",), None),
    ],
)
def test_the_line_on_which_a_value_begins(path: JsonPath, line: int | None) -> None:
    assert line_of(TEXT, path) == line


def test_a_text_without_a_key_that_stands_twice() -> None:
    assert duplicate_key(TEXT) is None
    assert duplicate_key('[{"a": 1}, {"a": 1}]') is None


def test_the_second_of_two_equal_keys() -> None:
    assert duplicate_key('{"a": 1,\n"b": [{"c": "c",\n"c": 2}]}') == (("b", 0, "c"), 3)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a", 0, "b"), "a[0].b"),
        (("files", "m.yaml", "x"), 'files["m.yaml"].x'),
        (("a\nb",), '["a\\nb"]'),
        (("c" * 99,), f'["{"c" * 60}"]'),
    ],
)
def test_a_path_reads_as_people_write_it(path: JsonPath, text: str) -> None:
    assert path_text(path) == text
