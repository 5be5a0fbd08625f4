"""Text of ``lock`` and ``lock --check``, made from their results alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from capyctl.core.lock_changes import LockChange
from capyctl.report.tables import close_table
from capyctl.report.text_style import TextStyle, wrap

_Json = Mapping[str, Any]
_NONE = "-"
_SHORT = 19
"""Characters of a digest that are shown: ``sha256:`` and twelve digits."""


def lock_result_text(result: _Json, style: TextStyle, *, written: bool, dropped: Sequence[str] = ()) -> str:
    """What is locked, one a line, and what became of the file."""
    lock = result["lock"]
    rows = [
        (each["provider"], each["version"], each["requested"] or _NONE, each["repository"]["name"])
        for each in lock["providers"]
    ]
    cert_manager = lock["cert_manager"]
    if cert_manager is not None:
        rows.append(("cert-manager", cert_manager["version"], _NONE, cert_manager["repository"]["name"]))
    rows += [(each["marker"], each["version"], _NONE, each["image"]) for each in lock["kubernetes"]]
    said = "Written to capyctl.lock." if written else "Nothing has changed; capyctl.lock stays as it is."
    said += f"\nNo longer locked: {', '.join(dropped)}." if dropped else ""
    return style.spell(f"{close_table(('LOCKED', 'VERSION', 'ASKED FOR', 'FROM'), rows)}\n{said}\n")


def changes_json(change: LockChange) -> dict[str, object]:
    """One row as the document has it (cli.md 7.2)."""
    return {
        "what": change.what.value,
        "provider": change.provider,
        "file": change.file,
        "marker": change.marker,
        "locked": change.locked,
        "found": change.found,
        "locked_at": change.locked_at,
        "found_at": change.found_at,
    }


def changes_text(
    result: _Json,
    style: TextStyle,
    *,
    same: Sequence[str] = (),
    undecided: Sequence[str] = (),
    unknown: Sequence[str] = (),
) -> str:
    """One row a difference; digests are cut, since the diagnostics have them in full.

    ``same`` are the entries that are as they were locked, ``undecided`` those of which that could not be found out,
    ``unknown`` those whose provider is not configured here.
    """
    rows = [
        (
            each["what"],
            each["provider"] or each["marker"],
            each["file"] or _NONE,
            _short(each["locked"]),
            _short(each["found"]) if each["found"] is not None else "gone",
        )
        for each in result["changes"]
    ]
    parts = [close_table(("WHAT", "OF", "FILE", "LOCKED", "FOUND"), rows)] if rows else []
    reasons = {"of which not everything could be asked": undecided, "not configured here": unknown}
    said = [
        line
        for why, names in reasons.items()
        if names
        for line in wrap(f"No verdict on {', '.join(names)}, {why}.", "")
    ]
    if said:
        said += wrap(f"As locked: {', '.join(same)}.", "") if same else []
        parts.append("".join(f"{line}\n" for line in said))
    return style.spell("\n".join(parts) or "Nothing has changed.\n")


def _short(value: str) -> str:
    if len(value) == 64 and value.isalnum():
        return f"sha256:{value}"[:_SHORT]
    return value[:_SHORT] if value.startswith("sha256:") else value
