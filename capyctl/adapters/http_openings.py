"""Connections on their way: each is opened in a thread of its own, early or when it is asked for.

Name resolution cannot be given a time limit and cannot be interrupted; in a daemon thread it can be left
alone. The same mechanism opens connections before their first question (issue 3 section 2, "opened during
round one").
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from capyctl.adapters.http_dialer import Dialer, OpenError, Target
from capyctl.adapters.http_stream import AnswerStream, SocketStream, TlsStream


class Opening:
    """One connection being opened; exactly one taker gets the stream, or nobody does and it is closed."""

    def __init__(self, dialer: Dialer, target: Target) -> None:
        self._dialer = dialer
        self._target = target
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._step = "dns"
        self._stream: SocketStream | TlsStream | None = None
        self._error: OpenError | None = None
        self._abandoned = False
        self._begun = dialer.clock.monotonic()

    def start(self) -> None:
        """Begin in the background."""
        name = f"capyctl-open-{self._target.host}"
        threading.Thread(target=self._open, name=name, daemon=True).start()

    @property
    def has_failed(self) -> bool:
        """Whether this opening ended without a connection."""
        return self._ended.is_set() and self._error is not None

    def take(self, patience: float) -> SocketStream | TlsStream:
        """The stream, once it is there; waits no longer than ``patience`` and the limit of connecting.

        Raises:
            OpenError: no connection, or not in time.
        """
        age = self._dialer.clock.monotonic() - self._begun
        left = max(self._dialer.limit - age, 0.0)
        in_time = self._ended.wait(max(min(patience, left), 0.0))
        with self._lock:
            self._abandoned = not in_time and not self._ended.is_set()
            if self._error is not None:
                raise self._error
            if self._stream is None:
                raise self._late() if left <= patience else self._too_slow(age, patience)
            return self._stream

    def abandon(self) -> None:
        """Nobody needs this connection any more."""
        with self._lock:
            self._abandoned = True
            if self._stream is not None:
                self._stream.close()

    def _open(self) -> None:
        stream, error = None, None
        try:
            stream = self._dialer.dial(self._target, self._note)
        except OpenError as failed:
            error = failed
        finally:
            with self._lock:
                self._stream, self._error = stream, error
                if self._abandoned and stream is not None:
                    stream.close()
                self._ended.set()

    def _note(self, step: str) -> None:
        self._step = step

    def _late(self) -> OpenError:
        failure, lack = self._lack()
        return OpenError(failure, f"{lack} within {self._dialer.limit:g} s")

    def _too_slow(self, age: float, patience: float) -> OpenError:
        failure, lack = self._lack()
        return OpenError(failure, f"{lack} within {age + patience:.2g} s", patience=patience)

    def _lack(self) -> tuple[str, str]:
        """The failure's word, and what there was not."""
        if self._target.forwards:
            return "proxy", f"the proxy {self._target.name} did not answer"
        if self._step in {"dns", "connect"} and self._target.proxy is not None:
            return "proxy", f"the proxy {self._target.proxy.name} did not answer"
        if self._step == "dns":
            return "dns", f"the name {self._target.host} was not resolved"
        return "connect-timeout", f"no connection to {self._target.name}"


class Openings:
    """The openings of a run by target, and every stream in use, so that all can be ended at once.

    Threads may outlive the run that they asked for; once it is closed, they get no further connection.
    """

    def __init__(self, dialer: Dialer, warm_limit: int) -> None:
        self._dialer = dialer
        self._warm_limit = warm_limit
        self._lock = threading.Lock()
        self._early: dict[Target, deque[Opening]] = defaultdict(deque)
        self._streams: set[AnswerStream] = set()
        self._closed = False

    def open_early(self, target: Target) -> None:
        """Begin a connection for a question that is sure to come."""
        opening = Opening(self._dialer, target)
        with self._lock:
            if self._closed or len(self._early[target]) >= self._warm_limit:
                return
            self._early[target].append(opening)
        opening.start()

    def connect(self, target: Target, patience: Callable[[], float]) -> AnswerStream:
        """A stream that is ready: one opened early, or a new one.

        Raises:
            OpenError: no connection, not in time, or closed already.
        """
        while (opening := self._next_early(target)) is not None:
            stream = opening.take(patience())
            if stream.read_now() is None:
                return self._in_use(stream, opened_early=True)
            stream.close()
        opening = Opening(self._dialer, target)
        opening.start()
        return self._in_use(opening.take(patience()), opened_early=False)

    def close(self) -> None:
        """End every connection at once, in use or not; no other is opened."""
        with self._lock:
            self._closed = True
            streams, self._streams = self._streams, set()
            openings = [opening for waiting in self._early.values() for opening in waiting]
            self._early.clear()
        for opening in openings:
            opening.abandon()
        for stream in streams:
            stream.abort()

    def _next_early(self, target: Target) -> Opening | None:
        """The next early opening that has not failed before anybody needed it; a failure may have passed."""
        with self._lock:
            if self._closed:
                raise _closed()
            waiting = self._early[target]
            while waiting:
                opening = waiting.popleft()
                if not opening.has_failed:
                    return opening
        return None

    def _in_use(self, stream: SocketStream | TlsStream, *, opened_early: bool) -> AnswerStream:
        answer = AnswerStream(stream, opened_early=opened_early, on_close=self._forget)
        with self._lock:
            if not self._closed:
                self._streams.add(answer)
                return answer
        stream.close()
        raise _closed()

    def _forget(self, stream: AnswerStream) -> None:
        with self._lock:
            self._streams.discard(stream)


def _closed() -> OpenError:
    return OpenError("reset", "the run that asked has ended")
