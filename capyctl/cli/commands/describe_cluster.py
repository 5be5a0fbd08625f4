"""``capyctl describe cluster``."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperOption

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
from capyctl.cli.described import WantedTree, describe_once
from capyctl.cli.description_options import (
    Echo,
    Grouping,
    NewConditions,
    ShowConditions,
    ShowMachineSets,
    ShowResourceSets,
    ShowTemplates,
    Watch,
    WorkloadName,
)
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
    name: WorkloadName,
    namespace: Namespace = None,
    show_conditions: ShowConditions = "",
    show_machinesets: ShowMachineSets = False,
    show_resourcesets: ShowResourceSets = False,
    show_templates: ShowTemplates = False,
    echo: Echo = False,
    grouping: Grouping = True,
    watch: Watch = False,
    v1beta2: NewConditions = True,  # noqa: ARG001 - clusterctl's, and what is done here anyway
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Show a workload cluster as a tree, with its conditions beside what their sources say."""
    choice = ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context)
    settings = cluster_settings(choice, api_timeout)
    wanted = WantedTree(
        name=object_name(name, "NAME"),
        namespace=namespace_name(namespace, "--namespace"),
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
