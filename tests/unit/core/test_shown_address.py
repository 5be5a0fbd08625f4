"""What is left of an address that is shown or kept, refused ones included (cli.md 4, 6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.location import LocalTree
from capyctl.core.repository_url import KINDS, parse_repository_url
from capyctl.core.shown_address import (
    hidden_parts,
    hides_nothing,
    masked_addresses,
    shown_address,
    shown_file,
    without_userinfo,
)

DIGEST = "sha256:" + "0" * 64
TREE = LocalTree(base="/srv", label="l", channel="latest", components_file="f")
ON_WINDOWS = LocalTree(base="C:\\srv", label="l", channel="latest", components_file="f")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://h.test/a/b", "https://h.test/a/b"),
        ("https://u:p@h.test:8443/a?q=1#f", "https://h.test:8443/a"),
        ("https://token@[::1]:8443/a", "https://[::1]:8443/a"),
        ("https://u:p/w@h.test/a", "https://h.test/a"),
        ("https://u:p#w@h.test/a?q", "https://h.test/a"),
        ("https://u:p?w/@x@h.test/a", "https://h.test/a"),
        ("https://tok?en@h.test/a", "https://h.test/a"),
        ("https://h.test/@scope/a", "https://h.test/@scope/a"),
        ("https://h.test:port/a", "https://h.test:port/a"),
        (f"oci://u:p@h.test/a@{DIGEST}?q", f"oci://h.test/a@{DIGEST}"),
        (f"oci://h.test:5000/a:t@{DIGEST}", f"oci://h.test:5000/a:t@{DIGEST}"),
        ("ftp://u:p@h.test/a", "ftp://h.test/a"),
        ("file://u:p@/srv/a?q", "file:///srv/a"),
        ("file:///srv/me@work/a#f", "file:///srv/me@work/a"),
        ("file:/srv/me@work/a", "file:/srv/me@work/a"),
        ("//token@h.test/a", "//h.test/a"),
        ("https:/u:p@h.test/a", "h.test/a"),
        ("token@h.test/a", "h.test/a"),
        ("u:p/w@h.test/a", "h.test/a"),
        (f"h.test:5000/a@{DIGEST}", f"h.test:5000/a@{DIGEST}"),
        ("/srv/me@work/a?q", "/srv/me@work/a"),
        ("C:\\me@work\\a", "C:\\me@work\\a"),
        ("", ""),
    ],
)
def test_what_is_left_of_an_address(address: str, shown: str) -> None:
    assert shown_address(address) == shown
    assert shown_address(shown) == shown


@pytest.mark.parametrize(
    ("path", "location", "shown"),
    [
        ("me@work/l/latest/f?q", TREE, "me@work/l/latest/f"),
        ("me@work\\l\\latest\\f#1", ON_WINDOWS, "me@work\\l\\latest\\f#1"),
        ("file://u:p@/srv/l/latest/f", TREE, "file:///srv/l/latest/f"),
    ],
)
def test_a_path_that_was_read_as_one_is_a_path(path: str, location: LocalTree, shown: str) -> None:
    assert shown_address(path, location) == shown


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("https://h.test/a", ("", "")),
        ("https://u:p@h.test/a?q=1#f", ("u:p", "q=1#f")),
        ("https://u:p/w@h.test/a", ("u:p/w", "")),
        ("https://h.test/a#f", ("", "f")),
        ("h.test/a?q", ("", "")),
        ("https:/u:p@h.test/a?q", ("u:p", "q")),
        ("--config=https//u:p@h.test/a#f", ("u:p", "f")),
        ("u:p@h.test/a?q", ("u:p", "q")),
        ("h.test/a?sig=q", ("", "sig=q")),
    ],
)
def test_what_an_address_hides(address: str, parts: tuple[str, str]) -> None:
    assert hidden_parts(address) == parts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.test:8080,https://u:p@b.test|off", "https://a.test:8080,https://***@b.test|off"),
        ("--config=https://u:p/w@h.test/a", "--config=https://***@h.test/a"),
        (f"oci://h.test:5000/a@{DIGEST}", f"oci://h.test:5000/a@{DIGEST}"),
        ("https://proxy.test/x/@v/list", "https://proxy.test/x/@v/list"),
    ],
)
def test_user_information_in_a_text_becomes_a_mark(text: str, shown: str) -> None:
    assert without_userinfo(text, "***") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https:/u:p@h.test/a?q", "https:/***@h.test/a"),
        ("https:u:p@h.test/a", "https:***@h.test/a"),
        ("HTTPS:\\\\u:p@h.test/a", "HTTPS:\\\\***@h.test/a"),
        ("https//u:p@h.test/a#f", "https//***@h.test/a"),
        ("https:/h.test/a?q", "https:/h.test/a"),
        ("u:p/w,x@h.test/a?q b", "***@h.test/a b"),
        ("abcdefghijklmnop@h.test/a", "***@h.test/a"),
        ("NAME=u:p@h.test", "NAME=***@h.test"),
        ("h.test/a?sig=q", "h.test/a"),
        ("https://u:p@h.test/a", "https://***@h.test/a"),
    ],
)
def test_an_address_that_was_mistyped_hides_the_same(text: str, shown: str) -> None:
    assert masked_addresses(text, "***") == shown


@pytest.mark.parametrize(
    "text",
    [
        "./dir/file@2.yaml",
        "dir/file@2.yaml",
        "a?b.yaml",
        "c#1.yaml",
        "/srv/a:b@c/x?y=z",
        "~/a:b@c.yaml",
        "C:\\me@work\\a",
        "C:/me@work/a",
        "file:/srv/me@work/a",
        "me@example.com",
        f"h.test:5000/a:t@{DIGEST}",
        "infrastructure-aws:v2.8.1",
        "",
    ],
)
def test_a_path_is_no_address_that_was_mistyped(text: str) -> None:
    assert masked_addresses(text, "***") == text
    assert hidden_parts(text) == ("", "")


def test_a_name_that_no_file_has_may_be_an_address() -> None:
    assert shown_file("ftp://u:p@h.test/a?q", "***") == "ftp://h.test/a"
    assert shown_file("u:p@h.test/a?q", "***") == "***@h.test/a"


@pytest.mark.parametrize(
    ("line", "nothing"),
    [
        ("    url: https://h.test/a  # as agreed", True),
        (f'url: "oci://h.test/a@{DIGEST}"', True),
        ("url: https://u:p@h.test/a", False),
        ("url: https://h.test/a?sig=x", False),
        ("url: 'https://h.test/a#f'", False),
        ("url: token@h.test/a", False),
    ],
)
def test_a_line_that_may_be_shown(line: str, nothing: bool) -> None:
    assert hides_nothing(line) is nothing


_SECRET = st.text(alphabet="xyzXYZ789-_.~%", min_size=6, max_size=12).map(lambda text: f"S3{text}")
_HOSTS = st.sampled_from(["h.test", "github.com", "gitlab.test:8443", "[::1]:443", "www.github.com"])
_PATHS = st.sampled_from(
    [
        "/o/r/releases/latest/infrastructure-components.yaml",
        "/o/r/releases/download/v1.0.0/infrastructure-components.yaml",
        "/api/v4/projects/a/b/packages/generic/p/v1.0.0/infrastructure-components.yaml",
        "/infrastructure-acme/latest/infrastructure-components.yaml",
        "/infrastructure-other/v1/infrastructure-components.yaml",
        f"/repository@{DIGEST}",
        "/Repository:v1.0.0+1",
        "",
    ]
)
_SCHEMES = st.sampled_from(["https://", "http://", "oci://", "file://", "ftp://", "ssh://", "//"])


@given(
    _SECRET,
    _SCHEMES,
    st.sampled_from(["", "S@", "u:S@", "S:x@", "S:@", "u:a/S@", "u:a?S@", "u:a#S@"]),
    _HOSTS,
    _PATHS,
    st.sampled_from(["", "?S", "?sig=S&b=1", "#S", "?a=1#S"]),
    st.none() | st.sampled_from(KINDS),
)
def test_no_secret_is_left_nor_told(
    secret: str, scheme: str, lead: str, host: str, path: str, tail: str, kind: str | None
) -> None:
    address = f"{scheme}{lead.replace('S', secret)}{host}{path}{tail.replace('S', secret)}"
    parsed = parse_repository_url(address, "infrastructure-acme", kind)
    assert secret not in shown_address(address, parsed.location)
    for finding in parsed.findings:
        assert secret not in finding.detail
        assert secret not in (finding.rewritten or "")
