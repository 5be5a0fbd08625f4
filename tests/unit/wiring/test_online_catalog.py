"""Which sources a run with network has, and which connections it opens before it asks (issue 3 section 2)."""

from __future__ import annotations

from collections import Counter

from capyctl.adapters.askers import SerialAsker
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_table import RowFacts, TableEntry
from capyctl.ports.http import HttpRequest, HttpResponse
from capyctl.ports.registry import Registry
from capyctl.wiring.http_sources import HttpSources, ListingPolicy, SourceSettings
from capyctl.wiring.online_catalog import OnlineCatalog


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


def _no_registry() -> Registry:
    raise AssertionError("a registry was asked for")


def catalog(http: Opened, goproxy: str = "off", *, strict: bool = False) -> OnlineCatalog:
    policy = ListingPolicy(
        goproxy=GoProxySettings(proxies=parse_goproxy(goproxy), private_globs=(None, None), netrc={}),
        is_private=lambda _: False,
        is_default=True,
        strict=strict,
    )
    settings = SourceSettings(
        policy=policy,
        credential_for=lambda _: None,
        clock=SystemClock(),
        registry=_no_registry,
    )
    return OnlineCatalog(HttpSources(http, SerialAsker(), settings))


def warmed(*entries: TableEntry) -> Counter[str]:
    http = Opened()
    catalog(http).warm(entries)
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


def test_tags_come_from_the_web_host_first_and_from_the_api_where_it_tells_none() -> None:
    helm = entry(ProviderType.ADDON, "kubernetes-sigs/cluster-api-addon-provider-helm")
    assert [source.route for source in catalog(Opened()).sources(helm).tags] == ["github-web", "github-api"]


def test_no_remote_list_of_any_kind_is_left_where_listing_is_forbidden() -> None:
    helm = entry(ProviderType.ADDON, "kubernetes-sigs/cluster-api-addon-provider-helm")
    sources = catalog(Opened(), strict=True).sources(helm)
    assert (sources.tags, sources.fallback_listings, sources.latest) == ((), (), None)


def test_retractions_are_asked_of_a_module_proxy_and_of_nobody_else() -> None:
    helm = entry(ProviderType.ADDON, "kubernetes-sigs/cluster-api-addon-provider-helm")
    inside = entry(ProviderType.ADDON, "acme/capx", "ghe.example.com")
    proxied = catalog(Opened(), "https://proxy.golang.org,direct")
    asked = proxied.sources(helm).retractions
    assert asked is not None
    assert asked.route == "goproxy:proxy.golang.org"
    assert proxied.sources(inside).retractions is None
    assert catalog(Opened()).sources(helm).retractions is None
