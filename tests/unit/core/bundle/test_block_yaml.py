"""YAML of our own making, read again by PyYAML."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.bundle.block_yaml import Value, block_yaml

_TEXTS = [
    "", "plain", "true", "null", "1.10", "0o17", "2026-11-22", "~", "- a", "a: b", "# no comment", "'", '"', "\\",
    "a\nb\n", "a\nb", "a\n\nb\n", "\na\n", " a\nb\n", "a \nb\n", "a\nb\n\n", "a\nb ", "tab\there\n", "a\r\nb\n", "\x85",
    "\u2028", "\ufeff", "\x7f", "é\nß\n", "\U0001f600", "\U0001f600\nb\n", "---\na\n...\n", "%x\n#y\n", "\x00\n",
]  # fmt: skip


@pytest.mark.parametrize("text", _TEXTS)
def test_every_text_is_read_as_it_was(text: str) -> None:
    assert yaml.safe_load(block_yaml({"a": text, "b": [text, {"c": text}]})) == {
        "a": text,
        "b": [text, {"c": text}],
    }


_KEYS = st.text(max_size=8)
_VALUES: st.SearchStrategy[Value] = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.booleans() | st.sampled_from(_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), _VALUES, max_size=4))
def test_values_come_back(value: dict[str, Value]) -> None:
    assert yaml.safe_load(block_yaml(value)) == (value or None)


def test_the_form_is_the_one_that_people_read() -> None:
    value: dict[str, Value] = {
        "format": "capyctl-providers/1",
        "on": True,
        "off/x": False,
        "none": [],
        "nothing": {},
        "list": ["a", {"b": "c", "d": "1\n2\n"}, ["e"], {}],
        "text": "1\n\n2",
    }
    assert block_yaml(value) == (
        'format: "capyctl-providers/1"\n"on": true\noff/x: false\nnone: []\nnothing: {}\nlist:\n'
        '  - "a"\n  - b: "c"\n    d: |\n      1\n      2\n  -\n    - "e"\n  - {}\ntext: |-\n  1\n\n  2\n'
    )
