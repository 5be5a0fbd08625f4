"""Which installed providers an upgrade brings to which versions: by contract, by name, or by a saved plan (5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.contract import accepted_contracts
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.identity import ProviderReference
from capyctl.core.inventory import InstalledProvider
from capyctl.core.rules.upgrade_apply import (
    UpgradeStep,
    contract_not_planned,
    not_installed,
    plan_changed,
    plan_unusable,
)
from capyctl.core.saved_plan import SavedContract, SavedPlan, SavedRow, changes_since
from capyctl.core.upgrade_plan import UpgradePlan
from capyctl.core.upgrade_reference import UpgradeReference


class Selection(Struct, frozen=True, kw_only=True):
    """What is to be done, or why it cannot be.

    Attributes:
        steps: in install order; empty where nothing is to be done. contract: that the core has afterwards, where it
            was asked for. rows: of a saved plan, by label. problems: with an error nothing is done.
    """

    steps: tuple[UpgradeStep, ...] = ()
    contract: str | None = None
    rows: Mapping[str, SavedRow] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()


def select_by_contract(
    plan: UpgradePlan, contract: str, diagnostics: Sequence[Diagnostic], managed: frozenset[str]
) -> Selection:
    """The first step of the plan for a contract; the rules of the plan hold here too (weakness 4).

    ``diagnostics`` are the plan's: that it is partial is an error where it is to be applied. ``managed`` are labels
    that the operator upgrades.
    """
    found = next((each for each in plan.plans if each.contract == contract), None)
    if found is None:
        return Selection(problems=(contract_not_planned(contract, (each.contract for each in plan.plans)),))
    if found.hindering:
        partial = [
            replace(each, severity=Severity.ERROR)
            for each in diagnostics
            if each.code is codes.UPGRADE_PARTIAL and f"contract {contract} " in each.detail
        ]
        return Selection(problems=tuple(partial))
    steps = [
        UpgradeStep(installed=row.installed, tag=row.hops[0])
        for row in found.upgrades
        if row.installed.manifest_label not in managed
    ]
    return Selection(steps=ordered_steps(steps), contract=contract)


def select_named(references: Sequence[UpgradeReference], installed: Sequence[InstalledProvider]) -> Selection:
    """The providers that were named, each to the version that was named with it."""
    steps: dict[str, UpgradeStep] = {}
    problems: list[Diagnostic] = []
    for each in references:
        found = _matching(each.reference, installed)
        there = [item for item in found if each.namespace in (None, item.namespace)]
        if not there:
            problems.append(not_installed(each.reference.name, each.namespace, installed))
        elif len({item.manifest_label for item in there}) > 1:
            problems.append(_ambiguous(each, there))
        elif there[0].manifest_label in steps:
            problems.append(_twice(there[0]))
        else:
            steps[there[0].manifest_label] = UpgradeStep(installed=there[0], tag=each.version)
    return Selection(steps=ordered_steps(steps.values()), problems=tuple(problems))


def select_saved(
    saved: SavedPlan, file: str, contract: str | None, installed: Sequence[InstalledProvider]
) -> Selection:
    """What a saved plan says, exactly, or why it does not hold any more.

    A provider that already has its next version was brought there by this plan; then nothing is left to do.
    """
    plan = _chosen(saved, contract)
    if isinstance(plan, str):
        return Selection(problems=(plan_unusable(file, plan),))
    if plan is None:
        return Selection()
    changes = changes_since(plan, installed)
    if changes:
        return Selection(problems=(plan_changed(file, changes),))
    rows = {(row.provider, row.namespace): row for row in plan.upgrades}
    steps = [
        UpgradeStep(installed=each, tag=row.next)
        for each in installed
        if (row := rows.get((each.manifest_label, each.namespace))) is not None
        and row.next is not None
        and row.next != each.version_text
    ]
    return Selection(
        steps=ordered_steps(steps), contract=plan.contract, rows={row.provider: row for row in plan.upgrades}
    )


def contract_problem(selection: Selection, core_contract: str, file: str) -> Diagnostic | None:
    """A saved plan was made for a contract, and the core that it names has another one now."""
    wanted = selection.contract
    if wanted is None or not selection.rows or core_contract in accepted_contracts(wanted):
        return None
    change = f"the core's contract was to be {wanted} and is {core_contract}"
    return plan_changed(file, (change,))


def _chosen(saved: SavedPlan, contract: str | None) -> SavedContract | str | None:
    """The plan to apply, why there is none, or None where the file has nothing to do."""
    if contract is not None:
        return saved.of(contract) or f"it has no plan for the contract {contract}"
    useful = saved.applicable
    if len(useful) > 1:
        named = ", ".join(each.contract for each in useful)
        return f"it has plans for several contracts ({named}); name one with --contract"
    return next(iter(useful or saved.contracts), None)


def _matching(
    reference: ProviderReference, installed: Sequence[InstalledProvider]
) -> list[InstalledProvider]:
    """By manifest label, else by name (cli.md 1)."""
    typed = [each for each in installed if reference.type in (None, each.type)]
    labelled = [each for each in typed if each.manifest_label == reference.name]
    return labelled or [each for each in typed if each.name == reference.name]


def _ambiguous(asked: UpgradeReference, found: Sequence[InstalledProvider]) -> Diagnostic:
    named = ", ".join(f"{each.manifest_label}:{asked.version}" for each in found)
    return Diagnostic(
        code=codes.AMBIGUOUS_NAME,
        severity=Severity.ERROR,
        detail=f"{asked.reference.text} stands for several installed providers; name one of {named}.",
    )


def _twice(found: InstalledProvider) -> Diagnostic:
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail=f"{found.manifest_label} is named twice; it can be brought to one version.",
        subject=Subject(provider=found.manifest_label),
    )


def ordered_steps(steps: Iterable[UpgradeStep]) -> tuple[UpgradeStep, ...]:
    """The steps in install order."""
    return tuple(sorted(steps, key=lambda step: step.installed.sort_key))
