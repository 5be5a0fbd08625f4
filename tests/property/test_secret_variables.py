"""A value that only Secrets need changes nothing but those Secrets, whatever else the file holds."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.components import render_components
from capyctl.core.rendered_components import ComponentsRequest
from capyctl.core.secret_variables import secrets_by_variable, without_values

EXPRESSIONS = st.sampled_from(
    [
        "plain",
        "${A}",
        "'${A}'",
        "x-${A:1}",
        "${B:=d}",
        "${B:-${A}}",
        "${#A}",
        "${A/x/y}",
        "$${A}",
        "${C}-${A}",
    ]
)
NAMES = st.sampled_from(["first", "first", "second", "second", "with-${A}", "with-${C}"])
KINDS = st.sampled_from([*["Secret"] * 5, "ConfigMap", "Namespace", "${C}"])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """One object, with its variables anywhere."""
    lines = [f"apiVersion: v1\nkind: {draw(KINDS)}\nmetadata:\n  name: {draw(NAMES)}"]
    lines += [f"  annotations: {{a: b}}\n  labels:\n    l: {draw(EXPRESSIONS)}"] * draw(st.integers(0, 1))
    lines += [f"# {draw(EXPRESSIONS)}"] * draw(st.integers(0, 1))
    lines += [f"stringData:\n  x: {draw(EXPRESSIONS)}\n  y: {draw(EXPRESSIONS)}"]
    return "\n".join(lines) + "\n"


TEXT = st.text("aBx09+=", max_size=6)


@given(
    st.lists(documents(), min_size=1, max_size=4),
    TEXT,
    TEXT,
    st.dictionaries(st.sampled_from(["B", "C"]), TEXT),
)
def test_only_those_secrets_differ(held: list[str], one: str, other: str, known: dict[str, str]) -> None:
    data = "---\n".join(held).encode()
    names = secrets_by_variable(data, ["A"], known.get).get("A")
    if names is None:
        return
    rendered = [
        render_components(
            ComponentsRequest(
                data=data,
                manifest_label="cluster-api",
                target_namespace="home",
                lookup={"C": "", **known, "A": value}.get,
            )
        ).objects
        for value in (one, other)
    ]
    first, second = ([_text(each, names) for each in objects] for objects in rendered)
    assert first == second


def _text(raw: dict[str, object], names: frozenset[str]) -> str:
    bare = without_values(raw, names)
    if bare is not raw:
        metadata = bare["metadata"]
        assert isinstance(metadata, dict)
        return json.dumps({"kind": bare["kind"], "name": metadata["name"]})
    return json.dumps(raw, sort_keys=True)
