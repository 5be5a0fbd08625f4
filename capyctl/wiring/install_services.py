"""Planning an installation on a management cluster: what is there decides what is installed, kept or refused."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from capyctl.app.plan_install import InstallPlan
from capyctl.config.support_file import read_kubernetes_support
from capyctl.core import codes
from capyctl.core.contract import is_contract_name
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
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
from capyctl.core.repr_without import repr_without
from capyctl.core.rules.inventory import no_inventory, older_contract
from capyctl.core.rules.operator import operator_findings
from capyctl.core.upgrade_plan import installed_providers
from capyctl.wiring.choice import References
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_check import known_cores, topology_is_on
from capyctl.wiring.planning import Circumstances, PlanOptions, install_plan
from capyctl.wiring.served import Served, served
from capyctl.wiring.upgrade_services import ClusterFacts, read_cluster_facts
from capyctl.wiring.world import World


class ClusterInstallPlan(Struct, frozen=True, kw_only=True):
    """What ``init`` would do on this cluster.

    Attributes:
        cert_manager: the version that will be there afterwards; None where it is somebody else's or unknown.
        decisions: each provider named or added, in install order. made: what it was made of, for who carries it out.
    """

    cert_manager: str | None
    cert_manager_action: InstallAction
    decisions: tuple[Decision, ...]
    made: InstallPlan | None = None

    def __repr__(self) -> str:
        return repr_without(self, "made")


def plan_on_cluster(
    world: World, cluster: Cluster, references: References, options: PlanOptions
) -> Served[ClusterInstallPlan | None]:
    """The plan for a cluster, None where the cluster did not tell what is installed; nothing is written."""
    return plan_with_facts(world, cluster, read_cluster_facts(cluster.reader), (references, options))


def plan_with_facts(
    world: World,
    cluster: Cluster,
    facts: ClusterFacts,
    asked_for: tuple[References, PlanOptions],
    cert_manager: str | None = None,
) -> Served[ClusterInstallPlan | None]:
    """The plan, once the cluster has been read; ``cert_manager`` is a version that is brought whatever is there."""
    references, options = asked_for
    if facts.unreadable:
        return served(world, None, facts.unreadable, facts.evidence)
    inventory = facts.inventory
    found = installed_providers(inventory.inventory.entries, inventory.operator)
    installed = Inventory(entries=tuple(each for each, _ in found))
    circumstances = _circumstances(world, facts, installed, cert_manager)
    plan, said = install_plan(world, references, options, circumstances)
    decisions = decide_installation(plan.providers, installed, world.invocation)
    brings = circumstances.brings_cert_manager
    result = ClusterInstallPlan(
        cert_manager=plan.cert_manager if brings else facts.cert_manager.version,
        cert_manager_action=InstallAction.INSTALL if brings else InstallAction.KEEP,
        decisions=decisions,
        made=plan,
    )
    cores = (
        *(each.resolved.version for each in decisions if each.resolved.key.type is ProviderType.CORE),
        *(each.version_text for each in cluster_after(decisions, installed)),
    )
    core = _Core(
        version=next((version for version in cores if version), None),
        listed=plan.known_cores,
        installed=bool(installed.cores),
    )
    asked = (*facts.evidence, *world.evidence(), *plan.evidence)
    told = (
        *_about_cluster(facts),
        *_about_cert_manager(world, facts),
        *(item for item in said if item.code is not codes.INSPECTION_NEEDS_NO_VARIABLES),
        *installation_findings(decisions, installed),
        *_about_kubernetes(world, cluster, facts, core),
    )
    return served(world, result, told, tuple(dict.fromkeys(asked)))


def _circumstances(
    world: World, facts: ClusterFacts, installed: Inventory, cert_manager: str | None
) -> Circumstances:
    storage = facts.inventory.storage
    labels = frozenset(each.key.manifest_label for each in installed.entries if each.key is not None)
    contract = storage if installed.cores and storage is not None and is_contract_name(storage) else None
    return Circumstances(
        first_run=installed.is_first_run,
        installed=labels,
        core_contract=contract,
        brings_cert_manager=cert_manager is not None
        or not (facts.cert_manager.present or world.cert_manager.externally_provisioned),
        inventory=installed,
        cert_manager=cert_manager,
    )


def _about_cert_manager(world: World, facts: ClusterFacts) -> Iterator[Diagnostic]:
    """The configuration says that somebody else provides it, and it is not there (3.2, externallyProvisioned)."""
    if facts.cert_manager.present or not world.cert_manager.externally_provisioned:
        return
    title = "install cert-manager first, or take externallyProvisioned out of the configuration"
    yield Diagnostic(
        code=codes.CERT_MANAGER_MISSING,
        severity=Severity.ERROR,
        detail=(
            "The configuration says that cert-manager is provided by others (externallyProvisioned), and the server"
            " does not serve its API."
        ),
        subject=Subject(provider="cert-manager"),
        fixes=(Fix(applicability=Applicability.REVIEW, title=title),),
    )


def _about_cluster(facts: ClusterFacts) -> Iterator[Diagnostic]:
    inventory = facts.inventory
    yield from facts.withheld
    yield from operator_findings(inventory.operator)
    if inventory.has_cluster_api and not inventory.inventory.entries and not inventory.operator:
        yield no_inventory(inventory.storage)
    older = older_contract(inventory.storage) if inventory.storage is not None else None
    if older is not None:
        yield older


class _Core(Struct, frozen=True, kw_only=True):
    """The core that will be there, None for none, whether it is there now, and the tags that sources listed."""

    version: str | None
    listed: tuple[str, ...]
    installed: bool


def _about_kubernetes(
    world: World, cluster: Cluster, facts: ClusterFacts, core: _Core
) -> Iterator[Diagnostic]:
    """Whether the server is what was asked for, and what the core that will be there supports (8.4)."""
    if facts.server is None:
        return
    settings = cluster.settings
    locked = world.locked.asked_kubernetes() if world.locked is not None else None
    asked, said_by = settings.kubernetes_version, settings.version_said_by
    if asked is None and locked is not None and world.locked is not None:
        asked, said_by = locked, world.locked.origin.name
    fit = judge_kubernetes(
        KubernetesFacts(
            server=facts.server,
            support=read_kubernetes_support(),
            asked=asked,
            said_by=said_by,
            core=core.version,
            installed=core.installed,
            known_cores=core.listed or known_cores(world),
            topology=topology_is_on(world),
            allow_unsupported=settings.allow_unsupported,
            invocation=world.invocation,
            evidence=facts.server_evidence,
        )
    )
    if fit.diagnostic is not None:
        yield fit.diagnostic
