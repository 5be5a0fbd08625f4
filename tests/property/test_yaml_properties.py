from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from capyctl.core.yaml_emit import emit_documents
from capyctl.core.yaml_nodes import YamlError, plain_value, read_documents
from capyctl.core.yaml_values import load_values

TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("0123456789+-._eExobyYnNtT:~ \n'\"#&*")
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)
YAML_LIKE = st.text(st.sampled_from("ab: -\n\t[]{},&*!|>'\"#?%@`~0189.eyn<=é\\/_"), max_size=60)


def as_json(value: object) -> object:
    """What JSON makes of a value: whole floats are integers to it, and -0.0 is 0 (libraries 2.2)."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        text = f"{value:.0f}" if abs(value) < 2**53 else json.dumps(value)
        return int(float(text)) if abs(value) < 2**53 else value
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return {key: as_json(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(st.lists(st.dictionaries(TEXT, VALUE), max_size=3))
def test_what_is_written_is_read_back(objects: list[dict[str, object]]) -> None:
    written = emit_documents(objects)
    found = load_values(written.encode())
    assert len(found) == len(objects)
    for ours, original in zip(found, objects, strict=True):
        assert close(ours, as_json(original))


def close(left: object, right: object) -> bool:
    """Equality that tells booleans from numbers and lets a large whole float be an integer."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(close(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(close, left, right))
    if isinstance(right, float):
        return isinstance(left, int | float) and not isinstance(left, bool) and float(left) == right
    return type(left) is type(right) and left == right


@given(st.binary() | YAML_LIKE.map(str.encode))
@settings(max_examples=300)
def test_any_bytes_end_in_values_or_one_error(data: bytes) -> None:
    for read in (load_values, read_documents):
        try:
            read(data)
        except YamlError as error:
            assert error.line >= 1  # noqa: PT017 - either outcome is fine, the place must be sound
            assert error.column >= 1  # noqa: PT017


@given(YAML_LIKE)
@settings(max_examples=300)
def test_nodes_and_values_agree(text: str) -> None:
    if "---" in text or "%" in text or "..." in text:
        return
    try:
        by_nodes = [plain_value(document.root) for document in read_documents(text.encode())]
        by_values = load_values(text.encode(), keep_empty=True)
    except YamlError:
        return
    assert json.dumps(by_nodes or [None]) == json.dumps(by_values or [None])
