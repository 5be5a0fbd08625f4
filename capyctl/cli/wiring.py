"""Joins settings, table and adapters for one run: the one place that knows what stands behind a port."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from capyctl.adapters.askers import SerialAsker, ThreadedAsker
from capyctl.adapters.overrides import OverrideFolder
from capyctl.adapters.system_clock import SystemClock
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.targets import TargetFinder
from capyctl.cli.override_notes import override_notes
from capyctl.cli.run import Run
from capyctl.cli.styles import text_style
from capyctl.config.environment import Environment, read_environment
from capyctl.config.sections import CertManagerSettings, cert_manager_settings
from capyctl.config.settings import Settings, read_settings
from capyctl.config.table import load_table
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.invocation import Invocation
from capyctl.core.no_proxy import MalformedProxyError, ProxyRules, proxy_rules
from capyctl.core.provider_table import CertManagerDefaults, ProviderTable
from capyctl.core.userinfo import Userinfo
from capyctl.fetching.transcript import Transcript
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog
from capyctl.ports.clock import Clock
from capyctl.ports.clusterctl_facts import ClusterctlFacts
from capyctl.ports.fetch_errors import FetchError, OfflineError
from capyctl.ports.http import Credential, Expect, HttpRequest
from capyctl.ports.progress import Progress

if TYPE_CHECKING:
    from capyctl.adapters.http_client import HttpxClient
    from capyctl.app.emulate import Emulator

_DEADLINE = 30.0
_CONFIGURATION_LIMIT = 4 * 1024 * 1024


class ConfigurationFailedError(Exception):
    """The configuration cannot be used at all; ``diagnostics`` say why."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("the configuration cannot be used")
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a command about providers works with.

    Attributes:
        notes: what is to be said about the configuration in every command.
        cert_manager: which cert-manager an installation brings.
    """

    run: Run
    settings: Settings
    table: ProviderTable
    catalog: SourceCatalog
    asker: Asker
    clock: Clock
    transcript: Transcript
    cert_manager: CertManagerSettings
    overrides: OverrideFolder | None
    notes: tuple[Diagnostic, ...] = ()
    http: HttpxClient | None = field(default=None, repr=False)

    @property
    def invocation(self) -> Invocation:
        """The command as typed."""
        return Invocation(words=tuple(self.run.argv))

    def finder(self, *, all_types: bool = False) -> TargetFinder:
        """Finds targets in this run's table."""
        return TargetFinder(
            table=self.table,
            invocation=self.invocation,
            searched=self.settings.configuration.files,
            all_types=all_types,
        )

    def components(
        self, *, render: bool = False, raw: bool = False, target_namespace: str | None = None
    ) -> ComponentsPolicy:
        """How this command reads components files."""
        return ComponentsPolicy(
            lookup=self.settings.lookup.template_variable,
            render=render,
            raw=raw,
            target_namespace=target_namespace,
            image_overrides=self.settings.images,
            known_labels=frozenset(entry.key.manifest_label for entry in self.table.entries),
        )

    def evidence(self) -> tuple[Evidence, ...]:
        """Everything asked over the network so far."""
        return self.transcript.snapshot()

    def override_notes(self) -> tuple[Diagnostic, ...]:
        """Overrides that replaced a file, those that nothing used, and those in a folder that is not consulted."""
        return override_notes(self.overrides, self.settings.overrides)

    def kubeconfig(self) -> str | None:
        """The kubeconfig that kubectl would read, where one is there; it is looked for, not read."""
        environment = self.settings.environment
        named = environment.get("KUBECONFIG")
        default = f"{environment.home}/.kube/config" if environment.home else ""
        paths = named.split(os.pathsep) if named else [default]
        return next((path for path in paths if path and Path(path).is_file()), None)

    def listing_notes(self) -> tuple[Diagnostic, ...]:
        """Notes for commands that list versions: GOPROXY's meaning, and the snapshot's day."""
        return () if self.run.options.offline else self.settings.goproxy.notes


def open_world(run: Run) -> World:
    """Read the settings and the table, and build the sources. Asks nothing but for a remote configuration.

    Raises:
        ConfigurationFailedError: the configuration file or the table file cannot be used.
    """
    environment = read_environment(run.environ)
    clock = SystemClock()
    transcript = Transcript()
    run.transcript = transcript.snapshot
    online = _Online(run=run, environment=environment, clock=clock, transcript=transcript)
    try:
        settings = read_settings(environment, run.options.config, online.configuration)
    except FetchError as error:
        failure = Failure(error=error, provider=None, file=run.options.config)
        raise ConfigurationFailedError(diagnose_failures([failure], Severity.ERROR)) from error
    loaded = load_table(settings, run.options.providers)
    defaults = loaded.table.cert_manager or CertManagerDefaults(version="", url="")
    cert_manager, cert_problems = cert_manager_settings(
        settings.configuration, defaults, settings.local_rules, environment.get
    )
    problems = (*settings.problems, *loaded.problems, *cert_problems)
    if any(item.is_error for item in (*settings.configuration.problems, *loaded.problems)):
        raise ConfigurationFailedError(problems)
    overrides = OverrideFolder(Path(settings.overrides.path)) if settings.overrides.path else None
    asker: Asker = SerialAsker() if run.options.offline else ThreadedAsker()
    return World(
        run=run,
        settings=settings,
        table=loaded.table,
        catalog=online.catalog(settings, loaded.table, asker, overrides),
        asker=asker,
        clock=clock,
        transcript=transcript,
        cert_manager=cert_manager,
        overrides=overrides,
        notes=problems,
        http=online.http,
    )


def build_emulator(world: World) -> Emulator:
    """The emulation of clusterctl over this run's sources."""
    from capyctl.app.emulate import Emulator  # noqa: PLC0415 - only diagnose-provider pays for it
    from capyctl.core.emulation_components import ComponentsReader  # noqa: PLC0415

    goproxy = world.settings.goproxy.goproxy
    custom = world.cert_manager.origin != "default"
    return Emulator(
        table=world.table,
        facts=_facts(world),
        asker=world.asker,
        reader=ComponentsReader(world.settings.lookup.template_variable),
        goproxy=goproxy.value if goproxy is not None else None,
        cert_manager_url=world.cert_manager.url if custom else None,
        cert_manager_version=world.cert_manager.version if custom else None,
    )


@dataclass(slots=True, kw_only=True)
class _Online:
    """Builds the network side when it is first needed, so that offline runs import none of it."""

    run: Run
    environment: Environment
    clock: Clock
    transcript: Transcript
    http: HttpxClient | None = None

    def client(self) -> HttpxClient:
        """The one HTTP client of this run."""
        if self.http is None:
            self.http = _client(self.run, self.environment, self.clock, self.transcript)
            self.run.closers.append(self.http.close)
        return self.http

    def configuration(self, address: str) -> bytes:
        """The bytes of a remote configuration file.

        Raises:
            FetchError: as the client raises it; OfflineError without opening a socket.
        """
        if self.run.options.offline:
            evidence = Evidence(
                route="config", question=Question.FILE, outcome=Outcome.UNAVAILABLE, url=address
            )
            raise OfflineError(
                evidence, "a remote configuration file needs the network, and the run is offline"
            )
        request = HttpRequest(
            url=address,
            route="config",
            question=Question.FILE,
            expect=Expect.YAML,
            limit=_CONFIGURATION_LIMIT,
            last_resort=True,
        )
        return self.client().get(request).body

    def catalog(
        self, settings: Settings, table: ProviderTable, asker: Asker, overrides: OverrideFolder | None
    ) -> SourceCatalog:
        """The sources of this run."""
        if self.run.options.offline:
            from capyctl.adapters.snapshot import SnapshotSource  # noqa: PLC0415
            from capyctl.cli.offline_catalog import OfflineCatalog  # noqa: PLC0415

            former = {old: facts.canonical or old for old, facts in table.repositories.items()}
            return OfflineCatalog(snapshot=SnapshotSource(former_names=former), overrides=overrides)
        return _online_catalog(self.client(), settings, asker, overrides)


def _client(run: Run, environment: Environment, clock: Clock, transcript: Transcript) -> HttpxClient:
    from capyctl.adapters.http_client import HttpxClient  # noqa: PLC0415 - httpx costs every other command
    from capyctl.adapters.http_settings import HttpSettings, Trust  # noqa: PLC0415

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

    settings = HttpSettings(
        deadline=run.options.deadline or _DEADLINE,
        trust=Trust(
            ca_file=run.options.ca_file,
            cert_file=environment.get("SSL_CERT_FILE") or None,
            cert_dir=environment.get("SSL_CERT_DIR") or None,
        ),
        proxy_for=proxy_for,
    )
    return HttpxClient(settings, clock, transcript, _progress(run, clock))


def _progress(run: Run, clock: Clock) -> Progress:
    from capyctl.report.progress import NoProgress, TerminalProgress, TracingProgress  # noqa: PLC0415

    style = text_style(run.options, run.environ, sys.stderr)
    if run.options.debug:
        return TracingProgress(sys.stderr, style)
    if not run.is_terminal or run.options.quiet or run.options.output.value != "text":
        return NoProgress()
    progress = TerminalProgress(clock, sys.stderr, style, run.options.deadline or _DEADLINE)
    progress.start()
    run.closers.append(progress.close)
    return progress


def _online_catalog(
    http: HttpxClient, settings: Settings, asker: Asker, overrides: OverrideFolder | None
) -> SourceCatalog:
    from capyctl.adapters.goproxy_walk import GoProxySettings  # noqa: PLC0415
    from capyctl.adapters.remembering_client import RememberingClient  # noqa: PLC0415
    from capyctl.cli.online_catalog import ListingPolicy, OnlineCatalog  # noqa: PLC0415

    shared = RememberingClient(http)
    goproxy = settings.goproxy
    globs = tuple(found.value if found else None for found in (goproxy.gonoproxy, goproxy.goprivate))
    policy = ListingPolicy(
        goproxy=GoProxySettings(proxies=goproxy.proxies, private_globs=globs, netrc=_netrc(settings)),
        is_private=goproxy.is_private,
        is_default=goproxy.goproxy is None,
        strict=goproxy.strict,
    )
    gitlab = settings.tokens.gitlab
    return OnlineCatalog(
        shared, asker, policy, _github_credential(settings), gitlab.value if gitlab else None, overrides
    )


def _netrc(settings: Settings) -> dict[str, Userinfo]:
    from capyctl.adapters.goproxy_netrc import parse_netrc  # noqa: PLC0415

    environment = settings.environment
    path = environment.get("NETRC") or (f"{environment.home}/.netrc" if environment.home else None)
    try:
        text = Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, ValueError):
        text = ""
    return parse_netrc(text)


def _github_credential(settings: Settings) -> Callable[[str], Credential | None]:
    """The token of github.com goes to its API alone; an Enterprise host has variables of its own, as in ``gh``."""

    def credential(host: str) -> Credential | None:
        token, origin = settings.tokens.github, "GITHUB_TOKEN"
        value = token.value if token is not None else None
        origin = token.origin if token is not None else origin
        if host != "api.github.com":
            found = settings.environment.non_empty("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
            origin, value = found if found is not None else ("", None)
        if not value:
            return None
        return Credential(host=host, header="Authorization", value=f"Bearer {value}", origin=origin)

    return credential


def _facts(world: World) -> ClusterctlFacts:
    from capyctl.adapters.clusterctl_facts import NetworkFacts  # noqa: PLC0415
    from capyctl.cli.online_catalog import OnlineCatalog  # noqa: PLC0415

    catalog = world.catalog
    if not isinstance(catalog, OnlineCatalog):
        from capyctl.adapters.clusterctl_facts import NoFacts  # noqa: PLC0415

        return NoFacts()
    gitlab = world.settings.tokens.gitlab

    def gitlab_credential(host: str) -> Credential | None:
        if gitlab is None:
            return None
        return Credential(
            host=host, header="Authorization", value=f"Bearer {gitlab.value}", origin=gitlab.origin
        )

    base = world.settings.overrides.path

    def override_path(label: str, version: str, file: str) -> Path | None:
        safe = all(part not in {"", ".", ".."} and "/" not in part for part in (label, version, file))
        return Path(base) / label / version / file if base and safe else None

    return NetworkFacts(
        http=catalog.http,
        api_versions=catalog.api_versions,
        api_releases=catalog.api_releases,
        api_files=catalog.api_files,
        downloads=catalog.downloads,
        gitlab_credential=gitlab_credential,
        override_path=override_path,
    )
