"""Planning an upgrade: for each contract, the next version of every installed provider (clusterctl-cluster 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field

from capyctl.app.cluster_inventory import ClusterInventory
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.own_metadata import MetadataReader, OwnMetadata
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.resolve import Resolver
from capyctl.app.upgrade_findings import is_settled, newest_metadata
from capyctl.app.upgrade_report import Planned, report_upgrade
from capyctl.app.upgrade_steps import Path, StepFinder
from capyctl.app.upgrade_subject import KnownProvider, LockTerms, UpgradeSubject, upgrade_subjects
from capyctl.core.contract import NEWEST_CORE_CONTRACT, Contract, accepted_contracts, is_contract_name
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.kubernetes_support import KubernetesSupport
from capyctl.core.kubernetes_version import ServerVersion
from capyctl.core.provider_table import ProviderTable
from capyctl.core.selection import Judgement
from capyctl.core.upgrade_plan import UpgradePlan
from capyctl.core.upgrade_terms import UpgradeTerms
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog

_Resolutions = Mapping[UpgradeSubject, ProviderResolution]


class PlannedUpgrade(Struct, frozen=True, kw_only=True):
    """A plan, everything that is to be said about it, and everything that was asked."""

    plan: UpgradePlan
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...]


class UpgradePlanner(Struct, frozen=True, kw_only=True):
    """Plans upgrades; constructing it asks nothing.

    Attributes:
        server: the cluster's Kubernetes, None where it is not known.
        stated: contracts of installed definitions by manifest label, for providers without a known source (F64).
        lock: the one that the plan is bound to; ``table`` and ``catalog`` are bound to it already.
    """

    catalog: SourceCatalog
    asker: Asker
    components: ComponentsPolicy
    table: ProviderTable
    support: KubernetesSupport
    server: ServerVersion | None
    invocation: Invocation
    stated: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lock: LockTerms | None = None

    def plan(self, cluster: ClusterInventory) -> PlannedUpgrade:
        """The plan of a cluster with exactly one core provider.

        Two rounds as in resolving, and further ones only for another contract, for hops, and for the own metadata
        of versions that newer files say nothing about.
        """
        subjects = upgrade_subjects(cluster, self.table, self.lock)
        core = next((each for each in subjects if each.is_core), None)
        asked = [each for each in subjects if each.known is not None and not each.known.is_held]
        newest = self._resolve_all([(each, NEWEST_CORE_CONTRACT, {}) for each in asked])
        first = dict(zip(asked, newest, strict=True))
        current, contracts = _contracts(core, first, cluster.storage)
        found = {NEWEST_CORE_CONTRACT: first, **self._others(first, contracts)}
        paths = self._paths({contract: found[contract] for contract in contracts})
        held = [each for each in subjects if each.known is not None and each.known.is_held]
        unknown = _unknown_contracts(first, found, contracts, current)
        unknown += held if set(contracts) - {current} else []
        own = self._own_metadata(unknown, first)
        planned = Planned(
            subjects=subjects,
            first=first,
            by_contract={contract: found[contract] for contract in contracts},
            paths=paths,
            own={subject: _own_contract(subject, read, first) for subject, read in own.items()},
            current=current,
            stated=self.stated,
        )
        plan, diagnostics = report_upgrade(planned, self.support, self.server, self.invocation)
        evidence = [piece for each in found.values() for item in each.values() for piece in item.evidence]
        evidence += [piece for read in own.values() for piece in read.replies.evidence]
        return PlannedUpgrade(plan=plan, diagnostics=diagnostics, evidence=tuple(dict.fromkeys(evidence)))

    def _others(self, first: _Resolutions, contracts: Iterable[str]) -> dict[str, _Resolutions]:
        """The same for the other contracts, in the light of the newest metadata that the first round brought."""
        wanted = [
            (subject, contract, _stated(resolution))
            for contract in contracts
            if contract != NEWEST_CORE_CONTRACT
            for subject, resolution in first.items()
        ]
        found: dict[str, dict[UpgradeSubject, ProviderResolution]] = {
            contract: {} for contract in contracts if contract != NEWEST_CORE_CONTRACT
        }
        for (subject, contract, _), resolution in zip(wanted, self._resolve_all(wanted), strict=True):
            found[contract][subject] = resolution
        return dict(found)

    def _resolve_all(
        self, wanted: Sequence[tuple[UpgradeSubject, str, Mapping[tuple[int, int], str]]]
    ) -> tuple[ProviderResolution, ...]:
        return self._resolve(
            [
                subject.known.wanted(_terms(subject.known, contract, stated))
                for subject, contract, stated in wanted
                if subject.known is not None
            ]
        )

    def _resolve(self, targets: Sequence[Target]) -> tuple[ProviderResolution, ...]:
        if not targets:
            return ()
        resolver = Resolver(catalog=self.catalog, asker=self.asker, components=self.components)
        return resolver.resolve(ResolveRequest(targets=tuple(targets)))

    def _own_metadata(
        self, subjects: Iterable[UpgradeSubject], first: _Resolutions
    ) -> dict[UpgradeSubject, OwnMetadata]:
        known = [(each, each.known) for each in subjects if each.known is not None]
        calls = [partial(self._read_own, item, first.get(each)) for each, item in known]
        answers = self.asker.together(calls) if calls else []
        return {each: answer for (each, _), answer in zip(known, answers, strict=True)}

    def _read_own(self, known: KnownProvider, resolution: ProviderResolution | None) -> OwnMetadata:
        listing = resolution.listing if resolution is not None else None
        reader = MetadataReader(
            target=known.target,
            sources=self.catalog.sources(known.entry),
            asker=self.asker,
            public=listing is not None and listing.is_known_public,
        )
        return reader.read_all([known.version])[known.version.tag]

    def _paths(self, found: Mapping[str, _Resolutions]) -> dict[tuple[str, UpgradeSubject], Path]:
        paths = {
            (contract, subject): _path(subject.known, contract, resolution, resolution.chosen)
            for contract, resolutions in found.items()
            for subject, resolution in resolutions.items()
            if subject.known is not None and resolution.chosen is not None
        }
        server = self.server.effective if self.server is not None else None
        StepFinder(resolve=self._resolve, support=self.support, server=server).walk(list(paths.values()))
        return paths


def _path(known: KnownProvider, contract: str, resolution: ProviderResolution, final: Judgement) -> Path:
    path = Path(known=known, terms=_terms(known, contract, _stated(resolution)), final=final)
    if known.pin is not None:
        path.stuck = path.limit is not None and final.version.minor > path.limit
    return path


def _terms(known: KnownProvider, contract: str, stated: Mapping[tuple[int, int], str]) -> UpgradeTerms:
    return UpgradeTerms(installed=known.version, accepted=accepted_contracts(contract), stated=stated)


def _stated(resolution: ProviderResolution) -> Mapping[tuple[int, int], str]:
    """Contracts by series as the newest file that was read states them."""
    newest = newest_metadata(resolution)
    return {series.number: series.contract for series in newest[1].series} if newest is not None else {}


def _contracts(
    core: UpgradeSubject | None, first: _Resolutions, storage: str | None
) -> tuple[str, tuple[str, ...]]:
    """The core's contract, and all that its series from the installed one on have (5.3 step 4).

    Where nothing newer tells the core's contract, it is the version in which the cluster stores its Clusters.
    """
    fallback = storage if storage is not None and is_contract_name(storage) else NEWEST_CORE_CONTRACT
    resolution = first.get(core) if core is not None else None
    newest = newest_metadata(resolution) if resolution is not None else None
    if core is None or core.known is None or newest is None:
        return fallback, (fallback,)
    version = core.known.version
    series = newest[1].series_for(version)
    current = series.contract if series is not None and is_contract_name(series.contract) else fallback
    names = {each.contract for each in newest[1].series if each.number >= version.series}
    known = {name for name in (*names, current) if is_contract_name(name)}
    return current, tuple(str(each) for each in sorted(Contract(name) for name in known))


def _unknown_contracts(
    first: _Resolutions,
    found: Mapping[str, _Resolutions],
    contracts: Iterable[str],
    current: str,
) -> list[UpgradeSubject]:
    """Providers whose installed version's own file has to be read: it is forgotten, or it has to fit as it is."""
    wanted = []
    for subject, resolution in first.items():
        newest = newest_metadata(resolution)
        known = subject.known
        listed = newest is not None and known is not None and newest[1].series_for(known.version) is not None
        forgotten = newest is not None and not listed
        stays = any(
            found[contract][subject].chosen is None and is_settled(found[contract][subject])
            for contract in contracts
            if contract != current
        )
        if forgotten or (stays and not listed):
            wanted.append(subject)
    return wanted


def _own_contract(subject: UpgradeSubject, read: OwnMetadata, first: _Resolutions) -> str | None:
    known = subject.known
    if known is None:
        return None
    resolution = first.get(subject)
    newest = newest_metadata(resolution) if resolution is not None else None
    files = [read.metadata, newest[1] if newest is not None else None]
    found = (file.series_for(known.version) for file in files if file is not None)
    return next((series.contract for series in found if series is not None), None)
