"""Who owns an object's fields, by ``metadata.managedFields``; and taking over what clusterctl wrote (ADR 21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

from capyctl.core.api_object import ApiObject, items_at, mapping_at, text_at
from capyctl.core.api_writing import FIELD_MANAGER
from capyctl.core.object_key import Json

_INSTALLERS: Final = frozenset(
    {"clusterctl", FIELD_MANAGER, "kubectl-client-side-apply", "before-first-apply"}
)
"""Managers whose fields are taken over without a word: what installed providers before, no person's own edits."""


def other_managers(found: ApiObject) -> tuple[str, ...]:
    """Who wrote to an object besides the tools that install providers, sorted; status and scale do not count."""
    names = {
        text_at(each, "manager")
        for each in items_at(found.raw, "metadata", "managedFields")
        if not text_at(each, "subresource")
    }
    return tuple(sorted(name for name in names if name and not is_installer(name)))


def is_installer(manager: str) -> bool:
    """Whether a manager is a tool that installs providers."""
    return manager in _INSTALLERS


def adopted_fields(found: ApiObject) -> list[object] | None:
    """``managedFields`` with the updates of earlier tools as applied by capyctl; None where there are none.

    Without it a field that a new release drops would stay: server-side apply removes only what its own manager
    applied before (weakness 7). Fields are named in a version; entries of another one than the newest's stay.
    """
    entries = list(items_at(found.raw, "metadata", "managedFields"))
    updates = [each for each in entries if _is_earlier_update(each)]
    if not updates:
        return None
    version = text_at(updates[-1], "apiVersion")
    earlier = [each for each in updates if text_at(each, "apiVersion") == version]
    own = [each for each in entries if _is_own_apply(each) and text_at(each, "apiVersion") == version]
    kept = [each for each in entries if not any(each is other for other in (*earlier, *own))]
    merged = _union(mapping_at(each, "fieldsV1") for each in (*own, *earlier))
    return [
        *kept,
        {
            "manager": FIELD_MANAGER,
            "operation": "Apply",
            "apiVersion": version,
            "time": text_at(earlier[-1], "time"),
            "fieldsType": "FieldsV1",
            "fieldsV1": merged,
        },
    ]


def adoption_patch(found: ApiObject) -> Json | None:
    """A merge patch that does so, refused where the object has changed since; None where nothing is to be done."""
    fields = adopted_fields(found)
    version = text_at(found.raw, "metadata", "resourceVersion")
    if fields is None or not version:
        return None
    return {"metadata": {"resourceVersion": version, "managedFields": fields}}


def _is_earlier_update(entry: object) -> bool:
    return (
        text_at(entry, "operation") == "Update"
        and not text_at(entry, "subresource")
        and is_installer(text_at(entry, "manager"))
    )


def _is_own_apply(entry: object) -> bool:
    return text_at(entry, "operation") == "Apply" and text_at(entry, "manager") == FIELD_MANAGER


def _union(sets: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """The union of field sets, which are mappings of mappings."""
    merged: dict[str, object] = {}
    for each in sets:
        for key, value in each.items():
            held = merged.get(key)
            if isinstance(held, dict) and isinstance(value, dict):
                merged[key] = _union((cast("Json", held), cast("Json", value)))
            else:
                merged.setdefault(key, value)
    return merged
