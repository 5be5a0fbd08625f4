"""Which live objects are a provider's, and which of them a new release no longer has (issue 5, 1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from capyctl.core.api_object import ApiObject, items_at, text_at
from capyctl.core.components_objects import CLUSTERCTL_LABEL
from capyctl.core.discovery import Discovery, ServedKind
from capyctl.core.inventory import INVENTORY_GROUP, PROVIDER_LABEL
from capyctl.core.object_key import ObjectKey
from capyctl.core.provider_objects import CORE_LABEL
from capyctl.core.transaction import ProviderRecord

KEPT_KINDS: Final = frozenset({"Namespace", "CustomResourceDefinition"})
"""What an upgrade never deletes: all data of a user would go with it (clusterctl-cluster 5.6)."""

_OF_OTHERS: Final = frozenset(
    {"Event", "Endpoints", "EndpointSlice", "ControllerRevision", "ReplicaSet", "Pod"}
)
"""What controllers make beside the objects they are for, labels copied; it goes with them."""


class LiveObject(Struct, frozen=True, kw_only=True):
    """An object that is there.

    Attributes:
        path: of the object. finalizers: who has to agree before it goes.
        is_owned: whether another object owns it, with which it goes.
    """

    key: ObjectKey
    path: str
    uid: str
    owner: str
    finalizers: tuple[str, ...] = ()
    is_going: bool = False
    is_owned: bool = False


def provider_selector(labels: Iterable[str] = ()) -> str:
    """The label selector of providers' objects; of all providers where none is named."""
    named = ",".join(labels)
    return (
        f"{CLUSTERCTL_LABEL},{PROVIDER_LABEL} in ({named})"
        if named
        else f"{CLUSTERCTL_LABEL},{PROVIDER_LABEL}"
    )


CERT_MANAGER_SELECTOR: Final = f"{CLUSTERCTL_LABEL},{CORE_LABEL}=cert-manager"
"""The label selector of cert-manager's objects, where clusterctl or capyctl installed it."""


def searched_kinds(served: Discovery) -> tuple[ServedKind, ...]:
    """The kinds of which objects may carry a provider's labels: those that can be listed and deleted."""
    return tuple(
        each
        for each in served.kinds.values()
        if {"list", "delete"} <= set(each.verbs) and each.kind not in _OF_OTHERS
    )


def live_object(kind: ServedKind, found: ApiObject) -> LiveObject:
    """An object of a list of metadata."""
    key = ObjectKey(group=kind.group, kind=kind.kind, namespace=found.namespace, name=found.name)
    finalizers = items_at(found.raw, "metadata", "finalizers")
    return LiveObject(
        key=key,
        path=kind.object_path(found.name, namespace=found.namespace),
        uid=found.uid,
        owner=found.labels.get(PROVIDER_LABEL) or found.labels.get(CORE_LABEL, ""),
        finalizers=tuple(each for each in finalizers if isinstance(each, str)),
        is_going=found.is_being_deleted,
        is_owned=bool(found.owners),
    )


def is_entry(key: ObjectKey) -> bool:
    """Whether it is an entry of the inventory."""
    return key.group == INVENTORY_GROUP and key.kind == "Provider"


def to_prune(
    live: Sequence[LiveObject], rendered: Iterable[ObjectKey], record: ProviderRecord | None
) -> tuple[LiveObject, ...]:
    """The objects of a provider that its new release no longer has, in the order told.

    Namespaces and definitions stay, and the inventory's entry. A Secret goes only if the record says that a release
    brought it: any other is the user's (clusterctl-cluster 10, 8).
    """
    wanted = frozenset(rendered)
    brought = frozenset(each.key for each in record.objects) if record is not None else frozenset()
    return tuple(
        each
        for each in live
        if each.key not in wanted
        and each.key.kind not in KEPT_KINDS
        and not is_entry(each.key)
        and not each.is_owned
        and (each.key.kind != "Secret" or each.key in brought)
    )


def labels_present(live: Iterable[LiveObject]) -> frozenset[str]:
    """The providers of which more than a Namespace, a definition or an entry is there."""
    return frozenset(
        each.owner for each in live if each.key.kind not in KEPT_KINDS and not is_entry(each.key)
    )


def collection_path(definition: Mapping[str, object]) -> str | None:
    """Where the objects of a CustomResourceDefinition are listed, in their storage version; None where it has none."""
    for each in items_at(definition, "spec", "versions"):
        if isinstance(each, dict) and each.get("storage") is True:
            group, plural = (
                text_at(definition, "spec", "group"),
                text_at(definition, "spec", "names", "plural"),
            )
            parts = (group, text_at(each, "name"), plural)
            return f"/apis/{'/'.join(quote(part, safe='') for part in parts)}" if all(parts) else None
    return None
