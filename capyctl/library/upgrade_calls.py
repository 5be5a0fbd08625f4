"""The function of the library that plans an upgrade of a management cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from capyctl.core.status_rules import status_of
from capyctl.core.upgrade_plan import ContractPlan, UpgradePlan
from capyctl.library.cluster_calls import ClusterRunSettings, cluster_settings
from capyctl.library.results import Result
from capyctl.library.serving import serve
from capyctl.wiring.cluster import ClusterNotNamedError, open_cluster
from capyctl.wiring.served import Served
from capyctl.wiring.upgrade_services import plan_upgrade as plan_cluster_upgrade
from capyctl.wiring.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeResult(Result):
    """A plan for each contract, in ascending order; none for a cluster without providers."""

    plans: tuple[ContractPlan, ...] = ()


def plan_upgrade(**settings: Unpack[ClusterRunSettings]) -> UpgradeResult:
    """Say what an upgrade of a management cluster's providers would do; nothing is written.

    Args:
        settings: see ``ClusterRunSettings``.
    """

    def work(world: World) -> Served[UpgradePlan]:
        try:
            cluster = open_cluster(world, cluster_settings(settings))
        except ClusterNotNamedError as error:
            said = error.diagnostics
            evidence = world.evidence()
            return Served(found=UpgradePlan(), diagnostics=said, evidence=evidence, status=status_of(said))
        return plan_cluster_upgrade(world, cluster)

    served = serve("upgrade plan", (), settings, work)
    return UpgradeResult(
        plans=served.found.plans if served.found is not None else (),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )
