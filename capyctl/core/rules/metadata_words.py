"""How the rules about a metadata.yaml word values and ways out."""

from __future__ import annotations

from capyctl.core.diagnostics import Applicability, Edit, Fix

_SHOWN_VALUE = 60


def shown(value: object) -> str:
    """A value of the file for a sentence: quoted, escaped and short."""
    text = f'"{value}"' if isinstance(value, str) and value.isalnum() else _quoted(value)
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}…"


def _quoted(value: object) -> str:
    import json  # noqa: PLC0415 - start-up budget; most values are one word

    return json.dumps(value, ensure_ascii=False)


def upstream_fix(title: str, edit: Edit | None = None) -> Fix:
    """A way out that only the provider's authors can take; lint, run by them, calls it by another name."""
    return Fix(applicability=Applicability.UPSTREAM, title=title, edit=edit)
