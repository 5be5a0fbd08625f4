"""The network side of a run, built when it is first needed, so that offline runs import none of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct, field

from capyctl.config.environment import Environment
from capyctl.config.settings import Settings
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.location import GitHubReleases
from capyctl.core.no_proxy import MalformedProxyError, ProxyRules, proxy_rules
from capyctl.core.provider_table import ProviderTable, TableEntry
from capyctl.core.repr_without import repr_without
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog
from capyctl.ports.fetch_errors import OfflineError
from capyctl.ports.fetcher import FileSource, RepositorySource
from capyctl.ports.http import Expect, HttpClient, HttpRequest
from capyctl.wiring.credentials import github_credential, read_netrc
from capyctl.wiring.request import WorldRequest

if TYPE_CHECKING:
    from capyctl.adapters.http_client import HttpxClient
    from capyctl.adapters.http_settings import Trust
    from capyctl.adapters.overrides import OverrideFolder
    from capyctl.adapters.snapshot import SnapshotSource
    from capyctl.ports.cache import Cache
    from capyctl.ports.clock import Clock
    from capyctl.ports.registry import Registry
    from capyctl.wiring.http_sources import HttpSources

_CONFIGURATION_LIMIT = 4 * 1024 * 1024
_ABOUT_THE_WORLD = frozenset({"diagnose-provider", "versions", "lock"})


class Network(Struct, kw_only=True):
    """The one HTTP client of a run and what stands on it."""

    request: WorldRequest
    clock: Clock
    cache: Cache | None = None
    _client: HttpxClient | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __repr__(self) -> str:
        return repr_without(self, "_client", "_lock")

    def configuration(self, address: str) -> bytes:
        """The bytes of a remote configuration file.

        Raises:
            FetchError: as the client raises it; OfflineError without opening a socket.
        """
        if self.request.offline:
            evidence = Evidence(
                route="config", question=Question.FILE, outcome=Outcome.UNAVAILABLE, url=address
            )
            raise OfflineError(
                evidence, "a remote configuration file needs the network, and the run is offline"
            )
        question = HttpRequest(
            url=address,
            route="config",
            question=Question.FILE,
            expect=Expect.YAML,
            limit=_CONFIGURATION_LIMIT,
            last_resort=True,
        )
        return self.client().get(question).body

    def catalog(
        self, settings: Settings, table: ProviderTable, asker: Asker, overrides: OverrideFolder | None
    ) -> SourceCatalog:
        """The sources of this run."""
        if self.request.offline:
            return self._offline_catalog(settings, table, asker, overrides)
        from capyctl.wiring.online_catalog import OnlineCatalog  # noqa: PLC0415 - start-up budget

        # Where listing is forbidden, a list that is kept is still one (cli.md 2).
        kept = self._kept_sources(settings, asker) if settings.goproxy.strict else None
        return OnlineCatalog(self._sources(self._asking(), settings, asker), overrides, kept)

    def _offline_catalog(
        self, settings: Settings, table: ProviderTable, asker: Asker, overrides: OverrideFolder | None
    ) -> SourceCatalog:
        from capyctl.wiring.offline_catalog import OfflineCatalog  # noqa: PLC0415 - start-up budget

        return OfflineCatalog(
            snapshot=_snapshot(table),
            overrides=overrides,
            kept=self._kept_sources(settings, asker),
            thorough=self._asks_anew,
        )

    def held_files(
        self, settings: Settings, table: ProviderTable, asker: Asker
    ) -> Callable[[TableEntry], Iterable[FileSource]]:
        """What this machine keeps of a provider's files, as this run would ask for them; nobody is asked.

        The snapshot stands behind the cache without network alone (cli.md 6).
        """
        kept = self._kept_sources(settings, asker)
        snapshot = _snapshot(table) if self.request.offline else None

        def held(entry: TableEntry) -> Iterable[FileSource]:
            if kept is not None:
                yield from (make() for make in kept.file_routes(entry.location))
            if kept is not None and self.cache is not None:
                from capyctl.fetching.had_files import HadFiles  # noqa: PLC0415 - start-up budget

                yield HadFiles(self.cache, kept.fingerprint_of)
            if snapshot is not None:
                yield snapshot

        return held

    def held_repository(
        self, settings: Settings, asker: Asker
    ) -> Callable[[TableEntry], RepositorySource | None]:
        """What this machine keeps of what a forge said of a repository; nobody is asked."""
        kept = self._kept_sources(settings, asker)

        def held(entry: TableEntry) -> RepositorySource | None:
            is_github = isinstance(entry.location, GitHubReleases)
            return kept.api_repository() if kept is not None and is_github else None

        return held

    def _kept_sources(self, settings: Settings, asker: Asker) -> HttpSources | None:
        """The sources over what is kept; nobody is asked."""
        if self.cache is None:
            return None
        from capyctl.adapters.kept_client import KeptClient  # noqa: PLC0415 - start-up budget

        kept = KeptClient(self.cache, self.request.transcript)
        return self._sources(kept, settings, asker, holds=kept.holds)

    @property
    def _asks_anew(self) -> bool:
        """Whether this command is about the world as it is now, so that no kept absence stands for an answer."""
        return self.request.invocation.name.partition(" ")[0] in _ABOUT_THE_WORLD

    def _asking(self) -> HttpClient:
        """The client of a run with network: what was asked in this run, what is kept, the network."""
        from capyctl.adapters.deferred_client import DeferredClient  # noqa: PLC0415 - start-up budget
        from capyctl.adapters.remembering_client import RememberingClient  # noqa: PLC0415 - the same

        client: HttpClient = DeferredClient(self.client)
        if self.cache is not None:
            from capyctl.adapters.caching_client import CachingClient  # noqa: PLC0415 - the same

            client = CachingClient(
                client,
                self.cache,
                self.clock,
                self.request.transcript,
                believes_absence=not self._asks_anew and self.request.locked is None,
            )
        return RememberingClient(client)

    def _sources(
        self,
        http: HttpClient,
        settings: Settings,
        asker: Asker,
        holds: Callable[[HttpRequest], bool] | None = None,
    ) -> HttpSources:
        """The sources over a client, as GOPROXY and the credentials of this run allow them.

        ``holds`` says what is kept, where nobody but the cache is asked.
        Where nobody is asked, GOPROXY=off hides no list that is kept: GOPROXY never decides which version is chosen.
        """
        from capyctl.adapters.goproxy_walk import GoProxySettings  # noqa: PLC0415 - start-up budget
        from capyctl.wiring.http_sources import HttpSources, ListingPolicy, SourceSettings  # noqa: PLC0415

        goproxy, asks = settings.goproxy, holds is None
        proxies = goproxy.proxies if asks or goproxy.proxies.entries else parse_goproxy(None)
        globs = tuple(found.value if found else None for found in (goproxy.gonoproxy, goproxy.goprivate))
        netrc = read_netrc(settings.environment)
        gitlab = settings.tokens.gitlab
        wanted = SourceSettings(
            policy=ListingPolicy(
                goproxy=GoProxySettings(proxies=proxies, private_globs=globs, netrc=netrc),
                is_private=goproxy.is_private,
                is_default=goproxy.goproxy is None or proxies.is_default,
                strict=goproxy.strict,
            ),
            credential_for=github_credential(settings),
            clock=self.clock,
            registry=partial(self._registry, asks=asks),
            gitlab_token=gitlab.value if gitlab else None,
            cache=self.cache,
            remembers=asks,
            holds=holds,
        )
        return HttpSources(http, asker, wanted)

    def _registry(self, *, asks: bool) -> Registry:
        from capyctl.wiring.registry import artifact_registry  # noqa: PLC0415 - start-up budget

        return artifact_registry(self, asks=asks)

    def client(self) -> HttpxClient:
        """The one HTTP client of this run, whoever needs it first; it is closed with the run."""
        with self._lock:
            if self._client is None:
                self._client = self._new_client()
                self.request.at_end(self._client.close)
            return self._client

    def _new_client(self) -> HttpxClient:
        from capyctl.adapters.http_client import HttpxClient  # noqa: PLC0415 - httpx costs other commands
        from capyctl.adapters.http_settings import HttpSettings  # noqa: PLC0415 - the same
        from capyctl.report.progress import NoProgress  # noqa: PLC0415 - the same

        trust = trust_of(self.request)
        settings = HttpSettings(
            deadline=self.request.deadline, trust=trust, proxy_for=proxy_chooser(self.request.environment)
        )
        progress = self.request.progress(self.clock) if self.request.progress is not None else NoProgress()
        return HttpxClient(settings, self.clock, self.request.transcript, progress)


def _snapshot(table: ProviderTable) -> SnapshotSource:
    """The embedded snapshot, which knows repositories by the names that they have today."""
    from capyctl.adapters.snapshot import SnapshotSource  # noqa: PLC0415 - start-up budget

    former = {old: facts.canonical or old for old, facts in table.repositories.items()}
    return SnapshotSource(former_names=former)


def proxy_chooser(environment: Environment) -> Callable[[str], str | None]:
    """Which proxy an address is reached through, with its credential, as the proxy variables say."""
    try:
        rules = proxy_rules(environment.get)
    except MalformedProxyError:
        rules = ProxyRules()  # read_settings reports it

    def proxy_for(url: str) -> str | None:
        proxy = rules.proxy_for(url)
        if proxy is None or proxy.userinfo is None:
            return proxy.url if proxy is not None else None
        scheme, _, rest = proxy.url.partition("://")
        user, password = quote(proxy.userinfo.user, safe=""), quote(proxy.userinfo.password, safe="")
        return f"{scheme}://{user}:{password}@{rest}"

    return proxy_for


def trust_of(request: WorldRequest) -> Trust:
    """The certificate authorities besides the system's (cli.md 2)."""
    from capyctl.adapters.http_settings import Trust  # noqa: PLC0415 - start-up budget

    return Trust(
        ca_file=request.ca_file,
        cert_file=request.environment.get("SSL_CERT_FILE") or None,
        cert_dir=request.environment.get("SSL_CERT_DIR") or None,
    )
