"""``capyctl describe cluster``."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperOption

from capyctl.cli.cluster_command import with_cluster
from capyctl.cli.cluster_options import (
    ApiTimeout,
    Kubeconfig,
    KubeconfigContext,
    Namespace,
    cluster_settings,
    object_name,
)
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.described import WantedTree, describe_once
from capyctl.cli.go_switches import without_values
from capyctl.cli.options import Output
from capyctl.cli.run import Outcome, run_of
from capyctl.core.condition_filter import ConditionFilter, FilterError, parse_condition_filter
from capyctl.core.object_tree import TreeOptions
from capyctl.ports.cluster import ClusterChoice

app = command_app()


class DescribeCommand(CapyCommand):
    """A command whose switches take a value too, as clusterctl's do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own type is private
        """Take the values out of the words first."""
        switches = [each for each in self.params if isinstance(each, TyperOption) and each.is_flag]
        return super().parse_args(ctx, without_values(args, switches))


@app.command("cluster", cls=DescribeCommand)
def describe_cluster(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The workload cluster.")],
    namespace: Namespace = None,
    show_conditions: Annotated[
        str,
        typer.Option(
            "--show-conditions",
            metavar="KINDS",
            help="Show all conditions of these: all, Kind or Kind/name, separated by commas; "
            "a + behind one leaves out what is normal.",
        ),
    ] = "",
    show_machinesets: Annotated[bool, typer.Option("--show-machinesets", help="Show MachineSets.")] = False,
    show_resourcesets: Annotated[
        bool, typer.Option("--show-resourcesets", help="Show the ClusterResourceSets bound to the Cluster.")
    ] = False,
    show_templates: Annotated[
        bool, typer.Option("--show-templates", help="Show the templates that Machines are made from.")
    ] = False,
    echo: Annotated[
        bool,
        typer.Option(
            "--echo", help="Show infrastructure and bootstrap objects that only repeat their Machine."
        ),
    ] = False,
    grouping: Annotated[
        bool, typer.Option("--grouping/--no-grouping", help="Show Machines that are alike as one row.")
    ] = True,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again whenever something changed; text only.")
    ] = False,
    v1beta2: Annotated[  # noqa: ARG001 - clusterctl's, and what is done here anyway
        bool, typer.Option("--v1beta2", help="Accepted and without effect.", hidden=True)
    ] = True,
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Show a workload cluster as a tree, with its conditions beside what their sources say."""
    choice = ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context)
    settings = cluster_settings(choice, api_timeout)
    wanted = WantedTree(
        name=object_name(name, "NAME"),
        namespace=object_name(namespace, "--namespace") if namespace else None,
        options=TreeOptions(
            grouping=grouping,
            echo=echo,
            machine_sets=show_machinesets,
            resource_sets=show_resourcesets,
            templates=show_templates,
        ),
        shown=_filter(show_conditions),
    )
    run = run_of(ctx)
    if watch and run.options.output is not Output.TEXT:
        raise typer.BadParameter("is text only", param_hint="--watch")
    if watch:
        from capyctl.cli.description_watch import watch_description  # noqa: PLC0415 - start-up budget

        return with_cluster(
            run, settings, lambda world, cluster: watch_description(run, world, cluster, wanted)
        )
    return with_cluster(run, settings, lambda world, cluster: describe_once(world, cluster, wanted))


def _filter(text: str) -> ConditionFilter:
    try:
        return parse_condition_filter(text)
    except FilterError as error:
        raise typer.BadParameter(str(error), param_hint="--show-conditions") from error
