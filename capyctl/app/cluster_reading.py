"""Reading a cluster with patience: what passes is waited for, what never passes is told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, items_at, mapping_at, text_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, Collection, Reading
from capyctl.core.evidence import Evidence
from capyctl.ports.asking import Asker
from capyctl.ports.clock import Clock
from capyctl.ports.cluster import ApiServer

_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_FIRST_PAUSE = 0.25
_GROWTH = 1.6
_LONGEST_PAUSE = 5.0
_GONE = 410

Waited = Callable[[ApiFailure, float], None]
"""Told what is awaited and for how many seconds so far."""


class ClusterReader(Struct, frozen=True, kw_only=True):
    """Reads one API server.

    The limit is the run's: what one question has waited is gone for all others, so that a server that fails in many
    places costs no more than one that is down (ADR 17).

    Attributes:
        until: moment of the clock, in its monotonic seconds, until which passing trouble is waited for.
        jitter: a number from 0 to 1, anew each call. waited: told of every pause.
    """

    api: ApiServer
    asker: Asker
    clock: Clock
    until: float
    jitter: Callable[[], float]
    waited: Waited = field(default=lambda _failure, _seconds: None)

    def read(self, request: ApiRequest) -> Reading[Mapping[str, object]]:
        """One object, after as much waiting as is left."""
        return self._patiently(lambda: self.api.ask(request))

    def read_text(self, request: ApiRequest) -> Reading[str]:
        """One text, without waiting: who asks for it wants to know how things stand now."""
        return self.api.ask_text(request)

    def read_all(self, requests: Sequence[ApiRequest]) -> list[Reading[Mapping[str, object]]]:
        """Several objects side by side, in the order of the requests."""
        return self.asker.together([partial(self.read, each) for each in requests])

    def listed_all(self, collections: Sequence[Collection]) -> list[Reading[tuple[ApiObject, ...]]]:
        """Several collections side by side."""
        return self.asker.together([partial(self.listed, each) for each in collections])

    def listed(self, collection: Collection) -> Reading[tuple[ApiObject, ...]]:
        """Every object of a collection, page by page; a failure on any page is the failure of all.

        Where the server has forgotten the list that the pages are of (410), the list begins anew, once.
        """
        reading = self._pages(collection)
        if reading.failure is None or reading.failure.status != _GONE:
            return reading
        again = self._pages(collection)
        return replace(again, evidence=(*reading.evidence, *again.evidence))

    def _pages(self, collection: Collection) -> Reading[tuple[ApiObject, ...]]:
        found: list[ApiObject] = []
        evidence: tuple[Evidence, ...] = ()
        more = ""
        while True:
            page = self.read(_page(collection, more))
            evidence += page.evidence
            if page.value is None:
                return Reading(evidence=evidence, failure=page.failure)
            found += _objects(page.value, managers=collection.managers)
            more = text_at(page.value, "metadata", "continue")
            if not more:
                return Reading(evidence=evidence, value=tuple(found), server_time=page.server_time)

    def _patiently(self, ask: Callable[[], Reading[Mapping[str, object]]]) -> Reading[Mapping[str, object]]:
        begun = self.clock.monotonic()
        pause = _FIRST_PAUSE
        evidence: tuple[Evidence, ...] = ()
        seen: dict[str, None] = {}
        while True:
            reading = ask()
            evidence += reading.evidence
            failure = reading.failure
            if failure is None:
                return replace(reading, evidence=evidence)
            now = self.clock.monotonic()
            left = self.until - now
            if not failure.trouble.passes or left <= 0:
                seen.pop(failure.reason, None)
                told = replace(failure, seen=tuple(seen), waited=now - begun)
                return replace(reading, evidence=evidence, failure=told)
            seen[failure.reason] = None
            wanted = max(pause * (0.75 + 0.5 * self.jitter()), failure.retry_after or 0.0)
            self.waited(failure, now - begun)
            self.clock.sleep(min(wanted, left))
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def _page(collection: Collection, more: str) -> ApiRequest:
    query = [("limit", str(collection.page))]
    if collection.label_selector:
        query.append(("labelSelector", collection.label_selector))
    if more:
        query.append(("continue", more))
    accept = f"{_METADATA_ONLY},application/json" if collection.metadata_only else "application/json"
    return ApiRequest(path=collection.path, query=tuple(query), accept=accept)


def _objects(body: Mapping[str, object], *, managers: bool) -> list[ApiObject]:
    """The items of a list; a list names kind and version once, its items often leave them out.

    Who wrote which field is let go at once unless ``managers`` are asked for: it is a third of every object.
    """
    kind = text_at(body, "kind").removesuffix("List")
    version = text_at(body, "apiVersion")
    found: list[ApiObject] = []
    for item in items_at(body, "items"):
        fields = mapping_at(item)
        metadata = fields.get("metadata")
        if isinstance(metadata, dict) and not managers:
            metadata.pop("managedFields", None)
        found.append(ApiObject({"kind": kind, "apiVersion": version, **fields}))
    return found
