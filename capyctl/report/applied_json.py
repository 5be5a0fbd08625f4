"""``applied`` of the JSON document (cli.md 5)."""

from __future__ import annotations

from collections.abc import Iterable

from capyctl.core.object_key import ObjectKey

_OWNERS_THAT_ARE_NONE = frozenset({"", "inventory"})


def applied_rows(objects: Iterable[tuple[ObjectKey, str, str]]) -> list[dict[str, object]]:
    """One row an object: its key, whose it is, and the action; the inventory's definition is nobody's."""
    return [
        {
            "kind": key.kind,
            "namespace": key.namespace or None,
            "name": key.name,
            "provider": None if owner in _OWNERS_THAT_ARE_NONE else owner,
            "action": action,
        }
        for key, owner, action in objects
    ]
