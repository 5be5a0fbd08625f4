"""An upgrade plan as the document has it (cli.md 5), and as a file."""

from __future__ import annotations

import json

from capyctl.core.saved_plan import PLAN_FORMAT
from capyctl.core.upgrade_plan import ContractPlan, UpgradePlan, UpgradeRow

Json = dict[str, object]


def upgrade_json(plan: UpgradePlan) -> Json:
    """``plans`` by contract in ascending order; rows in install order."""
    return {"plans": [_plan_json(each) for each in plan.plans]}


def saved_plan(plan: UpgradePlan, *, version: str, created_at: str, server: str) -> str:
    """The file of ``--out``: the plan, who made it, when, and for which server; UTF-8, a newline at the end.

    ``files`` are the digests of the next versions' files by provider, version and name, as far as they were read.
    """
    head: Json = {"format": PLAN_FORMAT, "capyctl": version, "created_at": created_at, "server": server}
    whole = {**head, **upgrade_json(plan), "files": _files_json(plan)}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _files_json(plan: UpgradePlan) -> Json:
    found: dict[str, dict[str, object]] = {}
    for row in (row for each in plan.plans for row in each.upgrades if row.files):
        found.setdefault(row.installed.manifest_label, {})[row.hops[0]] = dict(sorted(row.files.items()))
    return dict(found)


def _plan_json(plan: ContractPlan) -> Json:
    return {"contract": plan.contract, "providers": [_row_json(row) for row in plan.rows]}


def _row_json(row: UpgradeRow) -> Json:
    return {
        "provider": row.installed.manifest_label,
        "namespace": row.installed.namespace,
        "current": row.installed.version_text,
        "next": row.next,
        "hops": list(row.hops),
        "reason": row.reason,
    }
