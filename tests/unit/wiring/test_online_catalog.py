"""Connections that round two is sure to need are opened before round one asks anything (issue 3 section 2)."""

from __future__ import annotations

from collections import Counter

from capyctl.adapters.askers import SerialAsker
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_table import RowFacts, TableEntry
from capyctl.ports.http import HttpRequest, HttpResponse
from capyctl.wiring.online_catalog import CatalogSettings, ListingPolicy, OnlineCatalog


class Opened:
    def __init__(self) -> None:
        self.hosts: Counter[str] = Counter()

    def get(self, request: HttpRequest) -> HttpResponse:
        raise AssertionError(f"{request.url} was asked")

    def warm(self, host: str) -> None:
        self.hosts[host] += 1


def entry(kind: ProviderType, repository: str, host: str = "github.com") -> TableEntry:
    owner, _, name = repository.partition("/")
    return TableEntry(
        key=ProviderKey(type=kind, name=name),
        url=f"https://{host}/{repository}/releases/latest/components.yaml",
        location=GitHubReleases(
            host=host,
            api_base=f"https://api.{host}",
            owner=owner,
            name=name,
            channel="latest",
            components_file="components.yaml",
        ),
        facts=RowFacts(),
    )


def warmed(*entries: TableEntry) -> Counter[str]:
    http = Opened()
    policy = ListingPolicy(
        goproxy=GoProxySettings(proxies=parse_goproxy("off"), private_globs=(None, None), netrc={}),
        is_private=lambda _: False,
        is_default=True,
        strict=False,
    )
    settings = CatalogSettings(policy=policy, credential_for=lambda _: None)
    OnlineCatalog(http, SerialAsker(), settings).warm(entries)
    return http.hosts


def test_each_file_of_round_two_has_a_connection_to_both_hosts() -> None:
    core = "kubernetes-sigs/cluster-api"
    found = warmed(
        entry(ProviderType.CORE, core),
        entry(ProviderType.BOOTSTRAP, core),
        entry(ProviderType.CONTROL_PLANE, core),
        entry(ProviderType.INFRASTRUCTURE, "kubernetes-sigs/cluster-api-provider-aws"),
    )
    # Four components files, and a metadata.yaml of each of the two repositories.
    assert found == {"github.com": 6, "release-assets.githubusercontent.com": 6}


def test_other_hosts_are_left_alone() -> None:
    assert warmed(entry(ProviderType.ADDON, "acme/widgets", host="forge.example.com")) == {}


def test_many_providers_do_not_open_connections_without_end() -> None:
    found = warmed(*(entry(ProviderType.ADDON, f"acme/widgets{number}") for number in range(40)))
    assert set(found.values()) == {16}
