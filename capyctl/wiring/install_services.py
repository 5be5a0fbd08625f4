"""Planning an installation on a management cluster: what is there decides what is installed, kept or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from capyctl.config.support_file import read_kubernetes_support
from capyctl.core import codes
from capyctl.core.contract import is_contract_name
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import ProviderType
from capyctl.core.install_actions import (
    Decision,
    InstallAction,
    cluster_after,
    decide_installation,
    installation_findings,
)
from capyctl.core.inventory import Inventory
from capyctl.core.kubernetes_fit import KubernetesFacts, judge_kubernetes
from capyctl.core.rules.inventory import no_inventory, older_contract
from capyctl.core.rules.operator import operator_findings
from capyctl.core.upgrade_plan import installed_providers
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_check import known_cores
from capyctl.wiring.services import Circumstances, PlanOptions, References, Served, install_plan, served
from capyctl.wiring.upgrade_services import ClusterFacts, read_cluster_facts
from capyctl.wiring.world import World

_TRUE = frozenset({"1", "t", "true"})
"""What Go reads as true, which is how clusterctl reads CLUSTER_TOPOLOGY (clusterctl-cluster 8.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterInstallPlan:
    """What ``init`` would do on this cluster.

    Attributes:
        cert_manager: the version that will be there afterwards; None where it is somebody else's or unknown.
        decisions: each provider named or added, in install order.
    """

    cert_manager: str | None
    cert_manager_action: InstallAction
    decisions: tuple[Decision, ...]


def plan_on_cluster(
    world: World, cluster: Cluster, references: References, options: PlanOptions
) -> Served[ClusterInstallPlan | None]:
    """The plan for a cluster, None where the cluster did not tell what is installed; nothing is written."""
    facts = read_cluster_facts(cluster.reader)
    if facts.unreadable:
        return served(world, None, (*cluster.notes, *facts.unreadable), facts.evidence)
    inventory = facts.inventory
    found = installed_providers(inventory.inventory.entries, inventory.operator)
    installed = Inventory(entries=tuple(each for each, _ in found))
    plan, said = install_plan(world, references, options, _circumstances(facts, installed))
    decisions = decide_installation(plan.providers, installed, world.invocation)
    there = facts.cert_manager
    result = ClusterInstallPlan(
        cert_manager=there.version if there.present else plan.cert_manager,
        cert_manager_action=InstallAction.KEEP if there.present else InstallAction.INSTALL,
        decisions=decisions,
    )
    cores = (
        *(each.resolved.version for each in decisions if each.resolved.key.type is ProviderType.CORE),
        *(each.version_text for each in cluster_after(decisions, installed)),
    )
    core = _Core(version=next((version for version in cores if version), None), listed=plan.known_cores)
    asked = (*facts.evidence, *world.evidence(), *plan.evidence)
    told = (
        *cluster.notes,
        *_about_cluster(facts),
        *(item for item in said if item.code is not codes.INSPECTION_NEEDS_NO_VARIABLES),
        *installation_findings(decisions, installed),
        *_about_kubernetes(world, cluster, facts, core),
    )
    return served(world, result, told, tuple(dict.fromkeys(asked)))


def _circumstances(facts: ClusterFacts, installed: Inventory) -> Circumstances:
    storage = facts.inventory.storage
    labels = frozenset(each.key.manifest_label for each in installed.entries if each.key is not None)
    contract = storage if installed.cores and storage is not None and is_contract_name(storage) else None
    return Circumstances(
        first_run=installed.is_first_run,
        installed=labels,
        core_contract=contract,
        brings_cert_manager=not facts.cert_manager.present,
    )


def _about_cluster(facts: ClusterFacts) -> Iterator[Diagnostic]:
    inventory = facts.inventory
    yield from operator_findings(inventory.operator)
    if inventory.has_cluster_api and not inventory.inventory.entries and not inventory.operator:
        yield no_inventory(inventory.storage)
    older = older_contract(inventory.storage) if inventory.storage is not None else None
    if older is not None:
        yield older


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """The core that will be there, None for none, and the tags of it that sources listed."""

    version: str | None
    listed: tuple[str, ...]


def _about_kubernetes(
    world: World, cluster: Cluster, facts: ClusterFacts, core: _Core
) -> Iterator[Diagnostic]:
    """Whether the server is what was asked for, and what the core that will be there supports (8.4)."""
    if facts.server is None:
        return
    settings = cluster.settings
    fit = judge_kubernetes(
        KubernetesFacts(
            server=facts.server,
            support=read_kubernetes_support(),
            asked=settings.kubernetes_version,
            said_by=settings.version_said_by,
            core=core.version,
            known_cores=core.listed or known_cores(world),
            topology=(world.settings.environment.get("CLUSTER_TOPOLOGY") or "").lower() in _TRUE,
            allow_unsupported=settings.allow_unsupported,
            invocation=world.invocation,
            evidence=facts.server_evidence,
        )
    )
    if fit.diagnostic is not None:
        yield fit.diagnostic
