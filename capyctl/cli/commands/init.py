"""``capyctl init``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from capyctl.cli.choice_options import (
    AllowPrerelease,
    ContractOption,
    MetadataFrom,
    TargetNamespace,
    choice_options,
)
from capyctl.cli.cluster_options import (
    AllowUnsupported,
    ApiTimeout,
    Kubeconfig,
    KubeconfigContext,
    KubernetesVersion,
    cluster_settings,
)
from capyctl.cli.declare import command_app
from capyctl.cli.install_command import install_references
from capyctl.cli.provider_command import with_world
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import Outcome, run_of
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.ports.cluster import ClusterChoice, KubeconfigTrouble
from capyctl.report.provider_text import plan_text
from capyctl.report.resolved_json import resolved_json
from capyctl.wiring.cluster import Cluster, ClusterNotNamedError, ClusterSettings, open_cluster
from capyctl.wiring.install_services import plan_on_cluster
from capyctl.wiring.services import PlanOptions, plan_installation
from capyctl.wiring.world import World

app = command_app()


@app.command(cls=ProviderCommand)
def init(
    ctx: typer.Context,
    references: References = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan and check; write nothing.")] = False,
    target_namespace: TargetNamespace = None,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
    metadata_from: MetadataFrom = None,
    kubernetes_version: KubernetesVersion = None,
    allow_unsupported: AllowUnsupported = False,
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Plan the installation of providers into a management cluster."""
    run = run_of(ctx)
    if not dry_run:
        return Outcome(diagnostics=(_only_dry(Invocation(words=tuple(run.argv))),), status=ExitStatus.USAGE)
    choice = choice_options(contract, allow_prerelease, metadata_from)
    given = install_references(run, references)
    if isinstance(given, Outcome):
        return given
    options = PlanOptions(choice=choice, skipped=given.skipped, target_namespace=target_namespace)
    settings = cluster_settings(
        ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context),
        api_timeout,
        kubernetes_version=kubernetes_version,
        allow_unsupported=allow_unsupported,
        environ=run.environ,
    )
    return with_world(run, lambda world: _dry_run(world, given, options, settings))


def _dry_run(
    world: World, given: GivenReferences, options: PlanOptions, settings: ClusterSettings
) -> Outcome:
    """Plan for the cluster that is named or found; without one only where neither is (cli.md 5)."""
    named = settings.choice.kubeconfig is not None or settings.choice.context is not None
    if world.offline and settings.choice.kubeconfig is None:
        return _plan(world, given, options)
    try:
        cluster = open_cluster(world, settings)
    except ClusterNotNamedError as error:
        if named or error.trouble is not KubeconfigTrouble.NOTHING_FOUND:
            return Outcome(diagnostics=error.diagnostics, evidence=world.evidence())
        return _plan(world, given, options)
    return _plan_on(world, cluster, given, options)


def _plan_on(world: World, cluster: Cluster, given: GivenReferences, options: PlanOptions) -> Outcome:
    served = plan_on_cluster(world, cluster, given.references, options)
    plan = served.found
    result = None
    if plan is not None:
        result = {
            "plan": {
                "cert_manager": {"version": plan.cert_manager, "action": plan.cert_manager_action.value},
                "providers": [
                    {**resolved_json(each.resolved), "action": each.action.value} for each in plan.decisions
                ],
            },
            "applied": [],
        }
    return Outcome(
        result=result,
        text=partial(plan_text, place=cluster.connection.api.address),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
    )


def _plan(world: World, given: GivenReferences, options: PlanOptions) -> Outcome:
    served = plan_installation(world, given.references, options)
    plan = served.found
    result = {
        "plan": {
            "cert_manager": {"version": plan.cert_manager, "action": "install"},
            "providers": [{**resolved_json(each), "action": "install"} for each in plan.providers],
        },
        "applied": [],
    }
    return Outcome(
        result=result,
        text=plan_text,
        diagnostics=(*served.diagnostics, *_kubeconfig_note(world)),
        evidence=served.evidence,
    )


def _only_dry(invocation: Invocation) -> Diagnostic:
    return Diagnostic(
        code=codes.CLUSTER_COMMANDS_LATER,
        severity=Severity.ERROR,
        detail="This version of capyctl plans an installation and does not carry it out; nothing was changed.",
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="plan it",
                command=invocation.with_words("--dry-run"),
            ),
        ),
    )


def _kubeconfig_note(world: World) -> tuple[Diagnostic, ...]:
    """A kubeconfig is there and was not read: the plan is not for that cluster."""
    path = world.kubeconfig()
    if path is None:
        return ()
    detail = (
        f"The kubeconfig {path} was not read, since --offline reaches only a cluster that --kubeconfig names; the plan"
        " is for a management cluster without providers."
    )
    return (Diagnostic(code=codes.KUBECONFIG_NOT_READ, severity=Severity.NOTE, detail=detail),)
