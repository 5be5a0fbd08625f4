"""The function of the library that judges a management cluster."""

from __future__ import annotations

from typing import Unpack

from msgspec.structs import replace

from capyctl.app.cluster_check import ClusterCheck
from capyctl.core.checks.result import CheckedPart
from capyctl.core.status_rules import status_of
from capyctl.library.arguments import asked_kubernetes, seconds
from capyctl.library.cluster_calls import ClusterRunSettings, cluster_settings
from capyctl.library.results import Result
from capyctl.library.serving import serve
from capyctl.wiring.cluster import ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_check import WaitPolicy, check_management_cluster
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


class ClusterCheckResult(Result, frozen=True, kw_only=True):
    """Every part of a management cluster, in the order of the command; empty where no cluster could be named."""

    checks: tuple[CheckedPart, ...] = ()


def check_cluster(
    *,
    wait: float | None = None,
    kubernetes_version: str | None = None,
    allow_unsupported_kubernetes: bool = False,
    **settings: Unpack[ClusterRunSettings],
) -> ClusterCheckResult:
    """Judge a management cluster part by part; nothing is written.

    Args:
        wait: seconds for which parts that are waiting are looked at again; None looks once.
        kubernetes_version: what the server is asked to be, such as ``v1.34`` or ``v1.34.3``.
        allow_unsupported_kubernetes: whether a server below the supported range is only a warning.
        settings: see ``ClusterRunSettings``.

    Raises:
        ValueError: a version or a number of seconds that is none.
    """
    asked = replace(
        cluster_settings(settings),
        kubernetes_version=asked_kubernetes(kubernetes_version),
        allow_unsupported=allow_unsupported_kubernetes,
    )
    policy = WaitPolicy(wait=None if wait is None else seconds(wait, "wait"), api_timeout=asked.api_timeout)

    def work(world: World) -> Served[ClusterCheck | None]:
        try:
            cluster = open_cluster(world, policy.settings(asked))
        except ClusterNotNamedError as error:
            said = error.diagnostics
            return Served(found=None, diagnostics=said, evidence=world.evidence(), status=status_of(said))
        served = check_management_cluster(world, cluster, policy)
        return Served(
            found=served.found,
            diagnostics=served.diagnostics,
            evidence=served.evidence,
            status=served.status,
        )

    served = serve("cluster check", (), settings, work)
    return ClusterCheckResult(
        checks=served.found.checks if served.found is not None else (),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )
