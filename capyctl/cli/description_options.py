"""The options of ``describe cluster``, as clusterctl names them (clusterctl-cluster 7.4)."""

from __future__ import annotations

from typing import Annotated

import typer

WorkloadName = Annotated[str, typer.Argument(metavar="NAME", help="The workload cluster.")]
ShowConditions = Annotated[
    str,
    typer.Option(
        "--show-conditions",
        metavar="KINDS",
        help="Show all conditions of these: all, Kind or Kind/name, separated by commas; "
        "a + behind one leaves out what is normal.",
    ),
]
ShowMachineSets = Annotated[bool, typer.Option("--show-machinesets", help="Show MachineSets.")]
ShowResourceSets = Annotated[
    bool, typer.Option("--show-resourcesets", help="Show the ClusterResourceSets bound to the Cluster.")
]
ShowTemplates = Annotated[
    bool, typer.Option("--show-templates", help="Show the templates that Machines are made from.")
]
Echo = Annotated[
    bool,
    typer.Option("--echo", help="Show infrastructure and bootstrap objects that only repeat their Machine."),
]
Grouping = Annotated[
    bool, typer.Option("--grouping/--no-grouping", help="Show Machines that are alike as one row.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Show it again whenever something changed; text only.")]
NewConditions = Annotated[bool, typer.Option("--v1beta2", help="Accepted and without effect.", hidden=True)]
