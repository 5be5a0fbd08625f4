"""``capyctl upgrade apply``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct, field

from capyctl.cli.cluster_options import (
    ApiTimeout,
    Kubeconfig,
    KubeconfigContext,
    cluster_settings,
    wait_seconds,
)
from capyctl.cli.declare import command_app
from capyctl.cli.lock_options import Bundle, Locked, bound_run
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import malformed_reference
from capyctl.cli.run import Outcome, Run, RunEndedError
from capyctl.cli.writing_command import with_writes
from capyctl.core.contract import is_contract_name
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.exit_status import ExitStatus
from capyctl.core.identity import MalformedReferenceError, ProviderType
from capyctl.core.rules.upgrade_apply import plan_unusable
from capyctl.core.saved_plan import LARGEST_PLAN, SavedPlan, UnreadablePlanError, parse_saved_plan
from capyctl.core.upgrade_reference import UpgradeReference, parse_upgrade_reference
from capyctl.ports.cluster import ClusterChoice
from capyctl.report.applied_json import applied_rows
from capyctl.report.upgrade_applied_text import upgrade_applied_text
from capyctl.wiring.installing import WritingRun
from capyctl.wiring.upgrade_applying import UpgradeDone, apply_upgrade
from capyctl.wiring.upgrade_choosing import UpgradeOptions

app = command_app()


@app.command("apply", cls=ProviderCommand)
def upgrade_apply(
    ctx: typer.Context,
    references: References = None,
    contract: Annotated[
        str | None,
        typer.Option(
            "--contract", metavar="CONTRACT", help="Upgrade every provider to its newest for this contract."
        ),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Apply a plan that upgrade plan --out saved, exactly."),
    ] = None,
    locked: Locked = None,
    bundle: Bundle = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    wait_providers: Annotated[
        bool, typer.Option("--wait-providers", help="Wait until the providers' Deployments are available.")
    ] = False,
    wait_provider_timeout: Annotated[
        str,
        typer.Option(
            "--wait-provider-timeout", metavar="DURATION", help="How long they are waited for at most."
        ),
    ] = "300",
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Upgrade the installed providers: everything is fetched and checked before the first write."""
    run = bound_run(ctx, locked, bundle)
    settings = cluster_settings(ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context), api_timeout)
    limit = wait_seconds(wait_provider_timeout, "--wait-provider-timeout")
    named = _references(run, references or ())
    _check_choice(contract, named, plan, is_bound=run.is_bound)
    options = UpgradeOptions(
        contract=contract,
        references=named,
        saved=_read_plan(plan) if plan is not None else None,
        file=str(plan or ""),
        wait=limit if wait_providers else 0.0,
        dry_run=dry_run,
    )
    return with_writes(run, settings, _Work(options=options))


class _Work(Struct, frozen=True, kw_only=True):
    """One upgrade, and its outcome at any moment."""

    options: UpgradeOptions
    done: UpgradeDone = field(default_factory=UpgradeDone)

    def work(self, writing: WritingRun) -> None:
        """Upgrade."""
        apply_upgrade(writing, self.options, self.done)

    def outcome(self, writing: WritingRun) -> Outcome:
        """What was written, or would be; nothing where it was never known what there is."""
        done = self.done
        if not done.looked:
            return Outcome()
        place = writing.cluster.connection.api.address
        dry_run = self.options.dry_run
        rows = done.rows(writing, dry_run=dry_run)
        changes = {str(each.key): tuple(map(str, each.changes)) for each in done.rehearsed}
        text = partial(upgrade_applied_text, place=place, changes=changes, dry_run=dry_run)
        return Outcome(result={"applied": applied_rows(rows)}, text=text)


def _references(run: Run, positional: list[str] | tuple[()]) -> tuple[UpgradeReference, ...]:
    given: list[tuple[ProviderType | None, str]] = [(None, text) for text in positional]
    given += [(kind, text) for kind in ProviderType for text in run.provider_flags.get(kind, ())]
    found: list[UpgradeReference] = []
    problems: list[Diagnostic] = []
    for kind, text in given:
        try:
            found.append(parse_upgrade_reference(text, kind))
        except MalformedReferenceError as error:
            problems.append(malformed_reference(error, kind))
    if problems:
        raise RunEndedError(problems, ExitStatus.USAGE)
    return tuple(found)


def _check_choice(
    contract: str | None, named: tuple[UpgradeReference, ...], plan: Path | None, *, is_bound: bool
) -> None:
    """One of a contract, providers, a plan and a lock alone; a contract may choose among the plans of a file.

    Raises:
        typer.BadParameter: there is none of them, or two that exclude each other.
    """
    if contract is not None and not is_contract_name(contract):
        raise typer.BadParameter(f"{contract[:60]!r} is no contract such as v1beta2", param_hint="--contract")
    if named and plan is not None:
        raise typer.BadParameter("a saved plan names its providers itself", param_hint="--plan")
    if named and contract is not None:
        raise typer.BadParameter("it excludes providers that are named", param_hint="--contract")
    if not named and contract is None and plan is None and not is_bound:
        raise typer.BadParameter(
            "name a contract, or providers with their versions, a saved plan (--plan), or a lock (--locked, --bundle)",
            param_hint="--contract",
        )


def _read_plan(path: Path) -> SavedPlan:
    try:
        with path.open("rb") as file:
            return parse_saved_plan(file.read(LARGEST_PLAN + 1))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except UnreadablePlanError as error:
        reason = str(error)
    raise RunEndedError((plan_unusable(str(path), reason),))
