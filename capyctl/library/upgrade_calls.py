"""The functions of the library that plan and apply an upgrade of a management cluster."""

from __future__ import annotations

import os
import shlex
from functools import partial
from pathlib import Path
from typing import Unpack

from msgspec import Struct

from capyctl.core.apply_stages import INVENTORY
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.object_key import ObjectKey
from capyctl.core.rules.upgrade_apply import plan_unusable
from capyctl.core.saved_plan import LARGEST_PLAN, SavedPlan, UnreadablePlanError, parse_saved_plan
from capyctl.core.status_rules import status_of
from capyctl.core.upgrade_plan import ContractPlan, UpgradePlan
from capyctl.core.upgrade_reference import parse_upgrade_reference
from capyctl.library.arguments import contract_name, seconds
from capyctl.library.cluster_calls import BoundClusterSettings, cluster_settings
from capyctl.library.results import Result
from capyctl.library.serving import serve
from capyctl.wiring.cluster import ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.installing import writing_run
from capyctl.wiring.served import Served
from capyctl.wiring.upgrade_applying import UpgradeDone, apply_upgrade
from capyctl.wiring.upgrade_choosing import UpgradeOptions
from capyctl.wiring.upgrade_services import plan_upgrade as plan_cluster_upgrade
from capyctl.wiring.world import World

_Row = tuple[ObjectKey, str, str]


class UpgradeResult(Result, frozen=True, kw_only=True):
    """A plan for each contract, in ascending order; none for a cluster without providers."""

    plans: tuple[ContractPlan, ...] = ()


def plan_upgrade(**settings: Unpack[BoundClusterSettings]) -> UpgradeResult:
    """Say what an upgrade of a management cluster's providers would do; nothing is written.

    Args:
        settings: see ``BoundClusterSettings``.

    Raises:
        ValueError: a time to wait that is less than nothing.
    """
    there = cluster_settings(settings)

    def work(world: World) -> Served[UpgradePlan]:
        try:
            cluster = open_cluster(world, there)
        except ClusterNotNamedError as error:
            said = error.diagnostics
            evidence = world.evidence()
            return Served(found=UpgradePlan(), diagnostics=said, evidence=evidence, status=status_of(said))
        return plan_cluster_upgrade(world, cluster)

    served = serve("upgrade plan", (), settings, work)
    return UpgradeResult(
        plans=served.found.plans if served.found is not None else (),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


class AppliedEntry(Struct, frozen=True, kw_only=True):
    """What became of an object; ``namespace`` is None for one of the whole cluster.

    Attributes:
        provider: its manifest label, or ``cert-manager``; None for the inventory's definition.
        action: ``created``, ``configured``, ``unchanged`` or ``pruned``.
    """

    kind: str
    namespace: str | None
    name: str
    provider: str | None
    action: str


class AppliedUpgrade(Result, frozen=True, kw_only=True):
    """What was written, or in a dry run would be, in order; ``exit_status`` 4 says that it is not all."""

    applied: tuple[AppliedEntry, ...] = ()


class UpgradeSettings(BoundClusterSettings, total=False):
    """Keyword arguments of ``upgrade``.

    ``contract`` upgrades every provider; ``plan`` is a file that ``upgrade plan --out`` saved; ``locked`` or
    ``bundle`` alone brings every provider to the version of the lock; ``wait`` is in seconds, 0 for not at all.
    """

    contract: str | None
    plan: str | os.PathLike[str] | None
    dry_run: bool
    wait: float


def upgrade(*references: str, **settings: Unpack[UpgradeSettings]) -> AppliedUpgrade:
    """Upgrade the providers of a management cluster: everything is fetched and checked before the first write.

    Args:
        references: ``[namespace/]name:version`` each, or a manifest label in the name's place; none where a contract,
            a plan or a lock is given.
        settings: see ``UpgradeSettings`` and ``BoundClusterSettings``.

    Raises:
        MalformedReferenceError: a reference that cannot be read.
        ValueError: not one of references, a contract and a plan, and no lock either; a contract or a number of seconds
            that is none.
    """
    named = tuple(parse_upgrade_reference(each) for each in references)
    contract, plan = contract_name(settings.get("contract")), settings.get("plan")
    is_bound = bool(settings.get("locked") or settings.get("bundle"))
    if (named and (contract or plan)) or not (named or contract or plan or is_bound):
        raise ValueError("an upgrade takes references, a contract, a plan or a lock")
    there = cluster_settings(settings)
    saved = _read_plan(plan) if plan is not None else None
    if isinstance(saved, Diagnostic):
        return AppliedUpgrade(diagnostics=(saved,), evidence=(), exit_status=status_of((saved,)))
    options = UpgradeOptions(
        contract=contract,
        references=named,
        saved=saved,
        file="" if plan is None else os.fspath(plan),
        wait=seconds(settings.get("wait", 0.0), "wait"),
        dry_run=settings.get("dry_run", False),
    )
    flags = (("--contract", contract or ""), ("--plan", options.file))
    given = [word for flag in flags if flag[1] for word in flag]
    words = shlex.join(("upgrade", "apply", *references, *given))
    served = serve(words, (), settings, partial(_upgraded, options, there))
    return AppliedUpgrade(
        applied=tuple(_entry(*row) for row in served.found or ()),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def _upgraded(options: UpgradeOptions, there: ClusterSettings, world: World) -> Served[tuple[_Row, ...]]:
    try:
        cluster = open_cluster(world, there)
    except ClusterNotNamedError as error:
        said = error.diagnostics
        return Served(found=(), diagnostics=said, evidence=world.evidence(), status=status_of(said))
    done = UpgradeDone()
    with writing_run(world, cluster) as writing:
        apply_upgrade(writing, options, done)
    return Served(
        found=done.rows(writing, dry_run=options.dry_run),
        diagnostics=writing.told(),
        evidence=writing.evidence(),
        status=writing.status,
    )


def _entry(key: ObjectKey, owner: str, action: str) -> AppliedEntry:
    return AppliedEntry(
        kind=key.kind,
        namespace=key.namespace or None,
        name=key.name,
        provider=owner if owner != INVENTORY else None,
        action=action,
    )


def _read_plan(path: str | os.PathLike[str]) -> SavedPlan | Diagnostic:
    try:
        with Path(path).open("rb") as file:
            return parse_saved_plan(file.read(LARGEST_PLAN + 1))
    except OSError as error:
        return plan_unusable(os.fspath(path), error.strerror or "it cannot be read")
    except UnreadablePlanError as error:
        return plan_unusable(os.fspath(path), str(error))
