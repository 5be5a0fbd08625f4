"""What is in the cluster already of the objects that are to be written: few lists, metadata alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiTrouble, Reading
from capyctl.core.apply_stages import StagedObject
from capyctl.core.discovery import ServedKind
from capyctl.core.object_key import Kinds, ObjectKey

_NAMESPACES = ObjectKey(group="", kind="Namespace", name="")


class Existing(Struct, frozen=True, kw_only=True):
    """What is there, by key.

    Attributes:
        failures: what could not be listed; of those kinds nothing is known.
    """

    objects: Mapping[ObjectKey, ApiObject] = field(default_factory=dict)
    failures: tuple[ApiFailure, ...] = ()


def read_existing(reader: ClusterReader, staged: Iterable[StagedObject], kinds: Kinds) -> Existing:
    """The objects that are there, with their metadata.

    Two rounds: the namespaces and what is in none, then each kind in each namespace that exists. On a cluster without
    the providers' namespaces the second round is all but empty.
    """
    wanted = frozenset(each.key for each in staged)
    served = {key: kind for key in wanted if (kind := kinds.served.kind(key.group, key.kind)) is not None}
    wide = _places(served, namespaced=False)
    namespaces = kinds.served.kind("", "Namespace")
    if namespaces is not None and (namespaces, "") not in wide:
        wide = [*wide, (namespaces, "")]
    first = _listed(reader, wide)
    there = {key.name for key in first.objects if key.kind == _NAMESPACES.kind and not key.group}
    narrow = [place for place in _places(served, namespaced=True) if place[1] in there]
    second = _listed(reader, narrow)
    found = {**first.objects, **second.objects}
    return Existing(
        objects={key: found[key] for key in found if key in wanted},
        failures=(*first.failures, *second.failures),
    )


def _places(served: Mapping[ObjectKey, ServedKind], *, namespaced: bool) -> list[tuple[ServedKind, str]]:
    """Each kind with each namespace it is wanted in, once."""
    found = ((kind, key.namespace) for key, kind in sorted(served.items()) if kind.namespaced == namespaced)
    return list(dict.fromkeys(found))


def _listed(reader: ClusterReader, places: Sequence[tuple[ServedKind, str]]) -> Existing:
    collections = [
        replace(kind.collection(namespace=namespace, metadata_only=True), managers=True)
        for kind, namespace in places
    ]
    readings = reader.listed_all(collections) if collections else []
    objects: dict[ObjectKey, ApiObject] = {}
    for (kind, _), reading in zip(places, readings, strict=True):
        for each in reading.value or ():
            objects[keyed(kind, each)] = each
    return Existing(objects=objects, failures=failures_of(readings))


def keyed(kind: ServedKind, found: ApiObject) -> ObjectKey:
    """The key of an object of a list of metadata, which does not tell its items' kind."""
    return ObjectKey(group=kind.group, kind=kind.kind, namespace=found.namespace, name=found.name)


def failures_of(readings: Iterable[Reading[tuple[ApiObject, ...]]]) -> tuple[ApiFailure, ...]:
    """The failures; that a kind cannot be listed at all (405) is none."""
    found = (each.failure for each in readings if each.failure is not None)
    return tuple(each for each in found if not (each.trouble is ApiTrouble.REJECTED and each.status == 405))
