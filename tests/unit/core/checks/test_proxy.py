"""A proxy between this machine and the cluster (F24)."""

from __future__ import annotations

import pytest

from capyctl.core.checks.proxy import ProxyFacts, judge_proxy, service_address
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.no_proxy import proxy_rules

_API = "https://api.example.com:6443"


def judged(
    no_proxy: str, *, service: str | None = "10.96.0.1", ranges: tuple[str, ...] = ()
) -> Diagnostic | None:
    variables = {"HTTPS_PROXY": "http://user:secret@proxy.example.com:3128", "NO_PROXY": no_proxy}
    return judge_proxy(
        ProxyFacts(
            rules=proxy_rules(variables.get), api=_API, service=service, ranges=ranges, configured=no_proxy
        )
    )


def test_everything_that_would_go_through_the_proxy_is_named_without_its_credential() -> None:
    found = judged("localhost")
    assert found is not None
    assert (found.code.name, found.severity.value) == ("proxy-covers-cluster", "warning")
    for name in ("api.example.com", ".svc", "10.96.0.1"):
        assert f"{name} through http://proxy.example.com:3128" in found.detail
    assert "secret" not in found.detail
    assert "export NO_PROXY=localhost,api.example.com,.svc,.cluster.local,10.96.0.1" in found.fixes[0].title


def test_the_range_of_services_is_added_where_the_server_tells_it() -> None:
    found = judged("", ranges=("10.96.0.0/12", "fd00::/108"))
    assert found is not None
    assert found.fixes[0].title.endswith(".svc,.cluster.local,10.96.0.0/12,fd00::/108")


@pytest.mark.parametrize(
    "no_proxy", ["api.example.com,.svc,10.96.0.0/12", "*", ".example.com,.svc,10.96.0.1"]
)
def test_a_proxy_that_leaves_the_cluster_alone_says_nothing(no_proxy: str) -> None:
    assert judged(no_proxy) is None


def test_one_thing_left_out_is_one_thing_told() -> None:
    found = judged("api.example.com,10.96.0.0/12")
    assert found is not None
    assert "cover the cluster: .svc through" in found.detail


def test_a_service_of_ipv6_and_one_that_is_not_known() -> None:
    found = judged("api.example.com,.svc", service="fd00::1")
    assert found is not None
    assert "fd00::1 through" in found.detail
    assert judged("api.example.com,.svc", service=None) is None


def test_addresses_of_services() -> None:
    assert (service_address("10.96.0.1"), service_address("None"), service_address("")) == (
        "10.96.0.1",
        None,
        None,
    )
