"""The choice of proxy, against answers of Go 1.26's ``http.ProxyFromEnvironment`` (run, 2026-11-21)."""

from __future__ import annotations

import pytest

from capyctl.core.no_proxy import MalformedProxyError, proxy_rules

HOSTS = (
    "https://10.1.2.3/",
    "https://[2001:db8::1]/",
    "https://x.wild.org/",
    "https://wild.org/",
    "https://a.svc/",
    "https://example.com/",
    "https://sub.example.com/",
    "https://notexample.com/",
    "https://example.com:8443/",
    "http://host/",
    "https://host/",
    "https://192.168.1.1/",
    "https://192.168.1.1:8443/",
    "https://example.org/",
    "https://[::ffff:10.1.2.3]/",
)
ALWAYS_DIRECT = ("http://localhost/", "https://127.0.0.5/", "https://[::1]/")
DIRECT_IN_GO = {
    "10.0.0.0/8": {"https://10.1.2.3/", "https://[::ffff:10.1.2.3]/"},
    "[::1]": set(),
    "::1": set(),
    "[2001:db8::1]": set(),
    "2001:db8::/32": {"https://[2001:db8::1]/"},
    "*.wild.org": {"https://x.wild.org/"},
    ".svc": {"https://a.svc/"},
    "example.com": {"https://example.com/", "https://sub.example.com/", "https://example.com:8443/"},
    "example.com:8443": {"https://example.com:8443/"},
    "host:80": {"http://host/"},
    "*": set(HOSTS),
    ".": set(),
    "a.example.com, EXAMPLE.ORG ": {"https://example.org/"},
    "192.168.1.1": {"https://192.168.1.1/", "https://192.168.1.1:8443/"},
    "192.168.1.1:8443": {"https://192.168.1.1:8443/"},
    "10.1.2.3/33": set(),
    ":80": set(),
    "[2001:db8::1]:443": {"https://[2001:db8::1]/"},
    "wild.org.": set(),
    "*wild.org": set(),
    "ex*.com": set(),
    "169.254.0.0/16,10.1.2.3": {"https://10.1.2.3/", "https://[::ffff:10.1.2.3]/"},
    "": set(),
}


@pytest.mark.parametrize("no_proxy", DIRECT_IN_GO)
def test_exceptions_are_those_of_go(no_proxy: str) -> None:
    rules = proxy_rules({"HTTPS_PROXY": "http://p:1", "HTTP_PROXY": "http://q:2", "NO_PROXY": no_proxy}.get)
    assert {url for url in HOSTS if rules.proxy_for(url) is None} == DIRECT_IN_GO[no_proxy]
    assert all(rules.proxy_for(url) is None for url in ALWAYS_DIRECT)


def test_scheme_decides_between_the_two_proxies() -> None:
    rules = proxy_rules({"HTTPS_PROXY": "http://p:1", "HTTP_PROXY": "http://q:2"}.get)
    https, http = rules.proxy_for("https://example.com/"), rules.proxy_for("http://example.com/")
    assert https is not None
    assert http is not None
    assert (https.url, http.url) == ("http://p:1", "http://q:2")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HTTPS_PROXY": "p:1"}, "http://p:1"),
        ({"HTTPS_PROXY": "socks5://s:1"}, "socks5://s:1"),
        ({"HTTPS_PROXY": "https://h"}, "https://h"),
        ({"HTTPS_PROXY": "http://[::1]:3"}, "http://[::1]:3"),
        ({"https_proxy": "http://low:1"}, "http://low:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": ""}, "http://low:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, "http://up:1"),
        ({"HTTP_PROXY": "http://q:2"}, None),
        ({}, None),
    ],
)
def test_spellings_of_the_variables(variables: dict[str, str], expected: str | None) -> None:
    proxy = proxy_rules(variables.get).proxy_for("https://example.com/")
    assert (proxy.url if proxy else None) == expected


def test_lower_case_exceptions_count_where_the_upper_case_is_unset() -> None:
    rules = proxy_rules({"HTTPS_PROXY": "http://p:1", "no_proxy": "example.com"}.get)
    assert rules.proxy_for("https://example.com/") is None


def test_a_credential_is_kept_out_of_address_and_repr() -> None:
    rules = proxy_rules({"HTTPS_PROXY": "http://user:p%40ss@corp:3128"}.get)
    proxy = rules.proxy_for("https://example.com/")
    assert proxy is not None
    assert proxy.url == "http://corp:3128"
    assert proxy.userinfo is not None
    assert proxy.userinfo.authorization == "Basic dXNlcjpwQHNz"
    assert "p@ss" not in repr(rules)


@pytest.mark.parametrize("value", ["%zz", "http://h:x", "ftp://h", "://"])
def test_what_is_no_address_is_an_error_that_names_the_variable_only(value: str) -> None:
    with pytest.raises(MalformedProxyError) as raised:
        proxy_rules({"HTTPS_PROXY": value}.get)
    assert str(raised.value) == "HTTPS_PROXY is not the address of a proxy"
