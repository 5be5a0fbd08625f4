"""Waiting for an API server: what passes is asked again until the limit, what never passes is told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from msgspec import Struct, field

from capyctl.adapters.askers import SerialAsker
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Collection, Reading, WatchEvent
from capyctl.core.evidence import Evidence, Outcome, Question
from tests.plugins.memory_cluster import Kind, MemoryApiServer

VERSION = ApiRequest(path="/version")
_NEVER = [each for each in ApiTrouble if not each.passes]


class HandClock(Struct):
    """Time passes by sleeping, and by questions that take their time."""

    time: float = 100.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> str:
        return "2026-11-22T10:00:00Z"

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def reader(server: object, clock: HandClock, seconds: float = 60.0, jitter: float = 0.5) -> ClusterReader:
    return ClusterReader(
        api=server,  # type: ignore[arg-type]
        asker=SerialAsker(),
        clock=clock,
        until=clock.time + seconds,
        jitter=lambda: jitter,
    )


def failing(*troubles: ApiTrouble) -> MemoryApiServer:
    return MemoryApiServer(documents={"/version": {"major": "1"}}, failures={"/version": list(troubles)})


@pytest.mark.parametrize("trouble", [each for each in ApiTrouble if each.passes])
def test_what_passes_is_asked_again(trouble: ApiTrouble) -> None:
    clock = HandClock()
    server = failing(trouble, trouble)
    reading = reader(server, clock).read(VERSION)
    assert reading.value == {"major": "1"}
    assert (len(server.asked), len(reading.evidence)) == (3, 3)


@pytest.mark.parametrize("trouble", _NEVER)
def test_what_never_passes_is_told_at_once(trouble: ApiTrouble) -> None:
    clock = HandClock()
    server = failing(trouble, trouble)
    failure = reader(server, clock).read(VERSION).failure
    assert failure is not None
    assert (failure.trouble, len(server.asked), clock.slept) == (trouble, 1, [])


def test_pauses_grow_up_to_five_seconds_and_end_at_the_limit() -> None:
    clock = HandClock()
    failure = reader(failing(*[ApiTrouble.REFUSED] * 99), clock, seconds=30.0).read(VERSION).failure
    assert failure is not None
    assert clock.time == pytest.approx(130.0)
    assert failure.waited == pytest.approx(30.0)
    growing = clock.slept[:-1]
    assert growing == sorted(growing)
    assert (growing[0], max(growing)) == (0.25, 5.0)


@pytest.mark.parametrize(("jitter", "first"), [(0.0, 0.1875), (1.0, 0.3125)])
def test_pauses_differ_by_a_quarter_from_run_to_run(jitter: float, first: float) -> None:
    clock = HandClock()
    reader(failing(ApiTrouble.BUSY), clock, jitter=jitter).read(VERSION)
    assert clock.slept == [first]


class Scripted(Struct):
    """Answers with these readings in turn, the last for ever; each takes ``seconds``."""

    readings: list[Reading[Mapping[str, object]]]
    clock: HandClock
    seconds: float = 0.0
    asked: list[ApiRequest] = field(default_factory=list)
    address: str = "https://memory.invalid"

    def ask(self, request: ApiRequest) -> Reading[Mapping[str, object]]:
        self.asked.append(request)
        self.clock.time += self.seconds
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]

    def ask_text(self, request: ApiRequest) -> Reading[str]:
        raise AssertionError(request)

    def watch(self, request: ApiRequest) -> Iterator[WatchEvent]:
        raise AssertionError(request)


def answered(body: Mapping[str, object]) -> Reading[Mapping[str, object]]:
    return Reading(value=body)


def failed(
    trouble: ApiTrouble, reason: str, status: int | None = None, retry_after: float | None = None
) -> Reading[Mapping[str, object]]:
    evidence = Evidence(
        route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE, failure=reason
    )
    failure = ApiFailure(
        trouble=trouble, reason=reason, evidence=evidence, status=status, retry_after=retry_after
    )
    return Reading(evidence=(evidence,), failure=failure)


def test_the_pause_that_the_server_asks_for_is_kept_within_the_limit() -> None:
    clock = HandClock()
    busy = failed(ApiTrouble.BUSY, "slow down", 429, retry_after=7.0)
    server = Scripted([busy, busy, Reading(value={})], clock)
    assert reader(server, clock, seconds=10.0).read(VERSION).value == {}
    assert clock.slept == [7.0, 3.0]


def test_the_last_cause_is_told_and_those_before_it() -> None:
    clock = HandClock()
    readings = [
        failed(ApiTrouble.REFUSED, "refused"),
        failed(ApiTrouble.REFUSED, "refused"),
        failed(ApiTrouble.STARTING, "starting"),
        failed(ApiTrouble.BUSY, "busy"),
    ]
    failure = reader(Scripted(readings, clock), clock, seconds=20.0).read(VERSION).failure
    assert failure is not None
    assert (failure.reason, failure.seen) == ("busy", ("refused", "starting"))


def test_a_cause_that_never_passes_ends_the_wait_for_one_that_does() -> None:
    clock = HandClock()
    readings = [failed(ApiTrouble.REFUSED, "refused"), failed(ApiTrouble.UNAUTHENTICATED, "who are you")]
    failure = reader(Scripted(readings, clock), clock).read(VERSION).failure
    assert failure is not None
    assert (failure.trouble, failure.seen, clock.slept) == (ApiTrouble.UNAUTHENTICATED, ("refused",), [0.25])


def test_the_limit_is_shared_by_all_questions() -> None:
    """A server that fails at every object costs the limit once, not once an object."""
    clock = HandClock()
    server = Scripted([failed(ApiTrouble.FAILED, "no")], clock)
    found = reader(server, clock, seconds=30.0).read_all([ApiRequest(path=f"/{n}") for n in range(50)])
    assert all(each.failure is not None for each in found)
    assert clock.time == pytest.approx(130.0)
    assert len(server.asked) < 80


def test_time_that_a_question_takes_counts() -> None:
    clock = HandClock()
    server = Scripted([failed(ApiTrouble.SILENT, "silent")], clock, seconds=30.0)
    reader(server, clock, seconds=60.0).read(VERSION)
    assert len(server.asked) == 2
    assert clock.time == pytest.approx(160.25)


def test_every_pause_is_told_with_the_time_so_far() -> None:
    clock = HandClock()
    told: list[tuple[str, float]] = []
    server = failing(ApiTrouble.REFUSED, ApiTrouble.STARTING)
    made = ClusterReader(
        api=server,
        asker=SerialAsker(),
        clock=clock,
        until=160.0,
        jitter=lambda: 0.5,
        waited=lambda failure, seconds: told.append((failure.trouble.value, seconds)),
    )
    made.read(VERSION)
    assert told == [("refused", 0.0), ("starting", 0.25)]


def test_text_is_asked_for_once() -> None:
    clock = HandClock()
    server = MemoryApiServer(texts={"/readyz": "ok"}, failures={"/readyz": [ApiTrouble.FAILED]})
    assert reader(server, clock).read_text(ApiRequest(path="/readyz")).failure is not None
    assert clock.slept == []


_MACHINES = Kind(group="cluster.x-k8s.io", versions=("v1beta2",), kind="Machine", plural="machines")
_PATH = "/apis/cluster.x-k8s.io/v1beta2/machines"


def _machines(count: int) -> MemoryApiServer:
    objects = [
        {
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": "Machine",
            "metadata": {"name": f"m{n}", "namespace": "a", "labels": {"odd": str(n % 2)}},
        }
        for n in range(count)
    ]
    return MemoryApiServer(kinds=[_MACHINES], objects=list(objects))


def test_a_collection_is_read_page_by_page() -> None:
    server = _machines(7)
    found = reader(server, HandClock()).listed(Collection(path=_PATH, page=3)).value
    assert found is not None
    assert [each.name for each in found] == [f"m{n}" for n in range(7)]
    assert {(each.kind, each.api_version) for each in found} == {("Machine", "cluster.x-k8s.io/v1beta2")}
    assert [dict(each.query).get("continue") for each in server.asked] == [None, "3", "6"]


def test_a_selector_and_metadata_alone_are_asked_for() -> None:
    server = _machines(4)
    wanted = Collection(path=_PATH, label_selector="odd=1", metadata_only=True)
    (found,) = reader(server, HandClock()).listed_all([wanted])
    assert found.value is not None
    assert [each.name for each in found.value] == ["m1", "m3"]
    assert "PartialObjectMetadataList" in server.asked[0].accept


def test_a_collection_that_is_not_served_is_absent() -> None:
    assert reader(_machines(1), HandClock()).listed(Collection(path="/apis/other/v1/things")).absent


def test_a_page_that_cannot_be_read_fails_the_whole_list() -> None:
    clock = HandClock()
    first = answered({"items": [{}], "metadata": {"continue": "x"}})
    server = Scripted([first, failed(ApiTrouble.FORBIDDEN, "no")], clock)
    found = reader(server, clock).listed(Collection(path=_PATH))
    assert found.value is None
    assert found.failure is not None


def test_a_list_that_the_server_forgot_begins_anew_once() -> None:
    clock = HandClock()
    first = answered({"items": [{"n": 1}], "metadata": {"continue": "x"}})
    gone = failed(ApiTrouble.REJECTED, "too old", 410)
    whole = answered({"items": [{"n": 1}, {"n": 2}]})
    server = Scripted([first, gone, whole], clock)
    found = reader(server, clock).listed(Collection(path=_PATH))
    assert found.value is not None
    assert [each.raw["n"] for each in found.value] == [1, 2]
    again = Scripted([first, gone, first, gone, whole], clock)
    assert reader(again, clock).listed(Collection(path=_PATH)).failure is not None
    assert len(again.asked) == 4


@pytest.mark.parametrize("body", [{}, {"items": 7}, {"items": [1, None, "x"]}, {"metadata": {"continue": 5}}])
def test_a_list_of_any_shape_is_read(body: Mapping[str, object]) -> None:
    clock = HandClock()
    found = reader(Scripted([Reading(value=body)], clock), clock).listed(Collection(path=_PATH))
    assert found.value is not None
    assert [each.name for each in found.value] == [""] * len(found.value)
