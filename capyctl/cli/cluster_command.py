"""What every command on a management cluster does first: world, kubeconfig, connection."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from capyctl.cli.provider_command import with_world
from capyctl.cli.run import Outcome, Run
from capyctl.wiring.cluster import Cluster, ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.world import World


def with_cluster(run: Run, settings: ClusterSettings, work: Callable[[World, Cluster], Outcome]) -> Outcome:
    """Open the world and the cluster of this run and work there; a cluster that cannot be named ends the run."""

    def connected(world: World) -> Outcome:
        try:
            cluster = open_cluster(world, settings)
        except ClusterNotNamedError as error:
            return Outcome(diagnostics=error.diagnostics, evidence=world.evidence())
        outcome = work(world, cluster)
        untold = [note for note in cluster.notes if note not in outcome.diagnostics]
        return replace(outcome, diagnostics=(*outcome.diagnostics, *untold))

    return with_world(run, connected)
