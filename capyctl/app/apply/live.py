"""Finding what is installed: every kind that may carry the labels, listed side by side, metadata alone."""

from __future__ import annotations

from msgspec import Struct

from capyctl.app.apply.existing import failures_of
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_reading import ApiFailure
from capyctl.core.discovery import Discovery
from capyctl.core.installed_objects import LiveObject, live_object, searched_kinds

_AT_ONCE = 16


class Live(Struct, frozen=True, kw_only=True):
    """What is there; where ``failures`` is not empty, something may have been missed."""

    objects: tuple[LiveObject, ...] = ()
    failures: tuple[ApiFailure, ...] = ()


def read_live(reader: ClusterReader, served: Discovery, selector: str) -> Live:
    """The objects with these labels, of every kind that can be listed and deleted, in all namespaces.

    One request a kind; clusterctl needs one a kind and namespace, one after the other (6.3).
    """
    kinds = searched_kinds(served)
    found: list[LiveObject] = []
    failures: list[ApiFailure] = []
    for place in range(0, len(kinds), _AT_ONCE):
        some = kinds[place : place + _AT_ONCE]
        readings = reader.listed_all(
            [each.collection(label_selector=selector, metadata_only=True) for each in some]
        )
        failures += failures_of(readings)
        for kind, reading in zip(some, readings, strict=True):
            found += [live_object(kind, each) for each in reading.value or ()]
    return Live(objects=tuple(found), failures=tuple(failures))
