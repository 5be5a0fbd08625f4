"""Names as the API server's validation takes them (RFC 1123)."""

from __future__ import annotations

import pytest

from capyctl.core.object_name import (
    MalformedNameError,
    is_object_name,
    parse_namespace_name,
    parse_object_name,
)

PART = "a" * 63


@pytest.mark.parametrize(
    "text", ["a", "0", "a-b", "a.b", "a--b", "1.2.3", ".".join((PART, PART, PART, "b" * 61)), "a" * 253]
)
def test_a_subdomain_is_a_name_of_an_object(text: str) -> None:
    assert parse_object_name(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "A", "-a", "a-", ".a", "a.", "a..b", "a.-b", "a_b", "a/b", "..", "a\n", "ä", "a b", "a" * 254],
)
def test_nothing_else_is(text: str) -> None:
    assert not is_object_name(text)
    with pytest.raises(MalformedNameError) as raised:
        parse_object_name(text)
    assert raised.value.text == text


def test_a_message_shows_no_more_than_a_line() -> None:
    with pytest.raises(MalformedNameError) as raised:
        parse_object_name("A" * 10_000)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("text", ["a", "kube-system", PART])
def test_a_label_is_a_name_of_a_namespace(text: str) -> None:
    assert parse_namespace_name(text) == text


@pytest.mark.parametrize("text", ["a.b", "A", "-a", "a-", "a/b", "a\n", PART + "a"])
def test_a_namespace_has_no_dot_and_63_characters_at_most(text: str) -> None:
    with pytest.raises(MalformedNameError):
        parse_namespace_name(text)


@pytest.mark.parametrize("text", [None, ""])
def test_no_namespace_and_an_empty_one_are_none(text: str | None) -> None:
    assert parse_namespace_name(text) is None
