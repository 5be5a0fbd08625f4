"""An explain page for a terminal: its Markdown as it reads, prose filled to eighty columns."""

from __future__ import annotations

import re
import textwrap

from capyctl.core.pattern import pattern
from capyctl.report.text_style import WIDTH

_ITEM = pattern(r"(?:[-*]|\d+\.) ")
_VERBATIM = ("    ", "\t", "|", "#", "```")


def page_text(markdown: str) -> str:
    """The page with every paragraph and list item filled; code, tables and headings stay as they are."""
    blocks = re.split(r"\n\s*\n", markdown.strip())
    return "\n\n".join(_filled(block) for block in blocks) + "\n"


def _filled(block: str) -> str:
    if block.startswith(_VERBATIM):
        return block
    items: list[list[str]] = []
    for line in block.splitlines():
        if not items or _ITEM().match(line):
            items.append([])
        items[-1].append(line.strip())
    return "\n".join(_fill(" ".join(lines)) for lines in items)


def _fill(text: str) -> str:
    item = _ITEM().match(text)
    indent = " " * len(item[0]) if item else ""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
