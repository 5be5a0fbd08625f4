"""GOPROXY as Go reads it: clusterctl-resolution 5.1, peers-and-protocols B1, B2 and B6 (numbers in names)."""

from __future__ import annotations

import pytest

from capyctl.core.goproxy_list import (
    DEFAULT_PROXY,
    FallThrough,
    GoProxyList,
    ListEnd,
    MalformedGoProxyError,
    parse_go_env,
    parse_goproxy,
    parse_version_list,
)


def bases(value: str | None) -> tuple[list[str], ListEnd]:
    parsed = parse_goproxy(value)
    return [entry.base for entry in parsed.entries], parsed.end


@pytest.mark.parametrize("value", [None, ""])
def test_unset_and_empty_are_go_s_default(value: str | None) -> None:
    assert bases(value) == ([DEFAULT_PROXY], ListEnd.DIRECT)
    assert parse_goproxy(value).is_default


@pytest.mark.parametrize("value", ["off", " off ", "off,https://a.example", ",off"])
def test_off_without_a_proxy_before_it(value: str) -> None:
    assert bases(value) == ([], ListEnd.OFF)
    assert parse_goproxy(value).is_off


def test_b6_7_off_ends_the_list_wherever_it_stands() -> None:
    assert bases("https://a.example,off") == (["https://a.example"], ListEnd.OFF)
    assert bases("https://a.example,off,https://b.example") == (["https://a.example"], ListEnd.OFF)
    assert not parse_goproxy("https://a.example,off").is_off


def test_b6_8_direct_ends_the_list() -> None:
    assert bases("https://a.example,direct,foo") == (["https://a.example"], ListEnd.DIRECT)
    assert bases("direct") == ([], ListEnd.DIRECT)
    assert not parse_goproxy("direct").is_off


@pytest.mark.parametrize("value", [" ", ",", "|", " , | ,", "\t"])
def test_b6_9_a_list_of_blanks_is_as_off(value: str) -> None:
    assert parse_goproxy(value).is_off


def test_b6_9_repeated_separators_are_skipped() -> None:
    assert bases(",, https://a.example ,|, https://b.example |") == (
        ["https://a.example", "https://b.example"],
        ListEnd.NONE,
    )


def test_b6_4_to_6_separators_decide_what_falls_through() -> None:
    parsed = parse_goproxy("https://a.example|https://b.example,https://c.example")
    assert [entry.then for entry in parsed.entries] == [
        FallThrough.ON_ANY_ERROR,
        FallThrough.ON_ABSENT,
        FallThrough.ON_ABSENT,
    ]


@pytest.mark.parametrize(
    ("item", "base"),
    [
        ("a.example", "https://a.example"),
        ("10.0.0.1", "https://10.0.0.1"),
        ("localhost:8080", "https://localhost:8080"),
        ("a.example:8080", "https://a.example:8080"),
        ("a.example/path", "https://a.example/path"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://a.example/artifactory/api/go/go", "https://a.example/artifactory/api/go/go"),
        ("https://a.example/go/", "https://a.example/go"),
        ("https://a.example", "https://a.example"),
        ("https://user:pw@a.example/p?x=1", "https://a.example/p"),
        ("https://[::1]:8080/x", "https://[::1]:8080/x"),
        ("file:///tmp/proxy", "file:///tmp/proxy"),
    ],
)
def test_b6_10_12_14_addresses(item: str, base: str) -> None:
    assert bases(item) == ([base], ListEnd.NONE)


@pytest.mark.parametrize(
    "item",
    [
        "OFF",
        "Direct",
        "foo",
        "localhost",
        "/srv/proxy",
        "file://host/tree",
        "file:///tree?x=1",
        "//host/path",
        "ftp://x",
        "https://",
        "https:a.example",
        "https://a.example:abc",
        "https://[::1",
        "a b.example",
        "https://a.example,foo",
    ],
)
def test_b6_11_13_what_go_refuses(item: str) -> None:
    with pytest.raises(MalformedGoProxyError):
        parse_goproxy(item)


@pytest.mark.parametrize("word", ["OFF", "Direct"])
def test_a_word_in_the_wrong_case_is_named_in_the_right_one(word: str) -> None:
    with pytest.raises(MalformedGoProxyError, match=f"the word is '{word.lower()}'"):
        parse_goproxy(word)


def test_b6_15_a_credential_is_kept_and_never_shown() -> None:
    entry = parse_goproxy("https://user:s3cret%21@a.example/p").entries[0]
    assert entry.userinfo is not None
    assert entry.userinfo.authorization == "Basic dXNlcjpzM2NyZXQh"
    assert "s3cret" not in repr(entry)
    for malformed in ("ftp://user:s3cret@x", "https://user:s3cret@a.example:abc", "user:s3cret@/"):
        with pytest.raises(MalformedGoProxyError) as raised:
            parse_goproxy(malformed)
        assert "s3cret" not in str(raised.value)
        assert "s3cret" not in raised.value.item


def test_host_and_folder() -> None:
    assert parse_goproxy("https://a.example:8443/x").entries[0].host == "a.example:8443"
    assert parse_goproxy("https://a.example").entries[0].folder is None
    assert parse_goproxy("file:///srv/a%20b").entries[0].folder == "/srv/a b"


def test_an_empty_list_is_no_default() -> None:
    assert not GoProxyList().is_default
    assert not GoProxyList().is_off


def tags(text: str, major: int | None = None) -> list[str]:
    return [version.tag for version in parse_version_list(text, major)]


def test_b6_1_20_25_mixed_lines() -> None:
    text = "\ufeffv1.0.0\r\nv1.1.0 2020-01-02T03:04:05Z\n\nnonsense\n<html>\n  v1.2.0  \nv1.0.0\n"
    assert tags(text) == ["v1.0.0", "v1.1.0", "v1.2.0"]


@pytest.mark.parametrize(
    "line",
    [
        "1.2.3",  # 21
        "v1.2",  # 24
        "v1.02.3",
        "api/v1.14.0",
        "v1.14.0.1",
        "V1.2.3",
        "vv1.2.3",
        "v1.2-rc.1",
        "v1.2.3-01",
        "v1.2.3+a_b",
        "v1.2.3+build",
        "v0.0.0-20191109021931-daa7c04131f5",  # 23
        "v1.2.4-0.20191109021931-daa7c04131f5",
        "v1.2.3-pre.0.20191109021931-daa7c04131f5",
        "v2.0.1-0.20191109021931-daa7c04131f5+incompatible",
        "v" + "9" * 400 + ".0.0",
        "",
    ],
)
def test_b6_21_23_24_lines_that_are_no_release(line: str) -> None:
    assert tags(f"{line}\nv1.0.0\n") == ["v1.0.0"]


def test_b6_22_incompatible_is_no_part_of_a_tag() -> None:
    assert tags("v2.0.0+incompatible\nv2.1.0-rc.1+incompatible\n") == ["v2.0.0", "v2.1.0-rc.1"]


def test_b6_26_majors_mixed_in_one_list_are_filtered() -> None:
    mixed = "v1.0.0\nv2.0.0\nv3.1.0\nv2.1.0\n"
    assert tags(mixed, major=2) == ["v2.0.0", "v2.1.0"]
    assert tags(mixed) == ["v1.0.0", "v2.0.0", "v3.1.0", "v2.1.0"]


def test_b6_35_a_list_of_five_megabytes() -> None:
    text = "\n".join(f"v1.{minor}.{patch}" for minor in range(700) for patch in range(720))
    assert len(text) > 5_000_000
    assert len(tags(text)) == 504_000


def test_b6_36_the_file_of_go_env() -> None:
    text = "GOPROXY=https://a.example,direct\r\n# x\nGOPRIVATE=*.corp\nlower=x\nNOVALUE\n=x\nGOFLAGS=-a=b\n"
    assert parse_go_env(text) == {
        "GOPROXY": "https://a.example,direct",
        "GOPRIVATE": "*.corp",
        "GOFLAGS": "-a=b",
    }
