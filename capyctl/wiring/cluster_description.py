"""``describe cluster`` as a service, for the command line and the library."""

from __future__ import annotations

from capyctl.app.describe import DescribeRequest, Description, describe_cluster
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.object_tree import TreeOptions
from capyctl.core.status_rules import status_of
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


def describe(
    world: World, cluster: Cluster, name: str, namespace: str | None, options: TreeOptions
) -> Served[Description]:
    """Describe a Cluster; the namespace is the context's where none is given."""
    place = namespace or cluster.connection.namespace
    if place is None:
        problem = _no_namespace()
        return Served(
            found=Description(), diagnostics=(problem,), evidence=world.evidence(), status=ExitStatus.USAGE
        )
    found = describe_cluster(cluster.reader, DescribeRequest(name=name, namespace=place, options=options))
    return Served(
        found=found,
        diagnostics=found.diagnostics,
        evidence=world.evidence(),
        status=status_of(found.diagnostics),
    )


def _no_namespace() -> Diagnostic:
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail="In a pod there is no context that names a namespace; name it with --namespace.",
    )
