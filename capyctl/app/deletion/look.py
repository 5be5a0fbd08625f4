"""Everything that a deletion has to know before its first write: few rounds, each side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.apply.live import Live, read_live
from capyctl.app.cluster_inventory import ClusterInventory
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_groups import API_SERVICES, may_hide, unavailable_groups, without_groups
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiRequest, Collection, Reading
from capyctl.core.deletion import DeletionRequest, DeletionStage, deletion_stages
from capyctl.core.deletion_owner import is_label_value, is_unclaimed
from capyctl.core.deletion_selection import Leaving, Selection
from capyctl.core.discovery import CRDS, Discovery, parse_discovery
from capyctl.core.installed_objects import (
    LiveObject,
    collection_path,
    live_object,
    provider_selector,
)
from capyctl.core.inventory import INVENTORY_GROUP, PROVIDER_LABEL
from capyctl.core.object_key import ObjectKey
from capyctl.core.transaction import Transaction

T = TypeVar("T")

_LOST_LABELS = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    }
)
"""Kinds that are found by the record too: left behind, they would act on the whole cluster."""


class InUse(Struct, frozen=True, kw_only=True):
    """A definition with its objects, by namespace and name; ``count`` of them where only some are kept."""

    definition: str
    objects: tuple[str, ...]
    count: int


class Found(Struct, frozen=True, kw_only=True):
    """What is there of the providers that leave, and what depends on them.

    Attributes:
        stages: what goes, in order. live: everything that carries the labels.
        clusters: Clusters of this management cluster. in_use: definitions that would go with their objects.
        silent: API groups that could not be looked through. hiding: those of them that may hold something.
        failures: what could not be read. clusters_failures: of what decides only whether it is wise.
    """

    stages: tuple[DeletionStage, ...] = ()
    live: tuple[LiveObject, ...] = ()
    clusters: tuple[str, ...] = ()
    in_use: tuple[InUse, ...] = ()
    silent: tuple[str, ...] = ()
    hiding: tuple[str, ...] = ()
    failures: tuple[ApiFailure, ...] = ()
    clusters_failures: tuple[ApiFailure, ...] = ()

    @property
    def objects(self) -> tuple[LiveObject, ...]:
        """What goes, in order."""
        return tuple(each for stage in self.stages for each in stage.objects)


class DeletionLook(Struct, frozen=True, kw_only=True):
    """Looks at a cluster whose inventory is known.

    Attributes:
        served: every kind that is served. record: of the last run of capyctl.
        force: whether Clusters keep nothing from being deleted; then nobody waits to learn of them.
    """

    reader: ClusterReader
    inventory: ClusterInventory
    served: Discovery
    record: Transaction | None
    force: bool = False

    def find(self, selection: Selection, request: DeletionRequest) -> Found:
        """What goes, and what speaks against it."""
        labels = [each for each in selection.labels if is_label_value(each)]
        definitions, services = self.reader.listed_all(
            [replace(CRDS, label_selector=PROVIDER_LABEL), API_SERVICES]
        )
        silent = unavailable_groups(services.value or (), self.served)
        defined = frozenset(each.name for each in definitions.value or ())
        searched = _searched(without_groups(self.served, silent), defined)
        live = read_live(self.reader, searched, provider_selector(labels)) if labels else Live()
        unlabelled = self._by_record(selection, live)
        entries = self._entries(selection.chosen)
        objects = _merged((*live.objects, *unlabelled.objects), entries)
        clusters = self._clusters()
        in_use = self._in_use(labels) if request.include_crd and labels else _Used()
        return Found(
            stages=deletion_stages(request, objects),
            live=objects,
            clusters=tuple(_named(each) for each in clusters.value or ()),
            in_use=in_use.found,
            silent=silent,
            hiding=may_hide(silent, self.served, self._ruled_out(selection, silent)),
            failures=(*_failures([definitions]), *live.failures, *unlabelled.failures),
            clusters_failures=(*_failures([clusters]), *in_use.failures),
        )

    @property
    def _patience(self) -> ClusterReader:
        now = self.reader.clock.monotonic()
        return replace(self.reader, until=now) if self.force else self.reader

    def _clusters(self) -> Reading[tuple[ApiObject, ...]]:
        """In the version they are stored in, so that no conversion is needed."""
        version = self.inventory.storage
        if version is None:
            return Reading(value=())
        path = f"/apis/cluster.x-k8s.io/{version}/clusters"
        return self._patience.listed(Collection(path=path, metadata_only=True))

    def _in_use(self, labels: Sequence[str]) -> _Used:
        """Whole definitions: only they tell in which version their objects are stored."""
        mine = self._patience.listed(
            replace(CRDS, label_selector=provider_selector(labels), metadata_only=False)
        )
        if mine.value is None:
            return _Used(failures=_failures([mine]))
        paths = [(each.name, collection_path(each.raw)) for each in mine.value]
        known = [(name, path) for name, path in paths if path is not None]
        lists = self._patience.listed_all([Collection(path=path, metadata_only=True) for _, path in known])
        found = [
            InUse(
                definition=name,
                objects=tuple(_named(each) for each in reading.value),
                count=len(reading.value),
            )
            for (name, _), reading in zip(known, lists, strict=True)
            if reading.value
        ]
        return _Used(found=tuple(found), failures=_failures(lists))

    def _entries(self, chosen: Iterable[Leaving]) -> list[LiveObject]:
        """The entries, labelled or not (clusterctl-cluster 10.1, 8)."""
        kind = self.served.kind(INVENTORY_GROUP, "Provider")
        found = []
        for each in chosen:
            if kind is not None and each.entry is not None:
                name = each.entry.object_name
                key = ObjectKey(group=INVENTORY_GROUP, kind="Provider", namespace=each.namespace, name=name)
                path = kind.object_path(name, namespace=each.namespace)
                found.append(LiveObject(key=key, path=path, uid=each.entry.uid, owner=each.label))
        return found

    def _by_record(self, selection: Selection, live: Live) -> Live:
        """Cluster-wide objects that capyctl brought and whose labels somebody took away since."""
        there = {each.key for each in live.objects}
        records = self.record.providers if self.record is not None else {}
        lost = [
            (label, mark.key)
            for label in selection.labels
            if label in records
            for mark in records[label].objects
            if mark.key.kind in _LOST_LABELS and mark.key not in there
        ]
        wanted = [
            (label, kind, key)
            for label, key in lost
            if (kind := self.served.kind(key.group, key.kind)) is not None
        ]
        readings = self.reader.read_all(
            [ApiRequest(path=kind.object_path(key.name)) for _, kind, key in wanted]
        )
        found = [
            replace(live_object(kind, ApiObject(reading.value)), owner=label)
            for (label, kind, _), reading in zip(wanted, readings, strict=True)
            if reading.value is not None and is_unclaimed(ApiObject(reading.value), label)
        ]
        return Live(objects=tuple(found), failures=_failures(readings))

    def _ruled_out(self, selection: Selection, silent: Iterable[str]) -> frozenset[str]:
        """Groups that hold nothing of these providers, where capyctl's record is of what is installed."""
        records = self.record.providers if self.record is not None else {}
        for each in selection.chosen:
            record = records.get(each.label)
            if record is None or record.version != each.version or not record.objects:
                return frozenset()
        used = {mark.key.group for label in selection.labels for mark in records[label].objects}
        return frozenset(each.partition("/")[0] for each in silent) - used


class _Used(Struct, frozen=True, kw_only=True):
    found: tuple[InUse, ...] = ()
    failures: tuple[ApiFailure, ...] = ()


def whole_discovery(reader: ClusterReader, served: Discovery) -> Discovery:
    """Every kind of a server without aggregated discovery (before 1.26), and the groups that do not answer."""
    if served.aggregated:
        return served
    names = [f"{group}/{versions[0]}" for group, versions in served.groups.items() if group and versions]
    readings = reader.read_all(
        [ApiRequest(path="/api/v1"), *(ApiRequest(path=f"/apis/{each}") for each in names)]
    )
    parsed = parse_discovery([each.value for each in readings if each.value is not None])
    stale = tuple(name for name, each in zip(names, readings[1:], strict=True) if each.failure is not None)
    return replace(served, kinds={**served.kinds, **parsed.kinds}, stale=stale)


def _searched(served: Discovery, definitions: frozenset[str]) -> Discovery:
    """What may carry labels: not the kinds that providers define, whose conversion may have died with them (6.3)."""
    kinds = {
        key: kind for key, kind in served.kinds.items() if f"{kind.plural}.{kind.group}" not in definitions
    }
    return replace(served, kinds=kinds)


def _merged(found: Iterable[LiveObject], entries: Iterable[LiveObject]) -> tuple[LiveObject, ...]:
    by_key = {each.key: each for each in entries}
    by_key.update({each.key: each for each in found})
    return tuple(by_key.values())


def _named(found: ApiObject) -> str:
    return f"{found.namespace}/{found.name}" if found.namespace else found.name


def _failures(readings: Iterable[Reading[T]]) -> tuple[ApiFailure, ...]:
    return tuple(each.failure for each in readings if each.failure is not None)
