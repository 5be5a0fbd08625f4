"""The lease of a cluster: taken, renewed, refused, followed and given back, on a server and a clock in memory."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.app.apply.lease import Acquired, ClusterLease, HeldElsewhere
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.cluster_lease import LeaseVerdict
from tests.plugins.install_world import FakeProcesses, NoBackground, writer_of
from tests.plugins.memory_cluster_writes import FAULTS, Fault, HandClock, WritableMemoryServer, at

_PATH = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/capyctl"


def _lease(server: WritableMemoryServer, pid: int = 1, host: str = "here", **settings: Any) -> ClusterLease:  # noqa: ANN401
    return ClusterLease(
        writer=writer_of(server, **settings),
        processes=FakeProcesses(pid=pid, host=host, alive=frozenset({1})),
        background=NoBackground(),
        run=f"run-{host}-{pid}",
    )


def _held(server: WritableMemoryServer) -> dict[str, Any] | None:
    return server.find("Lease", "capyctl", "kube-system")


def test_a_free_lease_is_taken_with_one_request_and_given_back_with_another() -> None:
    server = WritableMemoryServer()
    lease = _lease(server)
    assert lease.why_not() is not None
    assert lease.acquire() == Acquired(verdict=LeaseVerdict.FREE)
    assert server.count == 1
    assert lease.why_not() is None
    found = _held(server)
    assert found is not None
    assert found["spec"]["leaseDurationSeconds"] <= 15
    assert lease.release() is None
    assert server.count == 2
    assert _held(server) is None
    assert lease.release() is None
    assert lease.why_not() is not None


def test_a_living_holder_on_this_host_is_told_at_once() -> None:
    server = WritableMemoryServer()
    _lease(server).acquire()
    begun = server.clock.seconds
    refused = _lease(server, pid=2).acquire()
    assert isinstance(refused, HeldElsewhere)
    assert str(refused.state.holder) == "process 1 on here"
    assert server.clock.seconds == begun


def test_a_dead_holder_on_this_host_is_followed_at_once() -> None:
    server = WritableMemoryServer()
    first = _lease(server, pid=3)
    first.acquire()
    begun = server.clock.seconds
    taken = _lease(server, pid=2).acquire()
    assert isinstance(taken, Acquired)
    assert taken.verdict is LeaseVerdict.DEAD
    assert taken.before is not None
    assert server.clock.seconds == begun
    first.renew()
    assert first.why_not() == "the lease was taken away; here/2/7/run-here-2 holds it now"
    assert first.release() is None
    assert _held(server) is not None


def test_a_silent_holder_elsewhere_is_followed_when_its_time_is_over() -> None:
    server = WritableMemoryServer()
    _lease(server, host="elsewhere").acquire()
    begun = server.clock.seconds
    taken = _lease(server).acquire()
    assert isinstance(taken, Acquired)
    assert taken.verdict is LeaseVerdict.EXPIRED
    assert 14 <= server.clock.seconds - begun <= 16


class _RenewingClock(HandClock):
    """A clock by which another run renews its lease while this one waits."""

    other: ClusterLease | None = None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.other is not None and self.seconds > 4:
            self.other.renew()


def test_a_holder_elsewhere_that_renews_is_alive() -> None:
    clock = _RenewingClock()
    server = WritableMemoryServer(clock=clock)
    other = clock.other = _lease(server, host="elsewhere")
    other.acquire()
    assert isinstance(_lease(server).acquire(), HeldElsewhere)
    assert clock.seconds < 15


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2])
def test_a_fault_while_taking_or_giving_back_is_passed_over(number: int, fault: str) -> None:
    server = WritableMemoryServer(rule=at(number, FAULTS[fault]))
    lease = _lease(server)
    assert isinstance(lease.acquire(), Acquired)
    assert lease.why_not() is None
    lease.release()
    assert _held(server) is None


def test_a_missing_right_is_told_at_once() -> None:
    server = WritableMemoryServer(rule=at(1, Fault(trouble=ApiTrouble.FORBIDDEN, status=403)))
    refused = _lease(server).acquire()
    assert isinstance(refused, ApiFailure)
    assert refused.trouble is ApiTrouble.FORBIDDEN
    server = WritableMemoryServer()
    _lease(server, pid=3).acquire()
    server.rule = lambda _, request: (
        Fault(trouble=ApiTrouble.FORBIDDEN) if getattr(request, "method", "") == "GET" else None
    )
    assert isinstance(_lease(server).acquire(), ApiFailure)
    server.rule = lambda _, request: (
        Fault(trouble=ApiTrouble.FORBIDDEN) if getattr(request, "method", "") == "PATCH" else None
    )
    assert isinstance(_lease(server).acquire(), ApiFailure)


def test_renewing_moves_the_time_and_an_answer_that_is_lost_does_no_harm() -> None:
    server = WritableMemoryServer()
    lease = _lease(server)
    lease.acquire()
    server.clock.sleep(5)
    lease.renew()
    found = _held(server)
    assert found is not None
    assert found["spec"]["renewTime"] == "2026-11-22T00:00:05.000000Z"
    server.rule = at(server.count + 1, FAULTS["cut"])
    server.clock.sleep(5)
    lease.renew()
    lease.renew()
    server.clock.sleep(10)
    assert lease.why_not() is None
    assert lease.release() is None
    assert _held(server) is None


def test_a_run_that_slept_too_long_renews_before_it_writes_and_stops_where_it_cannot() -> None:
    server = WritableMemoryServer()
    lease = _lease(server)
    lease.acquire()
    server.clock.sleep(60)
    assert lease.why_not() is None
    server.clock.sleep(60)
    server.rule = lambda _count, _request: FAULTS["reset"]
    assert lease.why_not() == "the lease could not be renewed for 15 s, so another run may be writing"


def test_a_lease_that_somebody_deleted_is_lost() -> None:
    server = WritableMemoryServer()
    lease = _lease(server)
    lease.acquire()
    server._remove(_held(server) or {})
    lease.renew()
    assert lease.why_not() == "the lease was taken away; nobody holds it now"
    server.rule = lambda _count, _request: FAULTS["reset"]
    lease.renew()
    assert lease.why_not() is not None


class _SkewedClock(HandClock):
    """The machine's own clock, an hour behind the server's."""

    def now(self) -> str:
        return f"2026-11-21T23:{int(self.seconds) // 60 % 60:02}:{int(self.seconds) % 60:02}Z"


def test_times_are_the_servers_although_this_machines_clock_is_wrong() -> None:
    server = WritableMemoryServer()
    lease = _lease(server, clock=_SkewedClock())
    lease.acquire()
    found = _held(server)
    assert found is not None
    assert found["spec"]["renewTime"].startswith("2026-11-22T00:00:00")


def test_two_that_find_it_expired_do_not_both_take_it() -> None:
    server = WritableMemoryServer()
    _lease(server, pid=3).acquire()
    server.refusals[_PATH] = [ApiTrouble.CONFLICT]
    taken = _lease(server, pid=2).acquire()
    assert isinstance(taken, Acquired)
    assert taken.verdict is LeaseVerdict.DEAD


def test_a_server_that_goes_away_is_told_when_the_time_is_over() -> None:
    server = WritableMemoryServer()
    _lease(server, pid=3).acquire()
    server.rule = lambda _, request: FAULTS["reset"] if getattr(request, "method", "") == "GET" else None
    assert isinstance(_lease(server).acquire(), ApiFailure)
    assert server.clock.seconds < 70


def test_a_lease_with_made_up_times_is_not_waited_for_for_long() -> None:
    server = WritableMemoryServer()
    _lease(server, host="elsewhere").acquire()
    found = _held(server)
    assert found is not None
    found["spec"]["renewTime"] = "2030-01-01T00:00:00Z"
    assert isinstance(_lease(server).acquire(), HeldElsewhere)
    assert 15 < server.clock.seconds < 40


@pytest.mark.parametrize("number", [2, 3])
def test_a_lease_that_is_given_back_meanwhile_is_taken(number: int) -> None:
    """Between the refused creation and the look, or between the look and the take-over."""
    server = WritableMemoryServer()
    _lease(server, pid=3).acquire()
    base = server.count

    def give_back(count: int, _request: object) -> None:
        held = _held(server)
        if count == base + number and held is not None:
            server._remove(held)

    server.rule = give_back
    taken = _lease(server, pid=2).acquire()
    assert isinstance(taken, Acquired)
    assert taken.verdict is LeaseVerdict.FREE


def test_a_lease_that_is_held_again_by_the_time_of_the_look_is_seen() -> None:
    server = WritableMemoryServer()
    server.refusals["/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"] = [
        ApiTrouble.EXISTS,
        ApiTrouble.EXISTS,
    ]
    taken = _lease(server).acquire()
    assert isinstance(taken, Acquired)
    assert taken.verdict is LeaseVerdict.FREE


def test_a_lost_look_leaves_the_lease_as_it_was() -> None:
    server = WritableMemoryServer()
    lease = _lease(server)
    lease.acquire()
    server.rule = lambda _, request: FAULTS["reset"] if getattr(request, "method", "") == "GET" else None
    server.refusals[_PATH] = [ApiTrouble.CONFLICT]
    lease.renew()
    assert lease.why_not() is None


def test_a_run_that_is_stopped_by_another_asking_first_renews_once() -> None:
    server = WritableMemoryServer()
    lease = _lease(server)
    lease.acquire()
    server.clock.sleep(60)
    lease.renew()
    count = server.count
    assert lease.why_not() is None
    assert server.count == count
