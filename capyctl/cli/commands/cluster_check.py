"""``capyctl cluster check``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from capyctl.cli.cluster_command import with_cluster
from capyctl.cli.cluster_options import (
    AllowUnsupported,
    ApiTimeout,
    Kubeconfig,
    KubeconfigContext,
    KubernetesVersion,
    cluster_settings,
)
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.ports.cluster import ClusterChoice
from capyctl.report.check_text import check_text
from capyctl.report.document import EvidenceIds
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_check import WAIT, WaitPolicy, check_management_cluster
from capyctl.wiring.world import World

app = command_app()


class CheckCommand(CapyCommand):
    """``--wait`` may stand alone; typer knows no option with a value of its own then, so it is given one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own is private
        """Give ``--wait`` its default where no value follows."""
        followed = zip(args, [*args, "-"][1:], strict=True)
        given = [
            f"--wait={WAIT}" if word == "--wait" and after.startswith("-") else word
            for word, after in followed
        ]
        return super().parse_args(ctx, given)


@app.command("check", cls=CheckCommand)
def cluster_check(
    ctx: typer.Context,
    wait: Annotated[
        str | None,
        typer.Option("--wait", metavar="[DURATION]", help="Check again until no part is waiting (5m)."),
    ] = None,
    kubernetes_version: KubernetesVersion = None,
    allow_unsupported: AllowUnsupported = False,
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Judge the management cluster part by part; write nothing."""
    run = run_of(ctx)
    settings = cluster_settings(
        ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context),
        api_timeout,
        kubernetes_version=kubernetes_version,
        allow_unsupported=allow_unsupported,
        environ=run.environ,
    )
    policy = WaitPolicy(wait=_seconds(wait), api_timeout=settings.api_timeout)
    return with_cluster(run, policy.settings(settings), lambda world, cluster: _check(world, cluster, policy))


def _check(world: World, cluster: Cluster, policy: WaitPolicy) -> Outcome:
    served = check_management_cluster(world, cluster, policy)

    def result(ids: EvidenceIds) -> JsonObject:
        return {
            "checks": [
                {
                    "name": each.name.value,
                    "outcome": each.outcome.value,
                    "detail": each.detail,
                    "evidence": list(dict.fromkeys(ids.of(piece) for piece in each.evidence)),
                }
                for each in served.found.checks
            ]
        }

    return Outcome(
        result=result,
        text=check_text,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        status=served.status,
    )


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    from capyctl.core.durations import MalformedDurationError, parse_duration  # noqa: PLC0415 - start-up

    try:
        return parse_duration(text)
    except MalformedDurationError as error:
        raise typer.BadParameter(str(error), param_hint="--wait") from error
