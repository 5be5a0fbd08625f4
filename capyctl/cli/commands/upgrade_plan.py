"""``capyctl upgrade plan``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.adapters.whole_file import WholeFileError
from capyctl.cli.cluster_command import with_cluster
from capyctl.cli.cluster_options import ApiTimeout, Kubeconfig, KubeconfigContext, cluster_settings
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.files import named_file, not_written, write_atomically
from capyctl.cli.lock_options import Bundle, Locked, bound_run
from capyctl.cli.run import Outcome
from capyctl.ports.cluster import ClusterChoice
from capyctl.report.upgrade_json import saved_plan, upgrade_json
from capyctl.report.upgrade_text import upgrade_text
from capyctl.version import __version__
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.upgrade_services import plan_upgrade
from capyctl.wiring.world import World

app = command_app()


@app.command("plan", cls=CapyCommand)
def upgrade_plan(
    ctx: typer.Context,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Save the plan in FILE, whole or not at all.")
    ] = None,
    locked: Locked = None,
    bundle: Bundle = None,
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Say what an upgrade of the installed providers would do; write nothing."""
    choice = ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context)
    settings = cluster_settings(choice, api_timeout)
    named_file(out, "--out")
    return with_cluster(
        bound_run(ctx, locked, bundle), settings, lambda world, cluster: _plan(world, cluster, out)
    )


def _plan(world: World, cluster: Cluster, out: str | None) -> Outcome:
    served = plan_upgrade(world, cluster)
    plan = served.found
    said = list(served.diagnostics)
    if out is not None and (plan.plans or not any(item.is_error for item in said)):
        text = saved_plan(
            plan,
            version=__version__,
            created_at=world.clock.now(),
            server=cluster.connection.api.address,
        )
        try:
            write_atomically(out, text)
        except WholeFileError as error:
            said.append(not_written("The plan", out, error))
    return Outcome(
        result=upgrade_json(plan),
        text=lambda _, style: upgrade_text(plan, style),
        diagnostics=said,
        evidence=served.evidence,
    )
