"""GOPROXY, module paths, globs and lists: any text gives an answer or one kind of error, and no secret."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.goproxy_list import (
    GoProxyList,
    ListEnd,
    MalformedGoProxyError,
    parse_go_env,
    parse_goproxy,
    parse_version_list,
)
from capyctl.core.module_path import escape_module_path, matches_globs
from capyctl.core.no_proxy import MalformedProxyError, ProxyRules, proxy_rules

SECRET = "s3cr3tpassword"  # noqa: S105 - what must not show
PIECES = st.sampled_from(
    [
        "https://a.example",
        "http://b.example:8080/x/",
        "file:///t",
        "off",
        "direct",
        "",
        " ",
        "c.example",
        "foo",
        "//h",
        f"https://u:{SECRET}@d.example/p",
        f"ftp://u:{SECRET}@e",
        f"u:{SECRET}@f.example",
        f"{SECRET}@",
    ]
)
LISTS = st.lists(st.tuples(PIECES, st.sampled_from([",", "|"])), max_size=5).map(
    lambda items: "".join(piece + separator for piece, separator in items)
)


@given(st.text(max_size=60) | LISTS)
def test_any_value(value: str) -> None:
    try:
        parsed = parse_goproxy(value)
    except MalformedGoProxyError as error:
        message = str(error)
    else:
        _check(parsed)
        return
    assert SECRET not in message


def _check(parsed: GoProxyList) -> None:
    for entry in parsed.entries:
        assert entry.base.split(":")[0] in ("http", "https", "file")
        assert not entry.base.endswith("/")
        assert "@" not in entry.host
    assert SECRET not in repr(parsed)
    assert not parsed.is_off or parsed.end is ListEnd.OFF


@given(LISTS, LISTS)
def test_what_follows_off_or_direct_does_not_matter(first: str, second: str) -> None:
    def outcome(value: str) -> object:
        try:
            return parse_goproxy(value)
        except MalformedGoProxyError:
            return "malformed"

    for word in ("off", "direct"):
        assert outcome(f"{first}{word},{second}") == outcome(f"{first}{word}")


@given(st.text(max_size=200))
def test_any_version_list(text: str) -> None:
    versions = parse_version_list(text)
    tags = [version.tag for version in versions]
    assert len(tags) == len(set(tags))
    assert all(tag.startswith("v") and "+" not in tag for tag in tags)
    assert not any(version.is_pseudo for version in versions)
    for major in {version.major for version in versions}:
        assert parse_version_list(text, major) == tuple(item for item in versions if item.major == major)


@given(st.from_regex(r"[A-Za-z0-9._-]{1,8}(/[A-Za-z0-9._-]{1,8}){0,3}", fullmatch=True))
def test_escaping_can_be_undone(path: str) -> None:
    escaped = escape_module_path(path)
    assert escaped == escaped.lower()
    parts = escaped.split("!")
    assert parts[0] + "".join(part[:1].upper() + part[1:] for part in parts[1:]) == path


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_glob(globs: str, path: str) -> None:
    assert matches_globs(globs, path) in (True, False)


@given(st.from_regex(r"[a-z.]{1,8}(/[a-z]{1,8}){0,3}", fullmatch=True), st.integers(min_value=1, max_value=4))
def test_leading_elements_of_a_path_match_it(path: str, count: int) -> None:
    elements = path.split("/")
    assert matches_globs("/".join(elements[:count]), path)
    assert matches_globs("/".join("*" for _ in elements[:count]), path)


@given(st.text(max_size=60))
def test_any_go_env_file(text: str) -> None:
    assert all("A" <= name[:1] <= "Z" for name in parse_go_env(text))


@given(
    st.text(max_size=40) | PIECES,
    st.text(max_size=40),
    st.sampled_from(["https://a.example/", "https://[::1]/"]),
)
def test_any_proxy_variable(proxy: str, exceptions: str, url: str) -> None:
    try:
        rules = proxy_rules({"HTTPS_PROXY": proxy, "NO_PROXY": exceptions}.get)
    except MalformedProxyError as error:
        message = str(error)
    else:
        _check_rules(rules, url)
        return
    assert message == "HTTPS_PROXY is not the address of a proxy"


def _check_rules(rules: ProxyRules, url: str) -> None:
    chosen = rules.proxy_for(url)
    assert chosen is None or "@" not in chosen.url
    assert SECRET not in repr(rules)
    assert rules.proxy_for("https://127.0.0.1/") is None
