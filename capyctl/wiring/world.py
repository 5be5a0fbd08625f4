"""The world of one run: settings, table, sources and what was asked; opened without asking anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.askers import PatientAsker, SerialAsker, ThreadedAsker
from capyctl.adapters.missing_file import is_missing, is_no_file
from capyctl.adapters.system_clock import SystemClock
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.config.sections import CertManagerSettings, cert_manager_settings
from capyctl.config.settings import Settings, read_settings, unusable_prohibition
from capyctl.config.table import load_table
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence, without_query
from capyctl.core.invocation import Invocation
from capyctl.core.provider_table import CertManagerDefaults, ProviderTable
from capyctl.fetching.transcript import Transcript
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog
from capyctl.ports.fetch_errors import FetchError
from capyctl.wiring.cache_folder import open_cache, readings_of
from capyctl.wiring.network import Network
from capyctl.wiring.request import WorldRequest

if TYPE_CHECKING:
    from capyctl.adapters.overrides import OverrideFolder
    from capyctl.app.inspection import ComponentsPolicy
    from capyctl.app.targets import TargetFinder
    from capyctl.core.lock import Lock
    from capyctl.ports.cache import Cache
    from capyctl.ports.clock import Clock
    from capyctl.ports.readings import Readings
    from capyctl.wiring.locked import LockedRun


class ConfigurationFailedError(Exception):
    """The configuration cannot be used at all; ``diagnostics`` say why."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("the configuration cannot be used")
        self.diagnostics = diagnostics


class World(Struct, frozen=True, kw_only=True):
    """Everything a service about providers works with.

    Attributes:
        notes: what is to be said about the configuration in every command.
        cert_manager: which cert-manager an installation brings. request: what the run was told.
        network: for questions that are not the catalog's.
        cache, readings: what is kept between runs; None where nothing is. locked: the lock that this run is bound to.
    """

    invocation: Invocation
    offline: bool
    settings: Settings
    table: ProviderTable
    catalog: SourceCatalog
    asker: Asker
    clock: Clock
    transcript: Transcript
    cert_manager: CertManagerSettings
    overrides: OverrideFolder | None
    request: WorldRequest
    network: Network
    cache: Cache | None = None
    readings: Readings | None = None
    notes: tuple[Diagnostic, ...] = ()
    locked: LockedRun | None = None

    def finder(self, *, all_types: bool = False, lock: Lock | None = None) -> TargetFinder:
        """Finds targets in this run's table; a lock, else the run's, knows addresses that the table lacks."""
        from capyctl.app.targets import TargetFinder  # noqa: PLC0415 - commands about a cluster need none

        known = lock or (self.locked.lock if self.locked is not None else None)
        entries = known.providers if known is not None else ()
        return TargetFinder(
            table=self.table,
            addresses={each.provider: without_query(each.repository.url) for each in entries},
            invocation=self.invocation,
            searched=self.settings.configuration.files,
            all_types=all_types,
        )

    def components(
        self,
        *,
        render: bool = False,
        raw: bool = False,
        target_namespace: str | None = None,
        kept: frozenset[str] = frozenset(),
        objects: bool = True,
    ) -> ComponentsPolicy:
        """How this run reads the files of releases; ``objects``: whether those of rendered files are wanted."""
        from capyctl.app.inspection import ComponentsPolicy  # noqa: PLC0415 - as above

        return ComponentsPolicy(
            lookup=self.settings.lookup.template_variable,
            render=render,
            raw=raw,
            target_namespace=target_namespace,
            image_overrides=self.settings.images,
            known_labels=frozenset(entry.key.manifest_label for entry in self.table.entries),
            kept=kept,
            objects=objects,
            readings=self.readings,
        )

    def evidence(self) -> tuple[Evidence, ...]:
        """Everything asked over the network so far."""
        return self.transcript.snapshot()

    def override_notes(self) -> tuple[Diagnostic, ...]:
        """Overrides that replaced a file, those that nothing used, and those in a folder that is not consulted."""
        if self.overrides is None and not self.settings.overrides.unused:
            return ()
        from capyctl.wiring.override_notes import override_notes  # noqa: PLC0415 - start-up budget

        return override_notes(self.overrides, self.settings.overrides)

    def kubeconfig(self) -> str | None:
        """The kubeconfig that kubectl would read, where one is there; it is looked for, not read."""
        environment = self.settings.environment
        named = environment.get("KUBECONFIG")
        default = f"{environment.home}/.kube/config" if environment.home else ""
        paths = named.split(os.pathsep) if named else [default]
        return next((path for path in paths if path and not is_no_file(path)), None)

    def may_name_a_cluster(self) -> bool:
        """Whether a kubeconfig or a pod around this run may name a cluster where no option does; looked for, not read.

        Who knows that there is none needs no client for clusters, which costs a socket when it is imported.
        """
        environment = self.settings.environment
        default = f"{environment.home}/.kube/config" if environment.home else ""
        named = environment.get("KUBECONFIG") or environment.get("KUBERNETES_SERVICE_HOST")
        return bool(named) or bool(default and not is_missing(default))

    def listing_notes(self) -> tuple[Diagnostic, ...]:
        """What is said about GOPROXY by everything that lists versions; nothing offline, and nothing under a lock."""
        return () if self.offline or self.locked is not None else self.settings.goproxy.notes


def _no_authorities(path: str) -> Diagnostic:
    return Diagnostic(
        code=codes.SETTING_INVALID,
        severity=Severity.ERROR,
        detail=f"--ca-file names {path}, and there is no such file.",
        subject=Subject(file=path),
    )


def _settings(request: WorldRequest, network: Network) -> Settings:
    try:
        return read_settings(request.environment, request.config, network.configuration)
    except FetchError as error:
        from capyctl.core.shown_address import shown_address  # noqa: PLC0415 - start-up budget

        failure = Failure(error=error, provider=None, file=shown_address(request.config or ""))
        raise ConfigurationFailedError(diagnose_failures([failure], Severity.ERROR)) from error


def open_world(request: WorldRequest) -> World:
    """Read the settings and the table, and build the sources. Asks nothing but for a remote configuration.

    Raises:
        ConfigurationFailedError: the configuration file, the table file, the lock or the bundle cannot be used, or
            a prohibition cannot.
    """
    if request.ca_file is not None and is_no_file(request.ca_file):
        raise ConfigurationFailedError((_no_authorities(request.ca_file),))
    if unusable := unusable_prohibition(request.environment):
        raise ConfigurationFailedError(unusable)
    clock = SystemClock()
    is_carried = request.bundle is not None
    cache = open_cache(request, clock) if not is_carried else None
    network = Network(
        request=replace(request, offline=request.offline or is_carried), clock=clock, cache=cache
    )
    settings = _settings(request, network)
    loaded = load_table(settings, request.providers)
    defaults = loaded.table.cert_manager or CertManagerDefaults(version="", url="")
    cert_manager, cert_problems = cert_manager_settings(
        settings.configuration, defaults, settings.local_rules, request.environment.get
    )
    problems = (*settings.problems, *loaded.problems, *cert_problems)
    if any(item.is_error for item in (*settings.configuration.problems, *loaded.problems)):
        raise ConfigurationFailedError(problems)
    overrides = _overrides(settings.overrides.path)
    asker = _asker(network.request)
    world = World(
        invocation=request.invocation,
        offline=request.offline,
        settings=settings,
        table=loaded.table,
        catalog=network.catalog(settings, loaded.table, asker, overrides),
        asker=asker,
        clock=clock,
        transcript=request.transcript,
        cert_manager=cert_manager,
        overrides=overrides,
        request=request,
        network=network,
        cache=cache,
        readings=readings_of(cache) if cache is not None else None,
        notes=problems,
    )
    return _bound(world, request)


def _asker(request: WorldRequest) -> Asker:
    if request.offline:
        return SerialAsker()
    return PatientAsker() if request.invocation.name == "lock" else ThreadedAsker()


def _overrides(path: str | None) -> OverrideFolder | None:
    """The folder of overrides; None where there is none, which is not said of one that cannot be looked at."""
    if not path or is_missing(path):
        return None
    from capyctl.adapters.overrides import OverrideFolder  # noqa: PLC0415 - start-up budget

    return OverrideFolder(Path(path))


def _bound(world: World, request: WorldRequest) -> World:
    """The world as it was asked for: as it is, or bound to a lock or a bundle."""
    if request.bundle is not None:
        from capyctl.wiring.bundled import bind_to_bundle  # noqa: PLC0415 - start-up budget

        return bind_to_bundle(world, request.bundle)
    if request.locked is None:
        return world
    from capyctl.wiring.locked import bind_to_lock  # noqa: PLC0415 - start-up budget

    return bind_to_lock(world, request.locked)
