"""``cluster check`` as text: one aligned line a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from capyctl.report.tables import prose_table
from capyctl.report.text_style import TextStyle


def check_text(result: Mapping[str, Any], style: TextStyle) -> str:
    """Name, outcome and words of every part."""
    rows = [(each["name"], each["outcome"], each["detail"]) for each in result["checks"]]
    return style.spell(prose_table(("CHECK", "OUTCOME", "DETAIL"), rows))
