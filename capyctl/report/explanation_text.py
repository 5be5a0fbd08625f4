"""The tree of reasons behind each choice (``resolve --explain``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from capyctl.report.text_style import TextStyle, one_line, wrap

_Json = Mapping[str, Any]
_FEW = 2
_INDENT = " " * 14


def explanation_text(result: _Json, reasons: Sequence[Sequence[tuple[str, str]]], style: TextStyle) -> str:
    """For each provider: its version, the rules that decided, what was passed over, and the evidence.

    Args:
        result: the result of ``resolve``.
        reasons: for each provider, pairs of a rule's name and what it said.
        style: how to write; with verbosity nothing is cut.
    """
    lines: list[str] = []
    for provider, rules in zip(result["providers"], reasons, strict=True):
        lines.append(style.paint(f"{provider['provider']} {provider['version'] or 'none'}", "bold"))
        for name, text in rules:
            lines += wrap(one_line(text), _INDENT, first=f"  {name:<12}")
        lines += _passed_over(provider["rejected"], style)
    return style.spell("\n".join(lines) + "\n")


def _passed_over(rejected: Sequence[_Json], style: TextStyle) -> list[str]:
    shown = rejected if style.verbosity else rejected[:_FEW]
    lines: list[str] = []
    for number, each in enumerate(shown):
        lead = "passed over" if number == 0 else ""
        text = f"{each['version']}: {each['code']} {each['reason']}"
        lines += wrap(one_line(text), _INDENT, first=f"  {lead:<12}")
    if len(rejected) > len(shown):
        lines.append(f"{_INDENT}and {len(rejected) - len(shown)} more; -v shows them")
    return lines
