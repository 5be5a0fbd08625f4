"""What an upgrade did, or would do, as text: one line a provider, each object of a dry run with what changes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from capyctl.report.tables import close_table
from capyctl.report.text_style import TextStyle, one_line

_Json = Mapping[str, Any]
_ACTIONS = ("created", "configured", "unchanged", "pruned")


def upgrade_applied_text(
    result: _Json, style: TextStyle, place: str, changes: Mapping[str, Sequence[str]], *, dry_run: bool
) -> str:
    """What became of the cluster at ``place``.

    ``changes`` are, of a dry run, the lines of each object's difference by kind, namespace and name.
    """
    rows = result["applied"]
    where = f"the cluster at {one_line(place)}"
    if not rows:
        return style.spell(f"Nothing had to be changed in {where}.\n")
    head = f"Upgrade of {where}{'; nothing is written' if dry_run else ''}.\n\n"
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row["provider"] or "inventory", Counter())[row["action"]] += 1
    table = close_table(
        ("PROVIDER", *(action.upper() for action in _ACTIONS)),
        [(owner, *(str(count[action]) for action in _ACTIONS)) for owner, count in counts.items()],
    )
    return style.spell(head + table + ("".join(_object_lines(rows, changes)) if dry_run else ""))


def _object_lines(rows: Sequence[_Json], changes: Mapping[str, Sequence[str]]) -> list[str]:
    lines = ["\n"]
    for row in rows:
        if row["action"] == "unchanged":
            continue
        namespace = f"{row['namespace']}/" if row["namespace"] else ""
        name = f"{row['kind']} {namespace}{row['name']}"
        lines.append(f"  {row['action']} {one_line(name)}\n")
        lines += [f"      {one_line(line)}\n" for line in changes.get(name, ())]
    return lines
