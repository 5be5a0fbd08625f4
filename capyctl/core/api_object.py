"""An object of the Kubernetes API as data of anybody's making: every access is checked, nothing raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from msgspec import Struct

_NOTHING: Final[Mapping[str, object]] = {}


def value_at(raw: object, *path: str) -> object:
    """What stands at a path of keys; None where a part of the way is missing or no mapping."""
    for key in path:
        if not isinstance(raw, Mapping):
            return None
        raw = cast("Mapping[str, object]", raw).get(key)
    return raw


def mapping_at(raw: object, *path: str) -> Mapping[str, object]:
    """The mapping at a path; empty where there is none."""
    found = value_at(raw, *path)
    return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else _NOTHING


def items_at(raw: object, *path: str) -> Sequence[object]:
    """The list at a path; empty where there is none."""
    found = value_at(raw, *path)
    return cast("list[object]", found) if isinstance(found, list) else ()


def text_at(raw: object, *path: str) -> str:
    """The text at a path; empty where there is none."""
    found = value_at(raw, *path)
    return found if isinstance(found, str) else ""


def number_at(raw: object, *path: str) -> int | None:
    """The whole number at a path; None where there is none."""
    found = value_at(raw, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


class ObjectReference(Struct, frozen=True, kw_only=True):
    """A reference to an object by group, kind and name; ``controller`` for an owner reference that says so."""

    group: str
    kind: str
    name: str
    namespace: str = ""
    controller: bool = False
    uid: str = ""


class ApiObject(Struct, frozen=True, eq=False):
    """An object as the server gave it; texts are as they came and may hold anything."""

    raw: Mapping[str, object]

    @property
    def kind(self) -> str:
        """Its kind."""
        return text_at(self.raw, "kind")

    @property
    def api_version(self) -> str:
        """Group and version, such as ``cluster.x-k8s.io/v1beta2``."""
        return text_at(self.raw, "apiVersion")

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return group_of(self.api_version)

    @property
    def name(self) -> str:
        """``metadata.name``."""
        return text_at(self.raw, "metadata", "name")

    @property
    def namespace(self) -> str:
        """``metadata.namespace``; empty for a cluster-scoped object."""
        return text_at(self.raw, "metadata", "namespace")

    @property
    def uid(self) -> str:
        """``metadata.uid``."""
        return text_at(self.raw, "metadata", "uid")

    @property
    def created_at(self) -> str:
        """``metadata.creationTimestamp``, RFC 3339 in UTC."""
        return text_at(self.raw, "metadata", "creationTimestamp")

    @property
    def is_being_deleted(self) -> bool:
        """Whether ``metadata.deletionTimestamp`` is set."""
        return bool(text_at(self.raw, "metadata", "deletionTimestamp"))

    @property
    def labels(self) -> Mapping[str, str]:
        """``metadata.labels``, those whose values are texts."""
        return _texts(mapping_at(self.raw, "metadata", "labels"))

    def has_label(self, key: str) -> bool:
        """Whether a label is there; asked of every one of thousands, so without a copy of the others."""
        metadata = self.raw.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        return isinstance(labels, dict) and isinstance(labels.get(key), str)

    @property
    def annotations(self) -> Mapping[str, str]:
        """``metadata.annotations``, those whose values are texts."""
        return _texts(mapping_at(self.raw, "metadata", "annotations"))

    @property
    def owners(self) -> tuple[ObjectReference, ...]:
        """``metadata.ownerReferences``; entries without a kind or a name are left out."""
        found = (_owner(item) for item in items_at(self.raw, "metadata", "ownerReferences"))
        return tuple(owner for owner in found if owner.kind and owner.name)


def group_of(api_version: str) -> str:
    """The group of an ``apiVersion``: ``cluster.x-k8s.io/v1beta2`` is ``cluster.x-k8s.io``, ``v1`` is empty."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


def _owner(item: object) -> ObjectReference:
    return ObjectReference(
        group=group_of(text_at(item, "apiVersion")),
        kind=text_at(item, "kind"),
        name=text_at(item, "name"),
        controller=value_at(item, "controller") is True,
        uid=text_at(item, "uid"),
    )


def _texts(found: Mapping[str, object]) -> Mapping[str, str]:
    return {key: value for key, value in found.items() if isinstance(value, str)}
