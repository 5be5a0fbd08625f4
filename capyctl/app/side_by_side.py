"""One round of questions whose answers have different types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from capyctl.ports.asking import Asker

T = TypeVar("T")


class Pending(Generic[T]):
    """The place of an answer that comes with its round."""

    __slots__ = ("_answers",)

    def __init__(self, answers: list[T]) -> None:
        self._answers = answers

    @property
    def answer(self) -> T:
        """The answer.

        Raises:
            IndexError: the round was not asked yet, which is a fault of ours.
        """
        return self._answers[0]


class SideBySide:
    """Gathers calls, then runs them in one round; each call keeps the type of its own answer."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], None]] = []

    def put(self, call: Callable[[], T]) -> Pending[T]:
        """Add a call to the round."""
        answers: list[T] = []
        self._calls.append(lambda: answers.append(call()))
        return Pending(answers)

    def ask(self, asker: Asker) -> None:
        """Run every call, and wait for all of them."""
        if self._calls:
            asker.together(self._calls)
