"""A run that changes a management cluster: lease, record, what was done so far, and the status it ends with.

``init``, ``upgrade apply`` and ``delete`` share it. It looks first and takes the lease only when the first write comes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.askers import ThreadedAsker
from capyctl.adapters.local_processes import BackgroundThreads, LocalProcesses
from capyctl.app.apply.engine import AppliedObject, ApplyFailure, ApplyPolicy, ApplyResult, apply_stages
from capyctl.app.apply.lease import Acquired, ClusterLease, HeldElsewhere
from capyctl.app.apply.record import RECORD_REQUEST, TransactionRecord, read_record
from capyctl.app.apply.writing import ClusterWriter
from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.install.write_diagnostics import (
    broken_off,
    changed_meanwhile,
    diagnose_apply_failure,
    diagnose_write,
    fields_taken,
    held_elsewhere,
    lease_taken_over,
)
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiRequest
from capyctl.core.apply_stages import Goal, Stage
from capyctl.core.cluster_lease import LeaseVerdict
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.discovery import DISCOVERY_ACCEPT, Discovery, parse_discovery
from capyctl.core.evidence import Evidence
from capyctl.core.exit_status import ExitStatus
from capyctl.core.object_key import ObjectKey
from capyctl.core.status_rules import status_of
from capyctl.core.transaction import Phase, Transaction
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.world import World

WRITE_LIMIT = 60.0
"""Seconds that one write is tried again for while its trouble passes (ADR 21)."""


class Looked(Struct, frozen=True, kw_only=True):
    """What a run looks at beside the inventory before it writes.

    Attributes:
        discovery: every kind that is served, the core group's as well. record: None where there is none.
        failures: where there are any, nothing may be written.
    """

    discovery: Discovery = field(default_factory=Discovery)
    record: Transaction | None = None
    failures: tuple[ApiFailure, ...] = ()


class WritingRun(Struct, kw_only=True):
    """One run on one cluster; made by ``writing_run``, which gives the lease back.

    Attributes:
        run: its id. writer: not guarded: for dry runs and the lease. applied: in the order done.
        said: diagnostics so far; whoever works with it adds to them. pending: what a broken-off run left undone.
        asked: evidence beside what the world's transcript holds. ending: what an incomplete run says of itself.
    """

    world: World
    cluster: Cluster
    run: str
    writer: ClusterWriter
    lease: ClusterLease
    applied: list[AppliedObject] = field(default_factory=list)
    said: list[Diagnostic] = field(default_factory=list)
    asked: list[Evidence] = field(default_factory=list)
    pending: tuple[ObjectKey, ...] = ()
    ending: Callable[[], Diagnostic] | None = None
    _record: TransactionRecord | None = None
    _seen: Transaction | None = None
    _open: bool = False
    _cause: Diagnostic | None = None

    @property
    def reader(self) -> ClusterReader:
        """For reading at any time: it waits as long as a write does, from now on."""
        until = self.world.clock.monotonic() + WRITE_LIMIT
        return replace(self.cluster.reader, api=self.cluster.connection.writer, until=until)

    @property
    def looking(self) -> ClusterReader:
        """For looking at the whole cluster: before anything is written it waits as ``--api-timeout`` says."""
        return self.reader if self.applied else self.cluster.reader

    @property
    def guarded(self) -> ClusterWriter:
        """Writes nothing unless this run holds the lease."""
        return replace(self.writer, guard=self.lease.why_not)

    @property
    def is_incomplete(self) -> bool:
        """Whether something was written and not all of it: between ``begin`` and ``finish``."""
        return self._open

    @property
    def status(self) -> ExitStatus:
        """The status of the run so far (cli.md 3): ``partial`` where it was broken off."""
        return ExitStatus.PARTIAL if self._open else status_of(self.said)

    def look(self, served: Discovery) -> Looked:
        """Two questions side by side: the core group's kinds, and the record. ``served`` is what ``/apis`` said."""
        core, record = self.looking.read_all(
            [ApiRequest(path="/api", accept=DISCOVERY_ACCEPT), RECORD_REQUEST]
        )
        failures = tuple(each.failure for each in (core, record) if each.failure is not None)
        self._seen = read_record(record)
        kinds = parse_discovery([core.value] if core.value is not None else [])
        whole = replace(
            served, kinds={**served.kinds, **kinds.kinds}, groups={**served.groups, **kinds.groups}
        )
        return Looked(discovery=whole, record=self._seen, failures=failures)

    def begin(self, transaction: Transaction | None) -> bool:
        """Take the lease and write the record, if there is one; else ``said`` tells why nothing may be written."""
        if not self._hold():
            return False
        if transaction is not None:
            self._record = TransactionRecord(self.guarded, transaction)
            failure = self._record.begin()
            if failure is not None:
                self._tell(diagnose_write(failure, "the record of this run"))
                return False
        self._open = True
        return True

    def apply(
        self,
        stages: Sequence[Stage],
        existing: Mapping[ObjectKey, ApiObject],
        kept: frozenset[str] = frozenset(),
    ) -> ApplyResult:
        """Apply the stages after ``begin``; a failure is told, and the run is incomplete."""
        policy = ApplyPolicy(existing=existing, kept=kept, mark=self._mark)
        before = len(self.applied)
        result = apply_stages(self.guarded, stages, policy, _Observer(self))
        self.applied[before:] = result.applied
        self.said += fields_taken(result.applied)
        self.pending = result.pending
        for each in result.failures:
            self._tell(diagnose_apply_failure(each))
        return result

    def fail(self, failure: ApplyFailure) -> None:
        """Tell of a failure beside the engine: the run stays incomplete."""
        self._tell(diagnose_apply_failure(failure))

    def because(self, cause: Diagnostic) -> None:
        """Name the cause of the failures that were told: it comes first, and they follow from it."""
        errors = [each for each in self.said if each.is_error]
        self.said = [
            replace(each, caused_by=cause) if each in errors and each.caused_by is None else each
            for each in self.said
        ]
        self.said.append(cause)
        self._cause = cause

    def finish(self) -> bool:
        """All is done: the record is closed. The lease is kept until the end of the run."""
        failure = self._record.finish() if self._record is not None else None
        if failure is not None:
            self._tell(diagnose_write(failure, "the record of this run"))
            return False
        self._seen = self._record.transaction if self._record is not None else self._seen
        self._record, self._open = None, False
        return True

    def evidence(self) -> tuple[Evidence, ...]:
        """Everything that was asked, each once."""
        return tuple(dict.fromkeys((*self.world.evidence(), *self.asked)))

    def told(self) -> tuple[Diagnostic, ...]:
        """Everything said; of an incomplete run what was done and how to go on as well."""
        if not self._open:
            return tuple(self.said)
        if self.ending is not None:
            return (*self.said, self.ending())
        command = self.world.invocation.command()
        return (*self.said, broken_off(len(self.applied), len(self.pending), command, self._cause))

    def _hold(self) -> bool:
        """The lease, once; what was seen before it must still hold."""
        if self.lease.why_not() is None:
            return True
        acquired = self.lease.acquire()
        if isinstance(acquired, HeldElsewhere):
            self._tell(held_elsewhere(acquired.state))
            return False
        if not isinstance(acquired, Acquired):
            self._tell(diagnose_write(acquired, "the lease kube-system/capyctl"))
            return False
        if acquired.verdict in (LeaseVerdict.DEAD, LeaseVerdict.EXPIRED):
            dead = acquired.verdict is LeaseVerdict.DEAD
            self.said.append(lease_taken_over(acquired.before, dead=dead))
        return self._is_unchanged()

    def _is_unchanged(self) -> bool:
        reading = self.reader.read(RECORD_REQUEST)
        if reading.failure is not None:
            self.said += diagnose_readings([reading.failure], about="the record of the last run")
            return False
        if read_record(reading) != self._seen:
            self._tell(changed_meanwhile())
            return False
        return True

    def _mark(self, phase: Phase) -> ApiFailure | None:
        return self._record.mark(phase) if self._record is not None else None

    def _tell(self, diagnostic: Diagnostic) -> None:
        self.said.append(diagnostic)
        self._cause = self._cause or diagnostic


class _Observer:
    """Keeps what is done as it is done, for a run that a signal ends; tells what is awaited."""

    def __init__(self, run: WritingRun) -> None:
        self._run = run
        self._awaited: set[str] = set()

    def began(self, stage: Stage) -> None:
        """What was awaited before it is there."""
        del stage
        waiting = self._run.cluster.waiting
        while waiting is not None and self._awaited:
            waiting.answered(self._source, self._awaited.pop())

    def applied(self, done: AppliedObject) -> None:
        """Keep it."""
        self._run.applied.append(done)

    def awaits(self, goal: Goal, lacking: Mapping[ObjectKey, str], seconds: float) -> None:
        """One line where somebody watches: the first object, and what it lacks."""
        waiting = self._run.cluster.waiting
        if waiting is None or not lacking:
            return
        key, reason = next(iter(lacking.items()))
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        self._awaited.add(goal.awaited.value)
        waiting.waiting(self._source, goal.awaited.value, f"{key}{more}: {reason}", seconds)

    @property
    def _source(self) -> str:
        return urlsplit(self._run.cluster.connection.api.address).netloc


@contextmanager
def writing_run(world: World, cluster: Cluster) -> Iterator[WritingRun]:
    """A run that may change the cluster; however it ends, its lease is given back."""
    run = secrets.token_hex(8)
    writer = ClusterWriter(
        api=cluster.connection.writer,
        asker=ThreadedAsker(),
        clock=world.clock,
        jitter=secrets.SystemRandom().random,
        limit=WRITE_LIMIT,
        waited=cluster.reader.waited,
    )
    lease = ClusterLease(
        writer=replace(writer, limit=5.0), processes=LocalProcesses(), background=BackgroundThreads(), run=run
    )
    try:
        yield WritingRun(world=world, cluster=cluster, run=run, writer=writer, lease=lease)
    finally:
        lease.release()
