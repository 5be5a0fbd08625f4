"""``capyctl init``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.cli.choice_options import (
    AllowPrerelease,
    ContractOption,
    MetadataFrom,
    TargetNamespace,
    choice_options,
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
from capyctl.report.provider_text import plan_text
from capyctl.report.resolved_json import resolved_json
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
    return with_world(run, lambda world: _plan(world, given, options))


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
    detail = f"The kubeconfig {path} was not read; the plan is for a management cluster without providers."
    return (Diagnostic(code=codes.KUBECONFIG_NOT_READ, severity=Severity.NOTE, detail=detail),)
