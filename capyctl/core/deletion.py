"""What deleting providers takes away, and in which order (clusterctl-cluster 6.2; weaknesses 15, 16, 28 mended)."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from capyctl.core.identity import split_manifest_label
from capyctl.core.installed_objects import LiveObject, is_entry
from capyctl.core.inventory import Inventory

_GATES: Final = frozenset({"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"})
_WORKLOADS: Final = frozenset({"Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob"})


class DeletionRequest(Struct, frozen=True, kw_only=True):
    """What is to be deleted.

    Attributes:
        namespaces: the namespace of each provider by manifest label.
        include_crd, include_namespace: as the flags.
    """

    namespaces: tuple[tuple[str, str], ...]
    include_crd: bool = False
    include_namespace: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The manifest labels: reverse install order, so that the core goes last (weakness 15)."""
        found = {label for label, _ in self.namespaces}
        return tuple(sorted(found, key=lambda label: split_manifest_label(label).sort_key, reverse=True))


class RefusalKind(enum.Enum):
    """Why nothing is deleted."""

    NAMESPACE_SHARED = "namespace-shared"


class Refusal(Struct, frozen=True, kw_only=True):
    """One reason, as a sentence, and the providers that it is about."""

    kind: RefusalKind
    detail: str
    about: tuple[str, ...]


class DeletionStage(Struct, frozen=True, kw_only=True):
    """Objects that may go side by side; all of them are gone before the next stage begins."""

    name: str
    objects: tuple[LiveObject, ...]


def shared_namespaces(request: DeletionRequest, inventory: Inventory) -> tuple[Refusal, ...]:
    """Namespaces that would go although other providers live in them (weakness 28)."""
    if not request.include_namespace:
        return ()
    leaving = frozenset(request.namespaces)
    refusals = []
    for namespace in sorted({namespace for _, namespace in request.namespaces}):
        left = sorted(
            each.manifest_label
            for each in inventory.entries
            if each.namespace == namespace and (each.manifest_label, namespace) not in leaving
        )
        if left:
            detail = (
                f"the namespace {namespace} is the home of {', '.join(left)} too, so it cannot be deleted"
            )
            refusals.append(Refusal(kind=RefusalKind.NAMESPACE_SHARED, detail=detail, about=tuple(left)))
    return tuple(refusals)


def deletion_stages(request: DeletionRequest, live: Sequence[LiveObject]) -> tuple[DeletionStage, ...]:
    """The stages for all providers, one provider after the other, then the namespaces side by side.

    Of each: what gates the API server's requests, then its workloads, so that nothing it runs makes anything anew,
    then the rest, its definitions where that is wanted, its inventory entry last: as long as anything is left of it,
    the inventory says so. Where its namespace goes, the entry goes with it. Its cluster-wide objects go whatever their
    names are (weakness 16).
    """
    stages: list[DeletionStage] = []
    namespaces: list[LiveObject] = []
    entries: list[LiveObject] = []
    for label in request.labels:
        places = _of_provider(request, label, live)
        leaving = {each.key.name for each in places["namespaces"]}
        namespaces += places.pop("namespaces")
        entries += [each for each in places["entries"] if each.key.namespace in leaving]
        places["entries"] = [each for each in places["entries"] if each.key.namespace not in leaving]
        stages += [
            DeletionStage(name=f"{label}-{name}", objects=tuple(objects))
            for name, objects in places.items()
            if objects
        ]
    last = {"namespaces": namespaces, "entries": entries}
    stages += [DeletionStage(name=name, objects=tuple(each)) for name, each in last.items() if each]
    return tuple(stages)


def _of_provider(
    request: DeletionRequest, label: str, live: Sequence[LiveObject]
) -> dict[str, list[LiveObject]]:
    homes = {namespace for each, namespace in request.namespaces if each == label}
    own = [each for each in live if each.owner == label and not each.is_owned]
    places: dict[str, list[LiveObject]] = {
        name: [] for name in ("gates", "workloads", "rest", "definitions", "namespaces", "entries")
    }
    for each in own:
        place = _place(request, each, homes)
        if place is not None:
            places[place].append(each)
    return places


def _place(request: DeletionRequest, found: LiveObject, homes: set[str]) -> str | None:
    """The stage of an object; None where it stays."""
    kind = found.key.kind
    if kind == "Namespace":
        return "namespaces" if request.include_namespace and found.key.name in homes else None
    if found.key.namespace and found.key.namespace not in homes:
        return None
    if kind == "CustomResourceDefinition":
        return "definitions" if request.include_crd else None
    if is_entry(found.key):
        return "entries"
    if kind in _GATES:
        return "gates"
    return "workloads" if kind in _WORKLOADS else "rest"
