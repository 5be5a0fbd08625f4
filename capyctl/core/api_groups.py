"""API groups behind servers of their own that do not answer, and what they may hide (clusterctl-cluster 6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, items_at, mapping_at, text_at
from capyctl.core.api_reading import Collection
from capyctl.core.discovery import Discovery

API_SERVICES: Final = Collection(path="/apis/apiregistration.k8s.io/v1/apiservices")

_MEASUREMENTS: Final = frozenset({"metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"})
"""Groups that measure and keep no objects."""


def unavailable_groups(services: Iterable[ApiObject], served: Discovery) -> tuple[str, ...]:
    """``GROUP/VERSION`` of what another server serves and that server does not answer, sorted."""
    found = set(served.stale)
    for service in services:
        if mapping_at(service.raw, "spec", "service") and not _is_available(service):
            group, version = text_at(service.raw, "spec", "group"), text_at(service.raw, "spec", "version")
            found.add(f"{group}/{version}")
    return tuple(sorted(found))


def _is_available(service: ApiObject) -> bool:
    return any(
        text_at(each, "type") == "Available" and text_at(each, "status") == "True"
        for each in items_at(service.raw, "status", "conditions")
    )


def without_groups(served: Discovery, unavailable: Iterable[str]) -> Discovery:
    """What is served without the kinds of which the version preferred cannot be asked for."""
    silent = frozenset(unavailable)
    kinds = {
        key: kind for key, kind in served.kinds.items() if f"{kind.group}/{kind.versions[0]}" not in silent
    }
    return replace(served, kinds=kinds)


def may_hide(unavailable: Iterable[str], served: Discovery, ruled_out: frozenset[str]) -> tuple[str, ...]:
    """Those of the groups that may hold objects that can be deleted.

    Not the groups of measurements, not those whose kinds are known and cannot be listed and deleted, and not
    those that are ruled out: all objects are known by a record, and none is of that group.
    """
    return tuple(each for each in unavailable if _may_hide(each.partition("/")[0], served, ruled_out))


def _may_hide(group: str, served: Discovery, ruled_out: frozenset[str]) -> bool:
    if group in _MEASUREMENTS or group in ruled_out:
        return False
    kinds = served.in_group(group)
    return not kinds or any({"list", "delete"} <= set(each.verbs) for each in kinds)
