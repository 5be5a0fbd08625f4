"""Services over a management cluster, for the command line and the library."""

from __future__ import annotations

from capyctl.app.workload_kubeconfig import WorkloadCluster, read_workload_kubeconfig
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.status_rules import status_of
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


def workload_kubeconfig(
    world: World, cluster: Cluster, name: str, namespace: str | None
) -> Served[str | None]:
    """The kubeconfig of a workload cluster; the namespace is the context's where none is given."""
    place = namespace or cluster.connection.namespace
    if place is None:
        return Served(
            found=None, diagnostics=(_no_namespace(),), evidence=world.evidence(), status=ExitStatus.USAGE
        )
    wanted = WorkloadCluster(name=name, namespace=place)
    read = read_workload_kubeconfig(cluster.reader, wanted, world.invocation)
    return Served(
        found=read.text,
        diagnostics=read.diagnostics,
        evidence=world.evidence(),
        status=status_of(read.diagnostics),
    )


def _no_namespace() -> Diagnostic:
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail="In a pod there is no context that names a namespace; name it with --namespace.",
    )
