"""One attempt at a question: send, follow redirects by the matrix E7, read, check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import httpx

from capyctl.adapters.http_body import BodyError, Pace, read_body
from capyctl.adapters.http_condition import condition_headers
from capyctl.adapters.http_failure import HTTP_EXCEPTIONS, Failure, Moment, failure_from
from capyctl.adapters.http_kind import check_identity, check_kind, check_range
from capyctl.adapters.http_origin import is_host, same_host
from capyctl.adapters.http_patience import Budget, Patience, Silences
from capyctl.adapters.http_redirect import REDIRECTS, RedirectError, check_redirect, redirect_target
from capyctl.adapters.http_settings import HttpSettings
from capyctl.adapters.http_status import Refusal, refusal
from capyctl.adapters.http_trail import Trail
from capyctl.core.evidence import Outcome, without_credentials
from capyctl.core.kept_answer import KeptAnswer
from capyctl.ports.asking import answer_begins
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import (
    BadAnswerError,
    FetchError,
    TimedOutError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
)
from capyctl.ports.http import Credential, HttpRequest, HttpResponse

_COMPLETE = frozenset({200, 203, 206})
_NOT_MODIFIED = 304
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What every attempt of a run shares.

    Requests go to the transport itself: httpx's client would keep cookies, build requests for redirects
    that are not wanted yet, and take credentials from addresses.
    """

    transport: httpx.BaseTransport
    settings: HttpSettings
    budget: Budget
    silences: Silences
    clock: Clock


class Attempt:
    """A single attempt; ``run`` may be called once."""

    def __init__(self, line: Line, request: HttpRequest, credential: Credential | None) -> None:
        self._line = line
        self._request = request
        self._credential = credential
        self._patience = Patience(line.settings.limits.silence, line.budget)
        self._in_transfer = False
        self._conditional = False
        url = without_credentials(request.url)
        self.trail = Trail(request=request, clock=line.clock, url=url, started=line.clock.monotonic())

    def run(self) -> HttpResponse:
        """The complete and checked answer.

        Raises:
            AttemptError: with the error for the caller.
        """
        try:
            self._check_credential()
            return self._follow()
        except RedirectError as error:
            refused = BadAnswerError(self.trail.evidence(Outcome.BAD, error.failure), error.reason)
            raise AttemptError(refused) from error
        except BodyError as error:
            failure = Failure(
                kind=error.kind, word=error.failure, reason=f"{self.trail.host}: {error.reason}"
            )
            raise AttemptError(self._error(failure)) from error
        except HTTP_EXCEPTIONS as error:
            failure = failure_from(error, self._moment())
            if failure.word in _NOT_A_WORD and not self._patience.received:
                self._line.silences.was_silent(self.trail.host, failure.word)
            raise AttemptError(self._error(failure), stale=self._is_stale(failure)) from error

    def _follow(self) -> HttpResponse:
        seen = {self.trail.url}
        while True:
            response = self._send()
            try:
                target = self._target_of(response)
                if target is None:
                    return self._final(response)
                if self._request.stop is not None and self._request.stop(target):
                    self._drain(response)
                    return self._answer(response, b"", target)
                self._check_hop(target, response.status_code, seen)
                self._drain(response)
            finally:
                response.close()
            self._leave_for(target)
            seen.add(target)

    def _send(self) -> httpx.Response:
        budget, silences = self._line.budget, self._line.silences
        self._in_transfer = False
        self._refuse_to_wait()
        with silences.waiting(self.trail.host) as window, budget.counting():
            self._patience = Patience(window, budget)
            response = self._line.transport.handle_request(self._wire_request())
        silences.heard(self.trail.host)
        self._patience.begin_transfer()
        self.trail.answered(response.status_code, response.headers)
        return response

    def _wire_request(self) -> httpx.Request:
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._patience)
        return httpx.Request("GET", self.trail.url, headers=self._headers(), extensions={"timeout": timeouts})

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

    def _headers(self) -> dict[str, str]:
        request, on_first_host = self._request, same_host(self.trail.url, self._request.url)
        headers = {
            name: value
            for name, value in request.headers.items()
            if on_first_host or name.lower() == "if-range"
        }
        condition = condition_headers(request.condition, self.trail.url)
        self._conditional = bool(condition)
        headers |= condition
        headers["Accept"] = request.accept
        headers["User-Agent"] = self._line.settings.user_agent
        headers["Accept-Encoding"] = "gzip"
        if request.byte_range is not None:
            headers["Accept-Encoding"] = "identity"
            headers["Range"] = _range_value(request.byte_range)
        credential = self._credential
        self.trail.sent_to_this_host = False
        if credential is not None and is_host(self.trail.url, credential.host):
            headers[credential.header] = credential.value
            self.trail.credential_sent = self.trail.sent_to_this_host = True
        return headers

    def _target_of(self, response: httpx.Response) -> str | None:
        if response.status_code not in REDIRECTS:
            return None
        location = response.headers.get("location")
        if not location:
            raise RedirectError("malformed", f"{self.trail.host} redirects without saying where to")
        return redirect_target(self.trail.url, location)

    def _check_hop(self, target: str, status: int, seen: set[str]) -> None:
        if target in seen or len(self.trail.hops) >= self._line.settings.limits.redirects:
            raise RedirectError("redirect-loop", f"{self.trail.host} redirects without end")
        check_redirect(self.trail.url, target, status, moves_within_host=self._request.moves_within_host)

    def _leave_for(self, target: str) -> None:
        """A credential that was left behind stays behind, also if a later hop comes back to its host."""
        if self._credential is not None and not is_host(target, self._credential.host):
            self._credential = None
        self.trail.redirected(target)

    def _final(self, response: httpx.Response) -> HttpResponse:
        condition = self._request.condition
        if response.status_code == _NOT_MODIFIED and self._conditional and condition is not None:
            return self._confirmed(response, condition)
        if response.status_code not in _COMPLETE:
            self._refuse(response)
        self._in_transfer = True
        answer_begins.get()()
        body = read_body(self._chunks(response), response.headers, self._request.limit, self._pace())
        self._line.silences.heard(self.trail.host)
        self.trail.received(body)
        check_range(response.status_code, self._request, response.headers, len(body))
        if response.status_code != 206:
            check_kind(body, self._request.expect, self.trail.media_type)
            check_identity(body, self._request, response.headers)
        return self._answer(response, body, None)

    def _confirmed(self, response: httpx.Response, kept: KeptAnswer) -> HttpResponse:
        """A 304 to a question that asked for it; to any other it says nothing."""
        answer_begins.get()()
        self._drain(response)
        self.trail.confirmed(kept)
        return self._answer(response, b"", None)

    def _refuse(self, response: httpx.Response) -> None:
        if response.status_code in {204, 205}:
            raise BodyError("empty", "the answer has no content")
        judged: Refusal = refusal(self.trail, response.headers, self._drain(response))
        raise AttemptError(judged.error, judged.wait)

    def _drain(self, response: httpx.Response) -> bytes:
        """The rest of a small body, so that the connection can be kept; failing to get it means nothing."""
        limit = self._line.settings.limits.error_body
        try:
            return read_body(self._chunks(response), response.headers, limit, self._pace())
        except BodyError:
            return b""
        except HTTP_EXCEPTIONS:
            return b""

    def _chunks(self, response: httpx.Response) -> httpx.SyncByteStream:
        return cast("httpx.SyncByteStream", response.stream)

    def _pace(self) -> Pace:
        monotonic: Callable[[], float] = self._line.clock.monotonic
        return Pace(clock=monotonic, grace=self._line.budget.total, limits=self._line.settings.limits)

    def _answer(self, response: httpx.Response, body: bytes, location: str | None) -> HttpResponse:
        return HttpResponse(
            status=response.status_code,
            headers=dict(response.headers.items()),
            body=body,
            location=location,
            evidence=self.trail.evidence(Outcome.FOUND),
        )

    def _check_credential(self) -> None:
        credential = self._credential
        if credential is not None and not (credential.value.isascii() and credential.value.isprintable()):
            evidence = self.trail.evidence(Outcome.UNAVAILABLE, "credential-rejected")
            reason = f"the credential from {credential.origin} has characters that no header can carry"
            raise AttemptError(UnauthorizedError(evidence, reason))

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


def _range_value(byte_range: tuple[int, int | None]) -> str:
    first, last = byte_range
    if first < 0:
        return f"bytes={first}"
    return f"bytes={first}-{'' if last is None else last}"
