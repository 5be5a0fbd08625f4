"""Waiting until what was applied works: by watches, each with its limit, and never by a fixed pause (weakness 11)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.apply.writing import ClusterWriter
from capyctl.core.api_object import ApiObject, number_at, text_at
from capyctl.core.api_reading import ApiRequest, WatchEvent
from capyctl.core.apply_stages import Goal
from capyctl.core.components_objects import CLUSTERCTL_LABEL
from capyctl.core.object_key import ObjectKey, key_of_object
from capyctl.core.readiness import JUDGES, Awaited, Judgement, judge_endpoints

_PATHS: Mapping[Awaited, str] = {
    Awaited.ESTABLISHED: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    Awaited.AVAILABLE: "/apis/apps/v1/deployments",
    Awaited.ENDPOINTS: "/apis/discovery.k8s.io/v1/endpointslices",
    Awaited.ACTIVE: "/api/v1/namespaces",
    Awaited.SERVING: "/apis/apiregistration.k8s.io/v1/apiservices",
}
_OF_SERVICE = "kubernetes.io/service-name"
_FIRST_WATCH, _LONGEST_WATCH = 5, 30
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_GROWTH = 1.6
_GRACE = 5.0
"""Seconds that a server may be late with the end of a watch."""
_NEVER = frozenset({401, 403, 404, 405})
"""Answers to a watch that another one will not change."""

Told = Callable[[Goal, Mapping[ObjectKey, str], float], None]


class Missed(Struct, frozen=True, kw_only=True):
    """An object that did not become what was awaited, and what it lacked last."""

    key: ObjectKey
    awaited: Awaited
    reason: str


def await_goals(writer: ClusterWriter, goals: Sequence[Goal], told: Told) -> tuple[Missed, ...]:
    """Wait for all goals side by side, each for its own limit; what was missed, nothing where all is well."""
    results = writer.asker.together([partial(_Waiting(writer, goal, told).run) for goal in goals])
    return tuple(missed for result in results for missed in result)


class _Waiting(Struct):
    """The waiting for one goal."""

    writer: ClusterWriter
    goal: Goal
    told: Told
    held: dict[ObjectKey, ApiObject] = field(default_factory=dict)
    trouble: str = ""
    hopeless: bool = False

    def run(self) -> tuple[Missed, ...]:
        """Watch until every object is ready, one can never be, or the time is over."""
        clock = self.writer.clock
        begun = clock.monotonic()
        pause, longest = _FIRST_PAUSE, _FIRST_WATCH
        while True:
            left = self.goal.limit - (clock.monotonic() - begun)
            lacking = self._watched(left, longest)
            seconds = clock.monotonic() - begun
            if not lacking or self.hopeless or seconds >= self.goal.limit:
                return tuple(
                    Missed(key=key, awaited=self.goal.awaited, reason=self._reason(each, seconds))
                    for key, each in lacking.items()
                )
            self.told(self.goal, {key: each.reason for key, each in lacking.items()}, seconds)
            clock.sleep(min(pause, self.goal.limit - seconds))
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
            longest = min(longest * 2, _LONGEST_WATCH)

    def _reason(self, judged: Judgement, seconds: float) -> str:
        """What it lacked, and for how long it was waited for; trouble of the watch where nothing was seen at all."""
        said = self.trouble if self.trouble and not self.held else judged.reason
        return said if self.hopeless else f"{said}, after {round(seconds)} s"

    def _watched(self, left: float, longest: int) -> Mapping[ObjectKey, Judgement]:
        """What lacks after one watch; each begins with all that is there. A watch that is left is closed."""
        self.held = {}
        self.trouble = ""
        seconds = min(max(1, math.ceil(left)), longest)
        until = self.writer.clock.monotonic() + seconds + _GRACE
        for event in self._events(seconds):
            lacking = self._taken(event)
            if not lacking or self.hopeless or self.writer.clock.monotonic() >= until:
                return lacking
        return self._lacking()

    def _events(self, seconds: int) -> Iterator[WatchEvent]:
        query = [("watch", "true"), ("timeoutSeconds", str(seconds))]
        selector = self._selector()
        if selector:
            query.append(("labelSelector", selector))
        request = ApiRequest(path=_PATHS[self.goal.awaited], query=tuple(query))
        return self.writer.api.watch(replace(request, silence=seconds + _GRACE))

    def _selector(self) -> str:
        if self.goal.awaited is Awaited.ENDPOINTS:
            names = sorted({key.name for key in self.goal.keys})
            return f"{_OF_SERVICE} in ({','.join(names)})"
        return CLUSTERCTL_LABEL if self.goal.awaited is not Awaited.SERVING else ""

    def _taken(self, event: WatchEvent) -> Mapping[ObjectKey, Judgement]:
        found = ApiObject(event.object)
        if event.type == "ERROR":
            self.trouble = text_at(event.object, "message") or "the watch failed"
            self.hopeless = number_at(event.object, "code") in _NEVER
        elif event.type == "DELETED":
            self.held.pop(key_of_object(found), None)
        else:
            self.held[key_of_object(found)] = found
        return self._lacking()

    def _lacking(self) -> dict[ObjectKey, Judgement]:
        judged = {key: self._judged(key) for key in self.goal.keys}
        lacking = {key: each for key, each in judged.items() if not each.ready}
        self.hopeless = self.hopeless or any(each.hopeless for each in lacking.values())
        return lacking

    def _judged(self, key: ObjectKey) -> Judgement:
        if self.goal.awaited is Awaited.ENDPOINTS:
            slices = (
                each
                for each in self.held.values()
                if each.namespace == key.namespace and each.labels.get(_OF_SERVICE) == key.name
            )
            return judge_endpoints(slices)
        return JUDGES[self.goal.awaited](self.held.get(key))
