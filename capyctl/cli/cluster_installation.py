"""``init`` on a management cluster: opened, installed or rehearsed, and told."""

from __future__ import annotations

from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capyctl.cli.run import Outcome
from capyctl.cli.writing_command import write_on
from capyctl.ports.cluster import KubeconfigTrouble
from capyctl.report.applied_json import applied_rows
from capyctl.report.install_text import installation_text, rehearsal_text
from capyctl.report.resolved_json import resolved_json
from capyctl.wiring.cluster import Cluster, ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.installation import Installation
from capyctl.wiring.installing import WritingRun
from capyctl.wiring.planning import InstallRequest
from capyctl.wiring.world import World


def install_on(world: World, request: InstallRequest, settings: ClusterSettings) -> Outcome | None:
    """What came of it; None for a dry run where nothing names a cluster after all."""
    try:
        cluster = open_cluster(world, settings)
    except ClusterNotNamedError as error:
        named = settings.choice.kubeconfig is not None or settings.choice.context is not None
        if named or not request.dry_run or error.trouble is not KubeconfigTrouble.NOTHING_FOUND:
            return Outcome(diagnostics=error.diagnostics, evidence=world.evidence())
        return None
    outcome = write_on(world, cluster, _Init(cluster=cluster, installation=Installation(request=request)))
    return replace(outcome, diagnostics=(*outcome.diagnostics, *cluster.notes))


class _Init(Struct, frozen=True, kw_only=True):
    """The installation, and how it is told."""

    cluster: Cluster
    installation: Installation

    def work(self, writing: WritingRun) -> None:
        """Install, or rehearse it."""
        self.installation.work(writing)

    def outcome(self, writing: WritingRun) -> Outcome:
        """The plan, and what was done so far."""
        plan = self.installation.plan
        place = self.cluster.connection.api.address
        if self.installation.request.dry_run:
            rehearsed = self.installation.rehearsed
            applied = [(each.key, each.owner, each.action.value) for each in rehearsed if each.action]
            changes = [
                (f"{each.action.value} {each.key}", tuple(map(str, each.changes)))
                for each in rehearsed
                if each.action is not None
            ]
            text = partial(rehearsal_text, place=place, changes=changes)
        else:
            applied = [(each.key, each.owner, each.action.value) for each in writing.applied]
            done = self.installation.first_run and not writing.is_incomplete
            text = partial(installation_text, place=place, first_run=done)
        if plan is None and not applied:
            return Outcome(result=None)
        shown = None
        if plan is not None:
            shown = {
                "cert_manager": {"version": plan.cert_manager, "action": plan.cert_manager_action.value},
                "providers": [
                    {**resolved_json(each.resolved), "action": each.action.value} for each in plan.decisions
                ],
            }
        return Outcome(
            result={"plan": shown, "applied": applied_rows(applied)},
            text=text if shown is not None else None,
        )
