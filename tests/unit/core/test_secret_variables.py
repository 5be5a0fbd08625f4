"""Which variables stand in Secrets alone, told from the text as it was published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from capyctl.core.secret_variables import secrets_by_variable, without_values

_NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata: {name: home}
"""


def _secret(name: str, *lines: str, kind: str = "Secret", version: str = "v1") -> str:
    head = f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\nstringData:\n"
    return head + "".join(f"  {line}\n" for line in lines)


def _found(*documents: str, known: Mapping[str, str] | None = None) -> dict[str, set[str]]:
    """What is said of the missing variables A and B."""
    data = "---\n".join(documents).encode()
    found = secrets_by_variable(data, ["A", "B"], (known or {}).get)
    return {name: set(held) for name, held in found.items()}


def test_a_variable_belongs_to_the_secrets_that_it_stands_in() -> None:
    both = _found(
        _NAMESPACE, _secret("first", "x: ${A}"), _secret("second", "x: '${B}'", 'y: "${ A }"', "z: ${KNOWN}")
    )
    assert both == {"A": {"first", "second"}, "B": {"second"}}
    assert _found(_NAMESPACE, _secret("first", "x: ${KNOWN}", "y: $A", "z: $${A}")) == {}


@pytest.mark.parametrize(
    "text",
    [
        "${A}",
        "${A:=}",
        "${A:3}",
        "${A//x/y}",
        "${#A}",
        "${A^^}",
        "${KNOWN:=${A}}",
        "${KNOWN:-${OTHER:-${A}}}",
    ],
)
@pytest.mark.parametrize("known", [{}, {"KNOWN": "k"}], ids=["unknown", "known"])
def test_any_expression_is_a_place(text: str, known: dict[str, str]) -> None:
    """Also one in the arguments of another, whether or not they count in this run."""
    inside = _secret("first", f"x: {text}")
    outside = _secret("settings", f"x: {text}", kind="ConfigMap")
    assert _found(_NAMESPACE, inside, known=known) == {"A": {"first"}}
    assert _found(_NAMESPACE, _secret("first", "x: ${A}"), outside, known=known) == {}
    assert _found(outside, _secret("first", "x: ${A}"), known=known) == {}


@pytest.mark.parametrize(
    "document",
    [
        _secret("settings", "x: ${A}", kind="ConfigMap"),
        _secret("settings", "x: ${A}", version="example.com/v1"),
        _secret("settings", "x: ${A}", kind="${A}"),
        _secret("settings", "x: ${A}", kind="SecretList"),
        _secret("first-${A}", "x: 1"),
        _secret("${KNOWN}", "x: ${A}"),
        _secret("", "x: ${A}"),
        "# for ${A}\n",
        "- ${A}\n",
        "${A}\n",
        "apiVersion: v1\nkind: Secret\nstringData: {x: ${A}}\nmetadata: {name: first}\n",
        "apiVersion: v1\nkind: Secret\nstringData:\n  x: ${A}\n",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  stringData:\n    x: ${A}\n",
    ],
)
def test_in_anything_but_a_plain_secret_it_stands_elsewhere(document: str) -> None:
    held = _secret("first", "x: ${A}", "y: ${B}")
    assert _found(_NAMESPACE, held, document, known={"KNOWN": "first"}) == {"B": {"first"}}


@pytest.mark.parametrize(
    "value",
    [
        "1\nkind: ConfigMap",
        "1\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}",
        "1\nmetadata: {name: another}",
        "1\n---\nx",
        "[",
        "\x00",
    ],
    ids=["kind", "document", "name", "text", "broken", "nul"],
)
def test_a_value_that_makes_something_else_of_the_secret_counts(value: str) -> None:
    held = _secret("first", "y: ${A}", "x: ${KNOWN}")
    assert _found(held, known={"KNOWN": "1"}) == {"A": {"first"}}
    assert _found(held, known={"KNOWN": value}) == {}


def test_a_comment_of_the_secret_is_a_part_of_it() -> None:
    assert _found(_secret("first", "x: 1  # ${A}")) == {"A": {"first"}}


@pytest.mark.parametrize(
    "data",
    [
        _secret("first", "x: ${A}").encode() + b"\xff",
        _secret("first", "x: ${A}").encode() + b"--- {}\n",
        _secret("first", "x: ${A}", "y: ${B:=").encode() + b"---\na: b}\n",
        _secret("first", "x: ${A-}").encode(),
    ],
    ids=["bytes", "separator", "across documents", "dialect"],
)
def test_where_documents_are_not_plain_to_see_nothing_is_said(data: bytes) -> None:
    assert secrets_by_variable(data, ["A", "B"], lambda _: None) == {}


def test_values_go_and_everything_else_stays() -> None:
    held: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "first", "labels": {"a": "b"}},
        "type": "Opaque",
        "data": {"x": "eA=="},
        "stringData": {"x": "y"},
    }
    bare = {key: held[key] for key in ("apiVersion", "kind", "metadata", "type")}
    assert without_values(held, {"first"}) == bare
    assert without_values(held, {"second"}) == held
    settings = {**held, "kind": "ConfigMap"}
    assert without_values(settings, {"first"}) == settings
