"""What ``upgrade apply`` was asked for, made into steps: by contract, by name or by a saved plan."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.upgrade_apply.definitions import StatedContracts, read_stated_contracts
from capyctl.app.upgrade_apply.selection import (
    Selection,
    select_by_contract,
    select_named,
    select_saved,
)
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.inventory import InstalledProvider
from capyctl.core.rules.upgrade_apply import without_source
from capyctl.core.saved_plan import SavedPlan
from capyctl.core.upgrade_plan import UpgradePlan
from capyctl.core.upgrade_reference import UpgradeReference
from capyctl.core.version import parse_version
from capyctl.wiring.installing import WritingRun
from capyctl.wiring.locked_upgrade import compare_steps, contract_problems, select_locked
from capyctl.wiring.served import served
from capyctl.wiring.upgrade_preparing import Work
from capyctl.wiring.upgrade_services import plan_of
from capyctl.wiring.upgrade_standing import Standing

_SAID_ELSEWHERE = frozenset(
    {codes.INSTALLED_PROVIDER_UNKNOWN, codes.UPGRADE_PARTIAL, codes.CERT_MANAGER_UPGRADE}
)
"""What a plan says and an apply says in its own way: that is an error there, or none."""


class UpgradeOptions(Struct, frozen=True, kw_only=True):
    """What was asked for; one of ``contract``, ``references`` and ``saved``, or ``saved`` with ``contract``.

    None of them stands for what the lock of the run has.

    Attributes:
        file: the name of the saved plan's file. wait: seconds to wait for providers; 0: not at all.
    """

    contract: str | None = None
    references: tuple[UpgradeReference, ...] = ()
    saved: SavedPlan | None = None
    file: str = ""
    wait: float = 0.0
    dry_run: bool = False


def choose_steps(writing: WritingRun, standing: Standing, options: UpgradeOptions) -> Work | None:
    """The work; None where ``writing.said`` tells why there is none."""
    stated = read_stated_contracts(writing.reader)
    if stated.failures:
        writing.said += diagnose_readings(stated.failures, about="the definitions of the installed providers")
        return None
    selection = _select(writing, standing, options, stated)
    said = [*selection.problems, *_without_source(writing, standing, selection, stated)]
    cert_manager = cert_manager_version(writing, standing)
    if not any(each.is_error for each in said):
        by = f"is what the plan {options.file} goes to" if options.saved is not None else "is asked for"
        said += compare_steps(writing.world, selection.steps, by, cert_manager=cert_manager)
    told = served(writing.world, None, said, ()).diagnostics
    writing.said += told
    if any(each.is_error for each in told):
        return None
    return Work(
        steps=selection.steps,
        cert_manager=cert_manager,
        upgrades=True,
        wait=options.wait,
        stated=stated.by_label,
        selection=selection,
        file=options.file,
    )


def cert_manager_version(writing: WritingRun, standing: Standing) -> str | None:
    """The cert-manager that an upgrade brings; None where it stays: not ours, not older (3.4), or not in the lock."""
    found, settings = standing.facts.cert_manager, writing.world.cert_manager
    locked = writing.world.locked
    if locked is not None and locked.lock.cert_manager is None:
        return None
    if not found.owned or found.version is None or settings.externally_provisioned:
        return None
    current, wanted = parse_version(found.version), parse_version(settings.version)
    if current is None or wanted is None or not current < wanted:
        return None
    return settings.version


def _select(
    writing: WritingRun, standing: Standing, options: UpgradeOptions, stated: StatedContracts
) -> Selection:
    if options.saved is not None:
        return select_saved(options.saved, options.file, options.contract, standing.every)
    if options.references:
        return select_named(options.references, standing.installed)
    if options.contract is None and writing.world.locked is not None:
        return select_locked(writing.world.locked, standing.installed)
    contract = options.contract or ""
    differing = contract_problems(writing.world, options.contract)
    if differing:
        return Selection(problems=differing)
    if not standing.every:
        return select_by_contract(UpgradePlan(), contract, (), frozenset())
    planned = plan_of(writing.world, standing.facts, stated.by_label)
    selection = select_by_contract(planned.plan, contract, planned.diagnostics, standing.managed)
    said = (each for each in planned.diagnostics if each.code not in _SAID_ELSEWHERE)
    return _with_problems(selection, said)


def _with_problems(selection: Selection, said: Iterable[Diagnostic]) -> Selection:
    return Selection(
        steps=selection.steps,
        contract=selection.contract,
        rows=selection.rows,
        problems=(*selection.problems, *said),
    )


def _without_source(
    writing: WritingRun, standing: Standing, selection: Selection, stated: StatedContracts
) -> list[Diagnostic]:
    """The providers that stay because nobody knows where they come from (F64)."""
    going = {step.label for step in selection.steps}
    staying = (each for each in standing.installed if each.manifest_label not in going)
    return [
        without_source(each, stated.by_label.get(each.manifest_label, frozenset()))
        for each in staying
        if _is_unknown(writing, each)
    ]


def _is_unknown(writing: WritingRun, installed: InstalledProvider) -> bool:
    return installed.key is not None and writing.world.table.get(installed.key) is None
