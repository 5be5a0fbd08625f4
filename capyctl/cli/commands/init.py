"""``capyctl init``."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

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
    checked_options,
    cluster_settings,
    namespace_name,
    wait_seconds,
)
from capyctl.cli.declare import command_app
from capyctl.cli.install_command import install_references
from capyctl.cli.lock_options import Bundle, Locked, bound_run
from capyctl.cli.provider_command import with_world
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.run import Outcome
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.report.provider_text import plan_text
from capyctl.report.resolved_json import resolved_json
from capyctl.wiring.planning import InstallRequest, PlanOptions, plan_installation
from capyctl.wiring.world import World

if TYPE_CHECKING:
    from capyctl.wiring.cluster_settings import ClusterSettings

app = command_app()

WaitProviders = Annotated[
    bool, typer.Option("--wait-providers", help="Wait until the providers' Deployments are available.")
]
WaitProviderTimeout = Annotated[
    str,
    typer.Option("--wait-provider-timeout", metavar="DURATION", help="How long they are waited for at most."),
]
Validate = Annotated[
    bool,
    typer.Option(
        "--validate/--no-validate", help="What speaks against the plan as a whole stops it, or is a warning."
    ),
]


@app.command(cls=ProviderCommand)
def init(
    ctx: typer.Context,
    references: References = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan and check; write nothing.")] = False,
    target_namespace: TargetNamespace = None,
    wait_providers: WaitProviders = False,
    wait_provider_timeout: WaitProviderTimeout = "300",
    validate: Validate = True,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
    metadata_from: MetadataFrom = None,
    locked: Locked = None,
    bundle: Bundle = None,
    kubernetes_version: KubernetesVersion = None,
    allow_unsupported: AllowUnsupported = False,
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Install providers into a management cluster."""
    run = bound_run(ctx, locked, bundle, metadata_from)
    place = namespace_name(target_namespace, "--target-namespace")
    choice = choice_options(contract, allow_prerelease, metadata_from)
    given = install_references(run, references)
    if isinstance(given, Outcome):
        return given
    options = PlanOptions(choice=choice, skipped=given.skipped, target_namespace=place)
    limit = wait_seconds(wait_provider_timeout, "--wait-provider-timeout")
    request = InstallRequest(
        references=given.references,
        options=options,
        dry_run=dry_run,
        wait=limit if wait_providers else 0.0,
        validate=validate,
    )
    checked_options(api_timeout, kubernetes_version)

    def settings() -> "ClusterSettings":
        from capyctl.ports.cluster import ClusterChoice  # noqa: PLC0415 - a plan without a cluster needs none

        return cluster_settings(
            ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context),
            api_timeout,
            kubernetes_version=kubernetes_version,
            allow_unsupported=allow_unsupported,
            environ=run.environ,
        )

    named = (kubeconfig or None, kubeconfig_context or None)
    return with_world(run, lambda world: _on_what_there_is(world, request, named, settings))


def _on_what_there_is(
    world: World,
    request: InstallRequest,
    named: tuple[str | None, str | None],
    settings: "Callable[[], ClusterSettings]",
) -> Outcome:
    """The cluster that is named or found; a dry run plans without one only where neither is (cli.md 5).

    ``named`` are the kubeconfig and the context that were given.
    """
    if request.dry_run and world.offline and named[0] is None:
        return _plan(world, request)
    if request.dry_run and named == (None, None) and not world.may_name_a_cluster():
        return _plan(world, request)
    from capyctl.cli.cluster_installation import install_on  # noqa: PLC0415 - as above

    outcome = install_on(world, request, settings())
    return outcome if outcome is not None else _plan(world, request)


def _plan(world: World, request: InstallRequest) -> Outcome:
    served = plan_installation(world, request.references, request.options)
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
