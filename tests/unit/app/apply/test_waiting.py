"""Waiting by watches: what was seen, what never comes, what breaks a watch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from msgspec import field

from capyctl.adapters.askers import SerialAsker
from capyctl.app.apply.waiting import Missed, await_goals
from capyctl.app.apply.writing import ClusterWriter
from capyctl.core.api_reading import ApiFailure, ApiRequest, WatchEvent
from capyctl.core.api_writing import applying, creating
from capyctl.core.apply_stages import Goal
from capyctl.core.object_key import ObjectKey
from capyctl.core.readiness import Awaited
from tests.plugins.install_world import writer_of
from tests.plugins.memory_cluster_writes import (
    FAULTS,
    HandClock,
    WritableMemoryServer,
    at,
)

_CRD = ObjectKey(group="apiextensions.k8s.io", kind="CustomResourceDefinition", name="things.example.com")
_SERVICE = ObjectKey(group="", kind="Service", namespace="home", name="webhook")


def _definition(status: str, condition: str = "Established") -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": _CRD.name},
        "status": {"conditions": [{"type": condition, "status": status, "message": "because"}]},
    }


def _slice(service: str, *, ready: bool) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{service}-1", "namespace": "home", "labels": labels},
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}],
    }


class _Watched(WritableMemoryServer):
    """Each watch brings the next script."""

    scripts: list[list[WatchEvent]] = field(default_factory=list)
    watched: list[ApiRequest] = field(default_factory=list)

    def watch(self, request: ApiRequest) -> Iterator[WatchEvent]:
        self.watched.append(request)
        yield from self.scripts.pop(0) if self.scripts else []


def _event(raw: Mapping[str, object], kind: str = "ADDED") -> WatchEvent:
    return WatchEvent(type=kind, object=raw)


def _error(code: int, message: str = "no") -> WatchEvent:
    return _event({"code": code, "message": message}, "ERROR")


def _wait(
    server: WritableMemoryServer,
    key: ObjectKey = _CRD,
    awaited: Awaited = Awaited.ESTABLISHED,
    told: list[float] | None = None,
) -> tuple[Missed, ...]:
    goal = Goal(awaited=awaited, keys=(key,), limit=30.0)
    note = told if told is not None else []
    return await_goals(writer_of(server), [goal], lambda _goal, _lacking, seconds: note.append(seconds))


def test_what_becomes_ready_during_a_watch_ends_it() -> None:
    later = [_event(_definition("False")), _event(_definition("True"), "MODIFIED"), _error(500)]
    server = _Watched(scripts=[later])
    assert _wait(server) == ()
    assert server.clock.seconds == 0
    (request,) = server.watched
    assert dict(request.query)["timeoutSeconds"] == "5"
    assert request.silence < 15


def test_a_watch_that_ends_or_breaks_is_begun_anew() -> None:
    scripts = [[_error(429)], [], [_event(_definition("True"))]]
    told: list[float] = []
    server = _Watched(scripts=scripts)
    assert _wait(server, told=told) == ()
    assert len(server.watched) == 3
    assert len(told) == 2


def test_what_is_deleted_meanwhile_is_no_longer_ready() -> None:
    gone = [_event(_definition("False")), _event(_definition("False"), "DELETED")]
    (missed,) = _wait(_Watched(scripts=[gone]))
    assert missed.reason == "it is not there, after 30 s"


def test_a_name_that_is_refused_is_not_waited_for() -> None:
    server = _Watched(scripts=[[_event(_definition("False", "NamesAccepted"))]])
    (missed,) = _wait(server)
    assert missed == Missed(key=_CRD, awaited=Awaited.ESTABLISHED, reason="its names are refused: because")
    assert server.clock.seconds == 0


def test_a_missing_right_to_watch_is_told_at_once_and_in_the_servers_words() -> None:
    server = _Watched(scripts=[[_error(403, "cannot watch deployments")]])
    (missed,) = _wait(server)
    assert missed.reason == "cannot watch deployments"
    assert server.clock.seconds == 0


def test_a_server_that_never_answers_is_told_when_the_time_is_over() -> None:
    server = _Watched(scripts=[[_error(0, "the connection was refused")]] * 1000)
    (missed,) = _wait(server)
    assert missed.reason.startswith("the connection was refused, after 3")
    server = _Watched(scripts=[[_error(0, "")]] * 1000)
    (missed,) = _wait(server)
    assert missed.reason.startswith("the watch failed")


class _Endless(_Watched):
    """A watch that never ends by itself."""

    def watch(self, request: ApiRequest) -> Iterator[WatchEvent]:
        self.watched.append(request)
        while True:
            self.clock.sleep(1)
            yield _event(_definition("False"))


def test_a_watch_that_the_server_does_not_end_is_left() -> None:
    server = _Endless()
    (missed,) = _wait(server)
    assert missed.reason.startswith("it is not established: because")
    assert server.clock.seconds < 60


@pytest.mark.parametrize(
    ("service", "ready", "met"), [("webhook", True, True), ("webhook", False, False), ("other", True, False)]
)
def test_a_service_is_awaited_by_its_slices(service: str, ready: bool, met: bool) -> None:
    server = _Watched(scripts=[[_event(_slice(service, ready=ready))]])
    missed = _wait(server, _SERVICE, Awaited.ENDPOINTS)
    assert (missed == ()) is met
    assert dict(server.watched[0].query)["labelSelector"] == "kubernetes.io/service-name in (webhook)"


def test_an_api_service_is_awaited_without_labels() -> None:
    key = ObjectKey(group="apiregistration.k8s.io", kind="APIService", name="v1.example.com")
    raw = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": key.name},
        "status": {"conditions": [{"type": "Available", "status": "True"}]},
    }
    server = _Watched(scripts=[[_event(raw)]])
    assert _wait(server, key, Awaited.SERVING) == ()
    assert "labelSelector" not in dict(server.watched[0].query)


def test_a_write_tells_its_pauses_and_honours_what_the_server_asks_for() -> None:
    server = WritableMemoryServer(rule=at(1, FAULTS["429"]))
    told: list[tuple[ApiFailure, float]] = []
    writer = writer_of(server, waited=lambda failure, seconds: told.append((failure, seconds)))
    raw = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}
    assert writer.write(creating("/api/v1/namespaces", raw)).failure is None
    assert [seconds for _, seconds in told] == [0.0]
    assert server.clock.seconds == 1.0


def test_a_run_without_its_lease_writes_nothing() -> None:
    server = WritableMemoryServer()
    writer = writer_of(server, guard=lambda: "another run has begun")
    failure = writer.write(applying("/api/v1/namespaces/a", {})).failure
    assert failure is not None
    assert (failure.trouble.value, failure.reason) == ("superseded", "another run has begun")
    assert server.count == 0


def test_items_are_worked_on_by_no_more_workers_than_told() -> None:
    class Counting(SerialAsker):
        calls = 0

        def together(self, calls: Any) -> Any:  # noqa: ANN401
            self.calls = len(calls)
            return super().together(calls)

    asker = Counting()
    writer = ClusterWriter(
        api=WritableMemoryServer(), asker=asker, clock=HandClock(), jitter=lambda: 0.5, width=3
    )
    assert writer.for_each(range(10), lambda item: item * 2, lambda _: True) == [
        2 * each for each in range(10)
    ]
    assert asker.calls == 3
    assert writer.for_each(range(10), lambda item: item, lambda item: item < 4) == [0, 1, 2, 3, 4]
    assert writer.for_each([], lambda item: item, lambda _: True) == []
