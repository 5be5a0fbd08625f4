"""Addresses as evidence may show them: without credentials and fragment, and for redirects without the query."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.evidence import printable, without_credentials, without_query


@pytest.mark.parametrize(
    ("url", "plain", "bare"),
    [
        ("https://h.test/a/b", "https://h.test/a/b", "https://h.test/a/b"),
        ("https://u:p@h.test/a?q=1#f", "https://h.test/a?q=1", "https://h.test/a"),
        ("https://token@h.test", "https://h.test", "https://h.test"),
        ("https://proxy.test/x/@v/list", "https://proxy.test/x/@v/list", "https://proxy.test/x/@v/list"),
        ("https://u:p@proxy.test/x/@v/list", "https://proxy.test/x/@v/list", "https://proxy.test/x/@v/list"),
        ("https://h.test/a?sig=secret", "https://h.test/a?sig=secret", "https://h.test/a"),
        ("https://h.test/a?", "https://h.test/a", "https://h.test/a"),
        ("http://u@h.test/a", "http://h.test/a", "http://h.test/a"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a", "https://[::1]:8443/a"),
    ],
)
def test_what_is_taken_away_of_an_address(url: str, plain: str, bare: str) -> None:
    assert (without_credentials(url), without_query(url)) == (plain, bare)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://[::1", "https://[::1"),
        ("https://user:word@[::1/a?sig=abc#f", "https://[::1/a"),
        ("oci://[x/a:1", "oci://[x/a:1"),
        ("//[x", "//[x"),
        ("https://h\u2100/a?q=1", "https://h\u2100/a"),
    ],
)
def test_what_cannot_be_taken_apart_is_shown_by_its_text_alone(text: str, shown: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        urlsplit(text)
    assert (without_credentials(text), without_query(text)) == (shown, shown)


@given(st.text(alphabet="abZ0/@?#:%.é \t\\;=&", max_size=20))
def test_an_address_that_is_not_taken_apart_is_what_it_would_be(rest: str) -> None:
    """The short way for ordinary addresses may not differ from the long way (ADR 35)."""
    url = f"https://h{rest}"
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    assert without_credentials(url) == urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    assert without_query(url) == urlunsplit((parts.scheme, host, parts.path, "", ""))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain ~ text", "plain ~ text"), ("a\x1b[31m\n", "a?[31m?"), ("é\u202e\x7f", "???"), ("", "")],
)
def test_what_is_shown_of_text_from_outside(text: str, shown: str) -> None:
    assert printable(text) == shown
