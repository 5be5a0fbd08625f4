"""Services on a management cluster's providers: what is installed, and what an upgrade would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct

from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.cluster_inventory import ClusterInventory, read_inventory
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.side_by_side import SideBySide
from capyctl.app.upgrade_apply.definitions import read_stated_contracts
from capyctl.app.upgrade_planning import PlannedUpgrade, UpgradePlanner
from capyctl.app.upgrade_subject import LockTerms
from capyctl.config.support_file import read_kubernetes_support
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Collection
from capyctl.core.cert_manager import (
    CERT_MANAGER_GROUP,
    OWNED_DEPLOYMENTS,
    InstalledCertManager,
    cert_manager_note,
    installed_cert_manager,
)
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderType
from capyctl.core.inventory import PROVIDER_LABEL, InstalledProvider
from capyctl.core.kubernetes_version import ServerVersion, parse_server_version
from capyctl.core.rules.inventory import core_count_problem, no_inventory, older_contract, repeated_providers
from capyctl.core.rules.operator import operator_findings
from capyctl.core.upgrade_plan import UpgradePlan, installed_providers
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.served import Served, served
from capyctl.wiring.world import World


class ClusterFacts(Struct, frozen=True, kw_only=True):
    """What a plan on a cluster rests on.

    Attributes:
        server: None where it could not be read, from ``server_evidence``.
        failures: of what was asked beside the inventory.
    """

    inventory: ClusterInventory
    server: ServerVersion | None
    cert_manager: InstalledCertManager
    failures: tuple[ApiFailure, ...]
    evidence: tuple[Evidence, ...]
    server_evidence: tuple[Evidence, ...] = ()

    @property
    def unreadable(self) -> tuple[Diagnostic, ...]:
        """What the cluster did not tell, as errors; an inventory that cannot be read is not an empty one."""
        beside = (each for each in self.failures if each.trouble is not ApiTrouble.FORBIDDEN)
        return diagnose_readings((*self.inventory.failures, *beside), about="the installed providers")

    @property
    def withheld(self) -> tuple[Diagnostic, ...]:
        """What these credentials may not read beside the inventory: a plan can do without it, and says so."""
        refused = [each for each in self.failures if each.trouble is ApiTrouble.FORBIDDEN]
        return diagnose_readings(
            refused, about="the server's version or cert-manager", severity=Severity.WARNING
        )


def read_cluster_facts(reader: ClusterReader) -> ClusterFacts:
    """Five questions in two rounds where no operator is: the inventory's three, ``/version``, cert-manager."""
    group = SideBySide()
    recorded = group.put(partial(read_inventory, reader))
    told = group.put(partial(reader.read, ApiRequest(path="/version")))
    listed = group.put(partial(reader.listed, OWNED_DEPLOYMENTS))
    group.ask(reader.asker)
    inventory, version, deployments = recorded.answer, told.answer, listed.answer
    served = CERT_MANAGER_GROUP in inventory.discovery.groups
    return ClusterFacts(
        inventory=inventory,
        server=parse_server_version(version.value) if version.value is not None else None,
        cert_manager=installed_cert_manager(deployments.value or (), served=served),
        failures=tuple(each for each in (version.failure, deployments.failure) if each is not None),
        evidence=(*inventory.evidence, *version.evidence, *deployments.evidence),
        server_evidence=version.evidence,
    )


def plan_upgrade(world: World, cluster: Cluster) -> Served[UpgradePlan]:
    """What an upgrade of the cluster's providers would do; nothing is written."""
    facts = read_cluster_facts(cluster.reader)
    if facts.unreadable:
        return served(world, UpgradePlan(), facts.unreadable, facts.evidence)
    inventory = facts.inventory
    said = [*cluster.notes, *facts.withheld, *operator_findings(inventory.operator)]
    installed = [each for each, _ in installed_providers(inventory.inventory.entries, inventory.operator)]
    if not installed:
        said += [no_inventory(inventory.storage)] if inventory.has_cluster_api else []
        return served(world, UpgradePlan(), said, facts.evidence)
    said += repeated_providers(inventory.inventory.repeated)
    count, asked = core_count(cluster.reader, installed)
    if count is not None:
        return served(world, UpgradePlan(), (*said, count), (*facts.evidence, *asked))
    older = older_contract(inventory.storage) if inventory.storage is not None else None
    note = cert_manager_note(facts.cert_manager, world.cert_manager.version)
    differing = _against_lock(world, installed)
    said += differing
    if any(each.is_error for each in differing):
        return served(world, UpgradePlan(), said, (*facts.evidence, *world.evidence()))
    stated = stated_contracts(world, cluster.reader, installed)
    planned = plan_of(world, facts, stated)
    said += [each for each in (older, note) if each is not None]
    return served(
        world,
        planned.plan,
        (*said, *planned.diagnostics),
        (*facts.evidence, *world.evidence(), *planned.evidence),
    )


def plan_of(
    world: World, facts: ClusterFacts, stated: Mapping[str, frozenset[str]] | None = None
) -> PlannedUpgrade:
    """The plan, once the cluster has been read; ``stated`` are contracts of installed definitions by label (F64)."""
    return UpgradePlanner(
        catalog=world.catalog,
        asker=world.asker,
        components=world.components(),
        table=world.table,
        support=read_kubernetes_support(),
        server=facts.server,
        invocation=world.invocation,
        stated=stated or {},
        lock=_lock_terms(world),
    ).plan(facts.inventory)


def _lock_terms(world: World) -> LockTerms | None:
    """The lock as a plan looks at it."""
    run = world.locked
    return LockTerms(said=run.origin.said, labels=frozenset(run.labels)) if run is not None else None


def _against_lock(world: World, installed: Sequence[InstalledProvider]) -> tuple[Diagnostic, ...]:
    """What differs from the lock of what a plan would go to."""
    if world.locked is None:
        return ()
    from capyctl.wiring.locked_upgrade import compare_upgrades  # noqa: PLC0415 - runs without a lock need none

    return compare_upgrades(world, installed)


def stated_contracts(
    world: World, reader: ClusterReader, installed: Iterable[InstalledProvider]
) -> Mapping[str, frozenset[str]]:
    """What the definitions in the cluster state, asked for only where a provider has no known source (F64).

    A lock has the metadata of its own versions alone, so that under one they are always asked for.
    """
    keys = [each.key for each in installed if each.key is not None]
    if world.locked is None and all(world.table.get(key) is not None for key in keys):
        return {}
    return read_stated_contracts(reader).by_label


def core_count(
    reader: ClusterReader, installed: Iterable[InstalledProvider]
) -> tuple[Diagnostic | None, tuple[Evidence, ...]]:
    """Not exactly one core (F63), found before anything is planned; only then its Deployments are looked for."""
    cores = [each for each in installed if each.type is ProviderType.CORE]
    if len(cores) < 2:
        return core_count_problem(cores), ()
    listed = reader.listed(
        Collection(
            path="/apis/apps/v1/deployments",
            label_selector=f"{PROVIDER_LABEL}=cluster-api",
            metadata_only=True,
        )
    )
    with_deployment = frozenset(each.namespace for each in listed.value) if listed.value is not None else None
    return core_count_problem(cores, with_deployment), listed.evidence
