"""Writing with patience: what passes is tried again within a limit, what never passes is told at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.api_reading import ApiFailure, ApiTrouble, Reading
from capyctl.core.api_writing import ApiWrite
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.ports.asking import Asker
from capyctl.ports.clock import Clock
from capyctl.ports.cluster import ApiWriter

_FIRST_PAUSE = 0.1
_GROWTH = 1.6
_LONGEST_PAUSE = 5.0

T = TypeVar("T")
R = TypeVar("R")
Written = Reading[Mapping[str, object]]


class ClusterWriter(Struct, frozen=True, kw_only=True):
    """Writes to one API server.

    Attributes:
        jitter: a number from 0 to 1, anew each call. limit: seconds that one write is tried again for.
        width: how many writes are under way at once.
        guard: why nothing may be written any more (the lease is lost); None as long as writing is allowed.
        waited: told of every pause, with the seconds so far.
    """

    api: ApiWriter
    asker: Asker
    clock: Clock
    jitter: Callable[[], float]
    limit: float = 60.0
    width: int = 8
    guard: Callable[[], str | None] = field(default=lambda: None)
    waited: Callable[[ApiFailure, float], None] = field(default=lambda _failure, _seconds: None)

    def write(self, request: ApiWrite, *, final: frozenset[ApiTrouble] = frozenset()) -> Written:
        """Write, again while its trouble passes and the limit allows; trouble in ``final`` is told at once."""
        begun = self.clock.monotonic()
        pause = _FIRST_PAUSE
        evidence: tuple[Evidence, ...] = ()
        seen: dict[str, None] = {}
        while True:
            reading = self._once(request)
            evidence += reading.evidence
            failure = reading.failure
            if failure is None:
                return replace(reading, evidence=evidence)
            waited = self.clock.monotonic() - begun
            left = self.limit - waited
            if not failure.trouble.passes or failure.trouble in final or left <= 0:
                seen.pop(failure.reason, None)
                return replace(
                    reading, evidence=evidence, failure=replace(failure, seen=tuple(seen), waited=waited)
                )
            seen[failure.reason] = None
            self.waited(failure, waited)
            wanted = max(pause * (0.75 + 0.5 * self.jitter()), failure.retry_after or 0.0)
            self.clock.sleep(min(wanted, left))
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    def for_each(self, items: Sequence[T], work: Callable[[T], R], good: Callable[[R], bool]) -> list[R]:
        """The results of ``work`` for the items, begun in their order, ``width`` at once.

        Once a result is not good nothing more is begun; results are those that came, in the order of the items.
        """
        waiting = deque(enumerate(items))
        done: dict[int, R] = {}
        failed: list[bool] = []
        workers = min(self.width, len(items))
        run = partial(_drain, waiting, work, (done, failed, good))
        if workers:
            self.asker.together([run] * workers)
        return [done[index] for index in sorted(done)]

    def _once(self, request: ApiWrite) -> Written:
        forbidden = self.guard()
        if forbidden is None:
            return self.api.write(request)
        evidence = Evidence(
            route="cluster",
            question=Question.OBJECT,
            outcome=Outcome.UNAVAILABLE,
            url=f"{self.api.address}{request.path}",
            failure=ApiTrouble.SUPERSEDED.value,
        )
        return Reading(failure=ApiFailure(trouble=ApiTrouble.SUPERSEDED, reason=forbidden, evidence=evidence))


def _drain(
    waiting: deque[tuple[int, T]],
    work: Callable[[T], R],
    book: tuple[dict[int, R], list[bool], Callable[[R], bool]],
) -> None:
    """Take items until there are none left or one has failed; a deque gives each item to one taker only."""
    done, failed, good = book
    while not failed:
        try:
            index, item = waiting.popleft()
        except IndexError:
            return
        result = work(item)
        done[index] = result
        if not good(result):
            failed.append(True)
