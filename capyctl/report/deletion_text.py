"""The text and the JSON of a deletion: what is gone, or would go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from capyctl.core.object_key import ObjectKey
from capyctl.report.tables import close_table
from capyctl.report.text_style import TextStyle, one_line


def deleted_json(gone: Iterable[tuple[ObjectKey, str]]) -> dict[str, object]:
    """``deleted`` of the document: each object with the manifest label of its provider, in order (cli.md 5)."""
    return {
        "deleted": [
            {
                "kind": key.kind,
                "namespace": key.namespace or None,
                "name": key.name,
                "provider": owner or None,
            }
            for key, owner in gone
        ]
    }


def deletion_text(result: Mapping[str, Any], style: TextStyle, *, place: str, dry_run: bool) -> str:
    """One object a line, in the order that they go."""
    where = f"the cluster at {one_line(place)}"
    if not result["deleted"]:
        return style.spell(
            f"Nothing {'is there to be deleted' if dry_run else 'was deleted'} from {where}.\n"
        )
    rows = [
        (each["provider"] or "-", each["kind"], each["namespace"] or "-", each["name"])
        for each in result["deleted"]
    ]
    head = f"To be deleted from {where}; nothing is written.\n\n" if dry_run else f"Deleted from {where}:\n\n"
    return style.spell(head + close_table(("PROVIDER", "KIND", "NAMESPACE", "NAME"), rows))
