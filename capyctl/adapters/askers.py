"""Askers: daemon threads for questions to the network, plain calls where nothing waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import queue

T = TypeVar("T")

_Result = tuple[int, T | None, BaseException | None]


class SerialAsker:
    """One call after the other: for runs that read local data only, at no cost."""

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Run the calls in order."""
        return [call() for call in calls]

    def in_turn(
        self, calls: Sequence[Callable[[], T]], good: Callable[[T], bool], head_start: float
    ) -> list[T]:
        """Run the calls in order until one is good; a head start means nothing here."""
        del head_start
        results: list[T] = []
        for call in calls:
            results.append(call())
            if good(results[-1]):
                break
        return results


class ThreadedAsker:
    """Daemon threads, so that an interrupted run ends at once whatever a server does."""

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Run all calls side by side and wait for all of them."""
        if len(calls) == 1:
            return [calls[0]()]
        import queue  # noqa: PLC0415 - start-up budget; offline no thread is begun

        answers: queue.SimpleQueue[_Result[T]] = queue.SimpleQueue()
        for index, call in enumerate(calls):
            _begin(index, call, answers)
        results = dict(_take(answers, None) for _ in calls)
        return [results[index] for index in range(len(calls))]

    def in_turn(
        self, calls: Sequence[Callable[[], T]], good: Callable[[T], bool], head_start: float
    ) -> list[T]:
        """Begin the next call when all begun ones failed, or after ``head_start`` seconds of silence."""
        import queue  # noqa: PLC0415 - the same

        answers: queue.SimpleQueue[_Result[T]] = queue.SimpleQueue()
        results: dict[int, T] = {}
        speaking: set[int] = set()
        begun = 0
        while len(results) < len(calls):
            if begun == len(results):
                _begin(begun, calls[begun], answers, speaking)
                begun += 1
            hurries = begun < len(calls) and begun - 1 not in speaking
            try:
                index, result = _take(answers, head_start if hurries else None)
            except queue.Empty:
                if begun - 1 not in speaking:
                    _begin(begun, calls[begun], answers, speaking)
                    begun += 1
                continue
            results[index] = result
            if good(result):
                break
        return [results[index] for index in sorted(results)]


class PatientAsker(ThreadedAsker):
    """Begins the next of several sources when the one before has failed, however long it was silent.

    For what is written down: by which source it came is decided by their order, not by how fast each was today.
    """

    def in_turn(
        self, calls: Sequence[Callable[[], T]], good: Callable[[T], bool], head_start: float
    ) -> list[T]:
        """Run the calls in order until one is good; a head start means nothing here."""
        return SerialAsker().in_turn(calls, good, head_start)


def _begin(
    index: int,
    call: Callable[[], T],
    answers: queue.SimpleQueue[_Result[T]],
    speaking: set[int] | None = None,
) -> None:
    """Run a call in a thread and in a context of its own; ``speaking`` learns when its answer begins."""
    import contextvars  # noqa: PLC0415 - start-up budget

    from capyctl.ports.answering import answer_begins  # noqa: PLC0415 - the same

    def run() -> None:
        if speaking is not None:
            answer_begins.set(lambda: speaking.add(index))
        try:
            answers.put((index, call(), None))
        except BaseException as fault:  # noqa: BLE001 - carried to the waiting thread and raised there
            answers.put((index, None, fault))

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()


def _take(answers: queue.SimpleQueue[_Result[T]], timeout: float | None) -> tuple[int, T]:
    index, result, fault = answers.get(timeout=timeout)
    if fault is not None:
        raise fault
    return index, result  # type: ignore[return-value]  # a call without a fault has a result
