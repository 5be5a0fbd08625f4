"""The function of the library that installs."""

from __future__ import annotations

from functools import partial
from typing import Unpack

from capyctl.core.apply_stages import INVENTORY
from capyctl.core.object_name import parse_namespace_name
from capyctl.core.resolved import Resolved
from capyctl.core.status_rules import status_of
from capyctl.library.arguments import choice_of, seconds
from capyctl.library.cluster_calls import BoundClusterSettings, cluster_settings
from capyctl.library.results import References, Result
from capyctl.library.serving import read_references, serve
from capyctl.library.upgrade_calls import AppliedEntry
from capyctl.wiring.cluster import ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.installation import Installation
from capyctl.wiring.installing import WritingRun, writing_run
from capyctl.wiring.planning import InstallRequest, PlanOptions
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


class InstallResult(Result, frozen=True, kw_only=True):
    """What was installed.

    Attributes:
        cert_manager: its version afterwards, None where it is somebody else's. providers: those named or added, in
            install order. applied: every object that was written or found as it should be, in order; also of a run
            that was broken off (``exit_status`` 4).
    """

    cert_manager: str | None = None
    providers: tuple[Resolved, ...] = ()
    applied: tuple[AppliedEntry, ...] = ()


def install(
    references: References = (),
    *,
    contract: str | None = None,
    allow_prerelease: bool = False,
    target_namespace: str | None = None,
    wait: float = 0.0,
    **settings: Unpack[BoundClusterSettings],
) -> InstallResult:
    """Install providers into the management cluster that a kubeconfig names, as ``init`` does.

    ``wait`` is how many seconds the providers' Deployments are waited for, 0 for not at all. A run that was broken off
    before is finished first. KeyboardInterrupt passes through; the next call finishes what it left.

    Raises:
        MalformedReferenceError: a reference that cannot be read.
        ValueError: a contract, a namespace or a number of seconds that is none.
    """
    named = read_references(references)
    options = PlanOptions(
        choice=choice_of(contract, allow_prerelease=allow_prerelease),
        target_namespace=parse_namespace_name(target_namespace),
    )
    there = cluster_settings(settings)
    request = InstallRequest(references=named, options=options, wait=seconds(wait, "wait"))
    served = serve("init", named, settings, partial(_installed, request, there))
    if served.found is None:
        return InstallResult(
            diagnostics=served.diagnostics, evidence=served.evidence, exit_status=served.status
        )
    return served.found


def _installed(request: InstallRequest, there: ClusterSettings, world: World) -> Served[InstallResult]:
    try:
        cluster = open_cluster(world, there)
    except ClusterNotNamedError as error:
        return _served(InstallResult(diagnostics=error.diagnostics, exit_status=status_of(error.diagnostics)))
    done = Installation(request=request)
    with writing_run(world, cluster) as writing:
        done.work(writing)
    plan = done.plan
    return _served(
        InstallResult(
            cert_manager=plan.cert_manager if plan is not None else None,
            providers=tuple(each.resolved for each in plan.decisions) if plan is not None else (),
            applied=_entries(writing),
            diagnostics=(*writing.told(), *cluster.notes),
            evidence=writing.evidence(),
            exit_status=writing.status,
        )
    )


def _entries(writing: WritingRun) -> tuple[AppliedEntry, ...]:
    return tuple(
        AppliedEntry(
            kind=each.key.kind,
            namespace=each.key.namespace or None,
            name=each.key.name,
            provider=each.owner if each.owner != INVENTORY else None,
            action=each.action.value,
        )
        for each in writing.applied
    )


def _served(result: InstallResult) -> Served[InstallResult]:
    return Served(
        found=result, diagnostics=result.diagnostics, evidence=result.evidence, status=result.exit_status
    )
