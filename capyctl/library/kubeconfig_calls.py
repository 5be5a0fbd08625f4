"""The function of the library that reads a workload cluster's kubeconfig."""

from __future__ import annotations

from typing import Unpack

from capyctl.core.object_name import parse_namespace_name, parse_object_name
from capyctl.core.repr_without import repr_without
from capyctl.core.status_rules import status_of
from capyctl.library.cluster_calls import ClusterRunSettings, cluster_settings
from capyctl.library.results import Result
from capyctl.library.serving import serve
from capyctl.wiring.cluster import ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_services import workload_kubeconfig
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


class KubeconfigResult(Result, frozen=True, kw_only=True):
    """The kubeconfig as text, or None where it could not be read; it is a secret and appears in no repr."""

    kubeconfig: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "kubeconfig")


def get_kubeconfig(
    name: str, *, namespace: str | None = None, **settings: Unpack[ClusterRunSettings]
) -> KubeconfigResult:
    """Read the kubeconfig of a workload cluster from its management cluster.

    Args:
        name: of the Cluster.
        namespace: the kubeconfig's context names it where this does not.
        settings: see ``ClusterRunSettings``.

    Raises:
        ValueError: a name or a namespace that none can have, or a time that is none.
    """
    named = parse_object_name(name)
    place = parse_namespace_name(namespace)
    there = cluster_settings(settings)

    def work(world: World) -> Served[str | None]:
        try:
            cluster = open_cluster(world, there)
        except ClusterNotNamedError as error:
            said = error.diagnostics
            return Served(found=None, diagnostics=said, evidence=world.evidence(), status=status_of(said))
        served = workload_kubeconfig(world, cluster, named, place)
        return Served(
            found=served.found,
            diagnostics=(*served.diagnostics, *cluster.notes),
            evidence=served.evidence,
            status=served.status,
        )

    served = serve(f"get kubeconfig {name}", (), settings, work)
    return KubeconfigResult(
        kubeconfig=served.found,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )
