"""The functions of the library that read a management cluster."""

from __future__ import annotations

import os
from typing import TypedDict, Unpack

from capyctl.core.cluster_node import ClusterNode, to_cluster_node
from capyctl.core.object_name import parse_namespace_name, parse_object_name
from capyctl.core.object_tree import TreeOptions
from capyctl.core.status_rules import status_of
from capyctl.library.arguments import seconds
from capyctl.library.results import BoundRunSettings, Result, RunSettings
from capyctl.library.serving import serve
from capyctl.ports.cluster import ClusterChoice
from capyctl.wiring.cluster import ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_description import describe
from capyctl.wiring.cluster_settings import API_TIMEOUT, ClusterSettings
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


class ClusterRunSettings(RunSettings, total=False):
    """Keyword arguments of every function that reads a cluster; each stands for the option of its name.

    ``kubeconfig`` is a path, ``api_timeout`` seconds.
    """

    kubeconfig: str | os.PathLike[str] | None
    kubeconfig_context: str | None
    api_timeout: float


class BoundClusterSettings(ClusterRunSettings, BoundRunSettings, total=False):
    """Keyword arguments of the functions that install or upgrade, and can be bound to a lock."""


class TreeSettings(TypedDict, total=False):
    """How a tree is shaped, as the options of ``describe cluster``."""

    grouping: bool
    echo: bool
    show_machinesets: bool
    show_resourcesets: bool
    show_templates: bool


class DescribeResult(Result, frozen=True, kw_only=True):
    """A Cluster as a tree; ``cluster`` is None where it could not be read."""

    cluster: ClusterNode | None = None


def describe_cluster(
    name: str,
    *,
    namespace: str | None = None,
    tree: TreeSettings | None = None,
    **settings: Unpack[ClusterRunSettings],
) -> DescribeResult:
    """Describe a workload cluster: its tree, and its conditions beside what their sources say.

    Args:
        name: of the Cluster.
        namespace: the kubeconfig's context names it where this does not.
        tree: how the tree is shaped; as the command does by default.
        settings: see ``ClusterRunSettings``.

    Raises:
        ValueError: a name or a namespace that none can have, or a time that is none.
    """
    named = parse_object_name(name)
    place = parse_namespace_name(namespace)
    there = cluster_settings(settings)
    shape = tree or TreeSettings()
    options = TreeOptions(
        grouping=shape.get("grouping", True),
        echo=shape.get("echo", False),
        machine_sets=shape.get("show_machinesets", False),
        resource_sets=shape.get("show_resourcesets", False),
        templates=shape.get("show_templates", False),
    )

    def work(world: World) -> Served[ClusterNode | None]:
        try:
            cluster = open_cluster(world, there)
        except ClusterNotNamedError as error:
            return _unnamed(world, error)
        served = describe(world, cluster, named, place, options)
        found = served.found
        node = None if found.tree is None else to_cluster_node(found.tree, found.conditions)
        return Served(
            found=node, diagnostics=served.diagnostics, evidence=served.evidence, status=served.status
        )

    served = serve(f"describe cluster {name}", (), settings, work)
    return DescribeResult(
        cluster=served.found,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def cluster_settings(settings: ClusterRunSettings) -> ClusterSettings:
    """The cluster's part of the keyword arguments as one value.

    Raises:
        ValueError: a time to wait that is less than nothing.
    """
    path = settings.get("kubeconfig")
    choice = ClusterChoice(
        kubeconfig=None if path is None else os.fspath(path), context=settings.get("kubeconfig_context")
    )
    timeout = seconds(settings.get("api_timeout", API_TIMEOUT), "api_timeout")
    return ClusterSettings(choice=choice, api_timeout=timeout)


def _unnamed(world: World, error: ClusterNotNamedError) -> Served[ClusterNode | None]:
    said = error.diagnostics
    return Served(found=None, diagnostics=said, evidence=world.evidence(), status=status_of(said))
