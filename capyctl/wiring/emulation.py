"""The emulation of clusterctl over the sources of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from capyctl.adapters.clusterctl_facts import FactsWithoutLists, NetworkFacts, NoFacts
from capyctl.app.emulate import Emulator
from capyctl.core.emulation_components import ComponentsReader
from capyctl.ports.clusterctl_facts import ClusterctlFacts
from capyctl.wiring.credentials import gitlab_credential
from capyctl.wiring.world import World

if TYPE_CHECKING:
    from capyctl.wiring.http_sources import HttpSources


def build_emulator(world: World) -> Emulator:
    """The emulation over this run's sources; offline it knows nothing and says so."""
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


def _facts(world: World) -> ClusterctlFacts:
    if world.offline:
        return NoFacts()
    from capyctl.wiring.online_catalog import OnlineCatalog  # noqa: PLC0415 - httpx, which offline runs spare

    catalog = world.catalog
    if not isinstance(catalog, OnlineCatalog):
        return NoFacts()
    asked = _network_facts(world, catalog.over_http)
    if not world.settings.goproxy.strict:
        return asked
    # What may not be listed for the verdict is not listed for clusterctl's answer either (cli.md 2).
    kept = catalog.kept
    return FactsWithoutLists(asked=asked, held=_network_facts(world, kept) if kept is not None else NoFacts())


def _network_facts(world: World, sources: HttpSources) -> NetworkFacts:
    base = world.settings.overrides.path

    def override_path(label: str, version: str, file: str) -> Path | None:
        safe = all(part not in {"", ".", ".."} and "/" not in part for part in (label, version, file))
        return Path(base) / label / version / file if base and safe else None

    return NetworkFacts(
        http=sources.http,
        api_versions=sources.api_versions(),
        api_releases=sources.api_releases(),
        api_files=sources.api_files(),
        downloads=sources.downloads(),
        gitlab_credential=gitlab_credential(world.settings),
        override_path=override_path,
    )
