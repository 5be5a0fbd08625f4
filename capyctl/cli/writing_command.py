"""What every command that changes a management cluster does around its work: run, signals, status."""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from capyctl.cli.cluster_command import with_cluster
from capyctl.cli.run import Outcome, Run
from capyctl.cli.signals import InterruptedRun
from capyctl.core.exit_status import ExitStatus
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.installing import WritingRun, writing_run
from capyctl.wiring.world import World


class WritingWork(Protocol):
    """The work of one command on one cluster."""

    def work(self, writing: WritingRun) -> None:
        """Do it; everything that is to be said goes into ``writing.said``. A signal may end it anywhere."""

    def outcome(self, writing: WritingRun) -> Outcome:
        """Result and text of what was done so far; diagnostics, evidence and status are added."""


def with_writes(run: Run, settings: ClusterSettings, work: WritingWork) -> Outcome:
    """Work on the cluster that is named; a signal still tells what was done and how to go on (issue 5, 1.4)."""
    return with_cluster(run, settings, lambda world, cluster: write_on(world, cluster, work))


def write_on(world: World, cluster: Cluster, work: WritingWork) -> Outcome:
    """The same on a cluster that is open."""
    ended: ExitStatus | None = None
    with writing_run(world, cluster) as writing:
        try:
            work.work(writing)
        except InterruptedRun as interruption:
            ended = interruption.status
    return replace(
        work.outcome(writing),
        diagnostics=writing.told(),
        evidence=writing.evidence(),
        status=ended or writing.status,
    )
