"""``capyctl get kubeconfig``."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec.structs import replace

from capyctl.cli.cluster_command import with_cluster
from capyctl.cli.cluster_options import (
    ApiTimeout,
    Kubeconfig,
    KubeconfigContext,
    Namespace,
    cluster_settings,
    namespace_name,
    object_name,
)
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.core.object_diff import mark_of_value
from capyctl.ports.cluster import ClusterChoice
from capyctl.report.text_style import TextStyle
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_services import workload_kubeconfig
from capyctl.wiring.world import World

app = command_app()


@app.command("kubeconfig", cls=CapyCommand)
def get_kubeconfig(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The workload cluster.")],
    namespace: Namespace = None,
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Print the kubeconfig of a workload cluster."""
    choice = ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context)
    settings = cluster_settings(choice, api_timeout)
    wanted = object_name(name, "NAME")
    place = namespace_name(namespace, "--namespace")
    return with_cluster(run_of(ctx), settings, lambda world, cluster: _get(world, cluster, wanted, place))


def _get(world: World, cluster: Cluster, name: str, namespace: str | None) -> Outcome:
    served = workload_kubeconfig(world, cluster, name, namespace)
    result: JsonObject | None = {"kubeconfig": served.found} if served.found is not None else None
    outcome = Outcome(
        result=result,
        text=_text,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
    )
    if served.found is None:
        return outcome
    marked = replace(outcome, result={"kubeconfig": mark_of_value(served.found)})
    return replace(outcome, recorded=lambda _: marked)


def _text(shown: JsonObject, _: TextStyle) -> str:
    """The file as it is, and one newline, as clusterctl prints it."""
    return f"{shown['kubeconfig']}\n"
