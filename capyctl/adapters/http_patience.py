"""How long a run and a single read may wait: the deadline of all questions and the silence of one source."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

from capyctl.adapters.http_settings import HttpLimits
from capyctl.ports.clock import Clock


class Budget:
    """The time that questions to sources have taken in all.

    It runs while at least one question waits for its answer. Transfers, reading of answers and waits for a
    cluster happen outside, so they do not count (cli.md 2, ``--deadline``).
    """

    def __init__(self, total: float, clock: Clock) -> None:
        self.total = total
        self._clock = clock
        self._lock = threading.Lock()
        self._asking = 0
        self._since = 0.0
        self._spent = 0.0

    def left(self) -> float:
        """Seconds left; zero or less when the deadline has passed."""
        with self._lock:
            running = self._clock.monotonic() - self._since if self._asking else 0.0
            return self.total - self._spent - running

    @contextmanager
    def counting(self) -> Iterator[None]:
        """The time inside counts; questions side by side count once."""
        with self._lock:
            if self._asking == 0:
                self._since = self._clock.monotonic()
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1
                if self._asking == 0:
                    self._spent += self._clock.monotonic() - self._since


class Patience(float):
    """The patience of one exchange, as the timeout that httpcore hands unchanged to the stream.

    A plain number could not do: the deadline has to shorten each read of a slow head anew, and stop counting
    once the body is on its way. The stream notes here what the exchange met on the wire.

    Attributes:
        received: bytes of the answer seen so far. reused: whether the connection was opened before
            this exchange, so that the server may have closed it in the meantime.
    """

    def __new__(cls, limits: HttpLimits, budget: Budget) -> Patience:
        patience = super().__new__(cls, limits.silence)
        patience._budget = budget
        patience._in_transfer = False
        patience.received = 0
        patience.reused = False
        return patience

    _budget: Budget
    _in_transfer: bool
    received: int
    reused: bool

    def begin_transfer(self) -> None:
        """From now on only silence counts."""
        self._in_transfer = True

    def left(self) -> float:
        """Seconds the next read may wait.

        Raises:
            httpcore.ReadTimeout: the deadline has passed.
        """
        if self._in_transfer:
            return float(self)
        left = min(float(self), self._budget.left())
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return left


def seconds_of(timeout: float | None) -> float | None:
    """What a socket may wait for a timeout as httpcore hands it over."""
    return timeout.left() if isinstance(timeout, Patience) else timeout
