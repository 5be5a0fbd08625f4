"""The text of an upgrade plan: a table a contract, the reasons, and what to run next."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.core.upgrade_plan import ContractPlan, UpgradePlan, UpgradeRow, apply_commands, operator_change
from capyctl.report.tables import prose_table, table
from capyctl.report.text_style import TextStyle, one_line

_HEADER = ("NAME", "NAMESPACE", "TYPE", "CURRENT VERSION", "NEXT VERSION")
_UP_TO_DATE = "Already up to date"


def upgrade_text(plan: UpgradePlan, style: TextStyle) -> str:
    """The plans by contract; one sentence where there is none."""
    if not plan.plans:
        return style.spell(
            "There is no upgrade to plan: no installed provider was found that can be planned for.\n"
        )
    return style.spell("\n".join(_contract_text(each) for each in plan.plans))


def _contract_text(plan: ContractPlan) -> str:
    head = f"Contract {one_line(plan.contract)}{', which this cluster has' if plan.is_current else ''}:\n\n"
    rows = [
        (
            row.installed.manifest_label,
            row.installed.namespace,
            row.installed.type_text or "-",
            row.installed.version_text or "-",
            row.next or (_UP_TO_DATE if row.prospect.value == "current" else f"none ({row.prospect.value})"),
        )
        for row in plan.rows
    ]
    reasons = [(row.installed.manifest_label, row.reason) for row in plan.rows]
    return f"{head}{table(_HEADER, rows)}\n{prose_table(('NAME', 'REASON'), reasons)}\n{_next_steps(plan)}"


def _next_steps(plan: ContractPlan) -> str:
    if not plan.upgrades:
        return "Nothing has to be upgraded for this contract.\n"
    if plan.hindering:
        names = ", ".join(one_line(row.installed.manifest_label) for row in plan.hindering)
        return f"This plan is partial and cannot be applied: {names} cannot follow.\n"
    parts = [_commands(plan), _changes(plan.upgrades)]
    stepped = any(len(row.hops) > 1 for row in plan.upgrades)
    parts += ["After this step, plan again for the next one.\n"] if stepped else []
    return "\n".join(part for part in parts if part)


def _commands(plan: ContractPlan) -> str:
    commands = apply_commands(plan)
    if not commands:
        return ""
    return "To apply it:\n\n" + "".join(f"    {one_line(each)}\n" for each in commands)


def _changes(rows: Iterable[UpgradeRow]) -> str:
    lines = [
        operator_change(row.operator, row.next)
        for row in rows
        if row.operator is not None and row.next is not None
    ]
    if not lines:
        return ""
    head = "The operator manages these; change its resources, and it does the rest:\n\n"
    return head + "".join(f"    {one_line(line)}\n" for line in lines)
