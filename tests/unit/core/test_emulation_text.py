"""Go's words and versions, by the tables of clusterctl-resolution 1.1, 5.1 and 5.3."""

from __future__ import annotations

import pytest

from capyctl.core.emulation_proxy import clusterctl_proxy
from capyctl.core.emulation_text import (
    ClusterctlError,
    VersionTextError,
    ordinal,
    parse_semantic,
    parse_tolerant,
    quoted,
)

_DEFAULT = "https://proxy.golang.org"


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        (None, _DEFAULT),
        ("", _DEFAULT),
        ("off", None),
        ("direct", None),
        (" off ", None),
        ("off,https://a.example", None),
        (" ", None),
        (",", None),
        ("OFF", None),
        ("foo", None),
        ("localhost", None),
        ("/srv/proxy", None),
        ("https://a.example,direct", "https://a.example"),
        ("https://a.example|direct", "https://a.example"),
        (",https://a.example", "https://a.example"),
        ("a.example", "https://a.example"),
        ("10.0.0.1", "https://10.0.0.1"),
        ("localhost:8080", "https://localhost:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://a.example/artifactory/api/go/go", "https://a.example"),
        ("https://user:pw@a.example/p?x=1", "https://a.example"),
        ("file:///srv/proxy", None),
        ("//host/path", None),
        ("ftp://x", None),
        ("https://", None),
        ("https://a.example:abc", None),
        ("https://[::1", None),
    ],
)
def test_the_first_usable_element_of_goproxy_counts(value: str | None, proxy: str | None) -> None:
    assert clusterctl_proxy(value) == proxy


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("v1.2.3", "v1.2.3"),
        (" v1.2.3", "v1.2.3"),
        ("1.2.3", "v1.2.3"),
        ("v1.2", "v1.2.0"),
        ("v1", "v1.0.0"),
        ("v1.02.3", "v1.2.3"),
        ("v1.0.0-alpha.1", "v1.0.0-alpha.1"),
        ("v1.2.3\r", "v1.2.3"),
    ],
)
def test_a_line_of_a_proxy_list_is_read_tolerantly(line: str, version: str) -> None:
    parsed = parse_tolerant(line)
    assert parsed is not None
    assert parsed.canonical == version


@pytest.mark.parametrize(
    "line",
    [
        f"v{2**64}.0.0",
        "api/v1.14.0",
        "v1.14.0.1",
        "V1.2.3",
        "vv1.2.3",
        "v1.2-rc.1",
        "v1.2-rc",
        "v1.2.3-01",
        "v1.2.3+a_b",
        "latest",
    ],
)
def test_a_line_that_is_no_version_is_dropped(line: str) -> None:
    assert parse_tolerant(line) is None


def test_incompatible_stays_as_build_metadata() -> None:
    parsed = parse_tolerant("v2.0.0+incompatible")
    assert parsed is not None
    assert parsed.build == "incompatible"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latest", 'could not parse "latest" as version'),
        ("v1.2", 'illegal version string "v1.2"'),
        ("v1.02.3", 'illegal zero-prefixed version component "02" in "v1.02.3"'),
        ("v1.2.3.4", 'illegal version string "v1.2.3.4"'),
        ("v1.2.3_4", 'could not parse pre-release/metadata (_4) in version "v1.2.3_4"'),
        ("v1.2.3-01", 'illegal zero-prefixed version component "01" in "v1.2.3-01"'),
    ],
)
def test_a_version_is_refused_in_the_words_of_the_library(text: str, message: str) -> None:
    with pytest.raises(VersionTextError) as refused:
        parse_semantic(text)
    assert str(refused.value) == message


@pytest.mark.parametrize("number", [str(2**64), "9" * 5000])
def test_a_number_beyond_64_bits_is_refused(number: str) -> None:
    with pytest.raises(VersionTextError, match="value out of range"):
        parse_semantic(f"v{number}.0.0")


@pytest.mark.parametrize(
    ("text", "canonical"), [("v1.2.3", "1.2.3"), (" 1.2.3-rc.1+b ", "1.2.3-rc.1+b"), ("1.2.3+b", "1.2.3+b")]
)
def test_a_version_is_printed_without_v(text: str, canonical: str) -> None:
    assert parse_semantic(text).text == canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", '"plain"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("a\nb\tc", '"a\\nb\\tc"'),
        ("\x01\x7f", '"\\x01\\x7f"'),
        ("\u200b", '"\\u200b"'),
        ("\U000e0001", '"\\U000e0001"'),
        ("é€", '"é€"'),
    ],
)
def test_quoting_is_that_of_go(text: str, expected: str) -> None:
    assert quoted(text) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
def test_ordinals(number: int, expected: str) -> None:
    assert ordinal(number) == expected


def test_wrapping_keeps_the_sentinel() -> None:
    error = ClusterctlError("404 Not Found", not_found=True).wrapped("failed")
    assert (error.message, error.not_found) == ("failed: 404 Not Found", True)
