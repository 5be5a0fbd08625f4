"""Taking, keeping and giving back the lease of a cluster, so that two runs never write side by side (ADR 22)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.apply.writing import ClusterWriter, Written
from capyctl.core.api_object import ApiObject, text_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble
from capyctl.core.api_writing import creating, deleting, merging
from capyctl.core.cluster_lease import (
    LEASE_NAME,
    LEASE_NAMESPACE,
    LEASE_SECONDS,
    Holder,
    LeaseHeld,
    LeaseState,
    LeaseVerdict,
    judge_lease,
    micro_time,
    parse_lease,
)
from capyctl.core.repr_without import repr_without
from capyctl.ports.processes import Background, Processes

_COLLECTION = f"/apis/coordination.k8s.io/v1/namespaces/{LEASE_NAMESPACE}/leases"
_PATH = f"{_COLLECTION}/{LEASE_NAME}"
_RENEW_EVERY = 5.0
_SILENCE = 4.0
_MARGIN = 1.0
_LOOK_EVERY = 1.0
_LONGEST_WAIT = 2.0 * LEASE_SECONDS
"""Seconds; a lease that has not ended by then is no run's of capyctl, or its times are made up."""
_TOO_FAR = 2.0
_NOT_AGAIN = frozenset({ApiTrouble.CONFLICT, ApiTrouble.EXISTS})


class Acquired(Struct, frozen=True, kw_only=True):
    """The lease is ours.

    Attributes:
        verdict: how it was found; of ``DEAD`` and ``EXPIRED``, ``before`` says whose it was.
    """

    verdict: LeaseVerdict
    before: LeaseState | None = None


class HeldElsewhere(Struct, frozen=True, kw_only=True):
    """Another run holds the lease and renews it."""

    state: LeaseState


Acquisition = Acquired | HeldElsewhere | ApiFailure


class ClusterLease(Struct, kw_only=True):
    """The lease of one run. ``guard`` of a ClusterWriter is ``why_not``: nothing is written without the lease.

    Attributes:
        writer: one without a guard. run: the run's id.
    """

    writer: ClusterWriter
    processes: Processes
    background: Background
    run: str
    _held: LeaseHeld | None = None
    _since: float = 0.0
    _offset: float = 0.0
    _lost: str = ""
    _stop: Callable[[], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __repr__(self) -> str:
        return repr_without(self, "_lock")

    def acquire(self) -> Acquisition:
        """Take the lease and keep it renewed until ``release``.

        A holder on this host that is gone is followed at once. A holder elsewhere is waited for until its lease ends;
        one that renews it meanwhile lives, and is told.
        """
        me = self.processes.myself(self.run)
        result = self._create(me)
        if result is None:
            result = self._take_over(me)
        if isinstance(result, Acquired):
            self._stop = self.background.every(_RENEW_EVERY, self.renew)
        return result

    def release(self) -> ApiFailure | None:
        """Give the lease back: it is deleted if it is still this run's."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        with self._lock:
            held, self._held = self._held, None
            if held is None or self._lost:
                return None
            request = deleting(_PATH, resource_version=held.resource_version)
            failure = self.writer.write(request, final=_NOT_AGAIN).failure
            return None if failure is None or failure.trouble is ApiTrouble.CONFLICT else failure

    def renew(self) -> None:
        """Renew it once; without an answer the next call tries again."""
        with self._lock:
            self._renew()

    def why_not(self) -> str | None:
        """Why this run may not write now; None while it holds the lease."""
        if self._is_fresh():
            return None
        with self._lock:
            if not self._is_fresh():
                self._renew()
            if self._is_fresh():
                return None
        return (
            self._lost
            or f"the lease could not be renewed for {LEASE_SECONDS} s, so another run may be writing"
        )

    def _is_fresh(self) -> bool:
        age = self.writer.clock.monotonic() - self._since
        return self._held is not None and not self._lost and age < LEASE_SECONDS - _MARGIN

    def _create(self, me: Holder) -> Acquisition | None:
        """None where there is a lease already."""
        now = self._now()
        wanted = LeaseHeld(holder=me, acquired_at=now, renewed_at=now)
        begun = self.writer.clock.monotonic()
        written = self.writer.write(
            replace(creating(_COLLECTION, wanted.object), silence=_SILENCE), final=_NOT_AGAIN
        )
        skew = self._note_time(written)
        if written.failure is not None:
            return None if written.failure.trouble is ApiTrouble.EXISTS else written.failure
        self._hold(wanted, written, begun)
        if abs(skew) > _TOO_FAR:
            self.renew()
        return Acquired(verdict=LeaseVerdict.FREE)

    def _take_over(self, me: Holder) -> Acquisition:
        first: LeaseState | None = None
        begun = self.writer.clock.monotonic()
        while True:
            read = self.writer.api.ask(ApiRequest(path=_PATH))
            self._note_time(read)
            waited = self.writer.clock.monotonic() - begun
            if read.failure is not None and not (read.failure.trouble.passes and waited < self.writer.limit):
                return read.failure
            if read.absent:
                created = self._create(me)
                if created is not None:
                    return created
            if read.value is not None:
                state = parse_lease(ApiObject(read.value))
                result = self._judged(state, first, me)
                if result is not None:
                    return result
                if waited > _LONGEST_WAIT:
                    return HeldElsewhere(state=state)
                first = first or state
            self.writer.clock.sleep(_LOOK_EVERY)

    def _judged(self, state: LeaseState, first: LeaseState | None, me: Holder) -> Acquisition | None:
        """None where it has to be looked at again."""
        verdict = judge_lease(state, me, self._now(), self.processes.is_alive)
        if verdict is LeaseVerdict.HELD:
            lives = first is not None and (first.holder_text, first.renewed_at) != (
                state.holder_text,
                state.renewed_at,
            )
            local = state.holder is not None and state.holder.host == me.host
            return HeldElsewhere(state=state) if lives or local else None
        now = self._now()
        wanted = LeaseHeld(
            holder=me, acquired_at=now, renewed_at=now, resource_version=state.resource_version
        )
        begun = self.writer.clock.monotonic()
        written = self.writer.write(
            replace(merging(_PATH, wanted.object), silence=_SILENCE), final=_NOT_AGAIN
        )
        if written.failure is not None:
            again = written.failure.trouble is ApiTrouble.CONFLICT
            return None if again else written.failure
        if written.value is None:
            return None
        self._hold(wanted, written, begun)
        return Acquired(verdict=verdict, before=state)

    def _renew(self) -> None:
        held = self._held
        if held is None or self._lost:
            return
        begun = self.writer.clock.monotonic()
        renewed = held.renewed(self._now())
        written = self.writer.api.write(replace(merging(_PATH, renewed.object), silence=_SILENCE))
        self._note_time(written)
        if written.failure is None and written.value is not None:
            self._hold(renewed, written, begun)
        elif written.failure is None or written.failure.trouble is ApiTrouble.CONFLICT:
            self._look_again(held)

    def _look_again(self, held: LeaseHeld) -> None:
        """The lease has changed: by our own renewal whose answer was lost, or by another run."""
        read = self.writer.api.ask(ApiRequest(path=_PATH))
        if read.failure is not None:
            return
        state = parse_lease(ApiObject(read.value)) if read.value is not None else None
        if state is None or state.holder_text != held.holder.text:
            who = state.holder_text if state is not None else "nobody"
            self._lost = f"the lease was taken away; {who or 'nobody'} holds it now"
            return
        self._held = replace(held, resource_version=state.resource_version)

    def _hold(self, wanted: LeaseHeld, written: Written, begun: float) -> None:
        version = text_at(written.value, "metadata", "resourceVersion")
        self._held, self._since = replace(wanted, resource_version=version), begun

    def _now(self) -> str:
        """The API server's time, as far as it has told."""
        return micro_time(self.writer.clock.now(), self._offset)

    def _note_time(self, reading: Written) -> float:
        """Learn how far the server's clock is from ours; the change in seconds."""
        if reading.server_time is None:
            return 0.0
        before = self._offset
        here = datetime.fromisoformat(self.writer.clock.now())
        self._offset = (datetime.fromisoformat(reading.server_time) - here).total_seconds()
        return self._offset - before
