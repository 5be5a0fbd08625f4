"""What an installation did, or would do, as text: the plan, then each object with what changes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from capyctl.report.provider_text import plan_text
from capyctl.report.text_style import TextStyle, one_line

_Json = Mapping[str, Any]
_VERBS = {"created": "created", "configured": "changed", "unchanged": "as they should be"}

FIRST_STEPS = """
Your management cluster has been initialized successfully!

You can now create your first workload cluster by running the following:

  clusterctl generate cluster [name] --kubernetes-version [version] | kubectl apply -f -

"""
"""What clusterctl says after a first installation (clusterctl-cluster 1.2, step 10)."""


def installation_text(result: _Json, style: TextStyle, place: str, *, first_run: bool) -> str:
    """What was written to the cluster at ``place``."""
    head = plan_text(result, style, place).replace("; nothing is written.", ".", 1)
    done = Counter(each["action"] for each in result["applied"])
    counted = ", ".join(f"{done[action]} {verb}" for action, verb in _VERBS.items() if done[action])
    tail = f"\n{len(result['applied'])} objects: {counted}.\n" if done else "\nNothing was written.\n"
    return head + style.spell(tail) + (style.spell(FIRST_STEPS) if first_run else "")


def rehearsal_text(
    result: _Json, style: TextStyle, place: str, changes: Sequence[tuple[str, Sequence[str]]]
) -> str:
    """What would be written; ``changes`` are objects with the lines of their difference, empty for new ones."""
    head = plan_text(result, style, place)
    if not changes:
        return head
    lines = [f"\n{len(changes)} objects would be written:\n"]
    for name, diff in changes:
        lines.append(f"  {one_line(name)}\n")
        lines += [f"      {one_line(line)}\n" for line in diff]
    return head + style.spell("".join(lines))
