"""``capyctl describe cluster``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperOption

from capyctl.app.describe import Description
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
from capyctl.cli.go_switches import without_values
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.cli.styles import terminal_columns
from capyctl.core.cluster_node import to_cluster_node
from capyctl.core.condition_filter import ConditionFilter, FilterError, parse_condition_filter
from capyctl.core.object_tree import TreeOptions
from capyctl.ports.cluster import ClusterChoice
from capyctl.report.text_style import TextStyle
from capyctl.report.tree_json import tree_json
from capyctl.report.tree_text import TreeView, tree_text
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_description import describe
from capyctl.wiring.world import World

app = command_app()


class DescribeCommand(CapyCommand):
    """A command whose switches take a value too, as clusterctl's do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own type is private
        """Take the values out of the words first."""
        switches = [each for each in self.params if isinstance(each, TyperOption) and each.is_flag]
        return super().parse_args(ctx, without_values(args, switches))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What was asked for."""

    name: str
    namespace: str | None
    options: TreeOptions
    shown: ConditionFilter


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
    wanted = _Wanted(
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
    return with_cluster(run_of(ctx), settings, lambda world, cluster: _describe(world, cluster, wanted))


def _filter(text: str) -> ConditionFilter:
    try:
        return parse_condition_filter(text)
    except FilterError as error:
        raise typer.BadParameter(str(error), param_hint="--show-conditions") from error


def _describe(world: World, cluster: Cluster, wanted: _Wanted) -> Outcome:
    served = describe(world, cluster, wanted.name, wanted.namespace, wanted.options)
    found = served.found
    tree = found.tree

    def text(_result: JsonObject, style: TextStyle) -> str:
        return _text(found, wanted, style)

    return Outcome(
        result=None if tree is None else {"cluster": tree_json(to_cluster_node(tree, found.conditions))},
        text=text,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        status=served.status,
    )


def _text(found: Description, wanted: _Wanted, style: TextStyle) -> str:
    if found.tree is None:
        return ""
    view = TreeView(
        tree=found.tree,
        judged=found.conditions,
        now=found.described_at,
        shown=wanted.shown,
        columns=terminal_columns(sys.stdout),
    )
    return tree_text(view, style)
