"""One attempt on a run's own line: sent within its patience, and every failure on the wire as what the port promises.

What is asked and what is made of the answer differ: questions in ``http_exchange``, registries in ``oci_exchange``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import cast

import httpx
from msgspec import Struct

from capyctl.adapters.http_body import Pace, read_body
from capyctl.adapters.http_failure import HTTP_EXCEPTIONS, Failure, Moment, failure_from
from capyctl.adapters.http_kind import BodyError
from capyctl.adapters.http_patience import Budget, Patience, Silences
from capyctl.adapters.http_redirect import REDIRECTS, RedirectError, redirect_target
from capyctl.adapters.http_settings import HttpSettings
from capyctl.adapters.http_trail import Trail
from capyctl.core.evidence import Outcome
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import (
    BadAnswerError,
    FetchError,
    TimedOutError,
    UnavailableError,
    UnreachableError,
)

_NOT_A_WORD = frozenset({"silence", "connect-timeout"})


class AttemptError(Exception):
    """An attempt without a usable answer.

    Attributes:
        error: what the port promises. wait: seconds the source asked to be left alone, or None.
        stale: whether a kept connection turned out closed before anything was answered.
    """

    def __init__(self, error: FetchError, wait: float | None = None, *, stale: bool = False) -> None:
        super().__init__(error.reason)
        self.error = error
        self.wait = wait
        self.stale = stale


class Line(Struct, frozen=True, kw_only=True):
    """What every attempt of a run shares.

    Requests go to the transport itself: httpx's client would keep cookies, build requests for redirects
    that are not wanted yet, and take credentials from addresses.
    """

    transport: httpx.BaseTransport
    settings: HttpSettings
    budget: Budget
    silences: Silences
    clock: Clock


class WireAttempt:
    """What every attempt does alike; ``trail`` tells where it has been."""

    def __init__(self, line: Line, trail: Trail) -> None:
        self._line = line
        self.trail = trail
        self._patience = Patience(line.settings.limits.silence, line.budget)
        self._in_transfer = False

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Every failure on the wire as an AttemptError with the error that the port promises."""
        try:
            yield
        except RedirectError as error:
            refused = BadAnswerError(self.trail.evidence(Outcome.BAD, error.failure), error.reason)
            raise AttemptError(refused) from error
        except BodyError as error:
            reason = f"{self.trail.host}: {error.reason}"
            failure = Failure(kind=error.kind, word=error.failure, reason=reason)
            raise AttemptError(self._error(failure)) from error
        except HTTP_EXCEPTIONS as error:
            failure = failure_from(error, self._moment())
            if failure.word in _NOT_A_WORD and not self._patience.received:
                self._line.silences.was_silent(self.trail.host, failure.word)
            raise AttemptError(self._error(failure), stale=self._is_stale(failure)) from error

    def _sent(self, build: Callable[[ExitStack], httpx.Request]) -> httpx.Response:
        """The answer to what ``build`` makes; what it puts on the stack ends once the answer begins."""
        budget, silences = self._line.budget, self._line.silences
        self._in_transfer = False
        self._refuse_to_wait()
        with silences.waiting(self.trail.host) as window, budget.counting(), ExitStack() as sending:
            self._patience = Patience(window, budget)
            response = self._line.transport.handle_request(build(sending))
        silences.heard(self.trail.host)
        self._patience.begin_transfer()
        self.trail.answered(response.status_code, response.headers)
        return response

    def _timeouts(self) -> dict[str, object]:
        return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._patience)}

    def _refuse_to_wait(self) -> None:
        """Ask nothing where no answer can come in time."""
        host = self.trail.host
        word = self._line.silences.given_up(host)
        if self._line.budget.left() <= 0:
            kind: type[UnavailableError] = TimedOutError
            word, reason = "deadline", f"the deadline passed before {host} was asked"
        elif word is not None:
            kind = UnreachableError if word == "connect-timeout" else TimedOutError
            reason = f"{host} did not answer an earlier question of this run and was not asked again"
        else:
            return
        raise AttemptError(self._error(Failure(kind=kind, word=word, reason=reason)))

    def _target_of(self, response: httpx.Response) -> str | None:
        if response.status_code not in REDIRECTS:
            return None
        location = response.headers.get("location")
        if not location:
            raise RedirectError("malformed", f"{self.trail.host} redirects without saying where to")
        return redirect_target(self.trail.url, location)

    def _refuse_loop(self, target: str, seen: set[str]) -> None:
        if target in seen or len(self.trail.hops) >= self._line.settings.limits.redirects:
            raise RedirectError("redirect-loop", f"{self.trail.host} redirects without end")

    def _body(self, response: httpx.Response, limit: int) -> bytes:
        return read_body(self._chunks(response), response.headers, limit, self._pace())

    def _drain(self, response: httpx.Response) -> bytes:
        """The rest of a small body, so that the connection can be kept; failing to get it means nothing."""
        try:
            return self._body(response, self._line.settings.limits.error_body)
        except BodyError:
            return b""
        except HTTP_EXCEPTIONS:
            return b""

    def _chunks(self, response: httpx.Response) -> httpx.SyncByteStream:
        return cast("httpx.SyncByteStream", response.stream)

    def _pace(self) -> Pace:
        monotonic: Callable[[], float] = self._line.clock.monotonic
        return Pace(clock=monotonic, grace=self._line.budget.total, limits=self._line.settings.limits)

    def _error(self, failure: Failure) -> FetchError:
        return failure.error(self.trail.evidence(failure.outcome, failure.word))

    def _is_stale(self, failure: Failure) -> bool:
        patience = self._patience
        return failure.word == "reset" and patience.reused and patience.received == 0

    def _moment(self) -> Moment:
        return Moment(
            host=self.trail.host,
            in_transfer=self._in_transfer,
            received=self._patience.received,
            deadline_left=self._line.budget.left(),
        )
