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

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """The time inside does not count for a question that is being counted: its upload is under way."""
        with self._lock:
            self._asking -= 1
            if self._asking == 0:
                self._spent += self._clock.monotonic() - self._since
        try:
            yield
        finally:
            with self._lock:
                if self._asking == 0:
                    self._since = self._clock.monotonic()
                self._asking += 1


class Silences:
    """Which hosts have said anything in this run, so that a dead one is waited for once and not by turns.

    A host that has never answered is given one window, however many questions are put to it. The window of
    one that is asked while others are silent begins where their silence began, at the last word of any host:
    a verdict does not wait for one silence after the other (issue 3 section 2: within 5 s).
    """

    def __init__(self, limits: HttpLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._first: dict[str, float] = {}
        self._answered: set[str] = set()
        self._given_up: dict[str, str] = {}
        self._waiting = 0
        self._quiet_since: float | None = None

    @contextmanager
    def waiting(self, host: str) -> Iterator[float]:
        """A question to this host is out; the seconds of silence that it may bear from now on."""
        with self._lock:
            self._waiting += 1
            window = self._window(host, self._clock.monotonic())
        try:
            yield window
        finally:
            with self._lock:
                self._waiting -= 1

    def given_up(self, host: str) -> str | None:
        """The failure word of a host that was waited for in vain and has never answered, or None."""
        with self._lock:
            return None if host in self._answered else self._given_up.get(host)

    def heard(self, host: str) -> None:
        """The host said something; where nobody else is waited for, no silence is left."""
        with self._lock:
            self._answered.add(host)
            self._quiet_since = self._clock.monotonic() if self._waiting else None

    def was_silent(self, host: str, word: str) -> None:
        """A question to the host ended with no word from it."""
        with self._lock:
            self._given_up[host] = word

    def _window(self, host: str, now: float) -> float:
        if self._quiet_since is None:
            self._quiet_since = now
        first = self._first.setdefault(host, now)
        if host in self._answered:
            return self._limits.silence
        since = min(first, self._quiet_since)
        return max(self._limits.last_silence, since + self._limits.silence - now)


class Patience(float):
    """The patience of one exchange, as the timeout that httpcore hands unchanged to the stream.

    A plain number could not do: the deadline has to shorten each read of a slow head anew, and stop counting
    once the body is on its way. The stream notes here what the exchange met on the wire.

    Attributes:
        received: bytes of the answer seen so far. reused: whether the connection was opened before
            this exchange, so that the server may have closed it in the meantime.
    """

    def __new__(cls, silence: float, budget: Budget) -> Patience:
        patience = super().__new__(cls, silence)
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
