"""Every exception of httpx and httpcore as one of our errors; a test proves the map complete (style C10)."""

from __future__ import annotations

from collections.abc import Callable

import httpcore
import httpx
from msgspec import Struct

from capyctl.adapters.http_dialer import OpenError, failure_of
from capyctl.core.evidence import Evidence, Outcome
from capyctl.ports.fetch_errors import BadAnswerError, FetchError, TimedOutError, UnreachableError

HTTP_EXCEPTIONS: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpcore.ConnectionNotAvailable,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
"""The roots of all exceptions that the two libraries export."""


class Failure(Struct, frozen=True, kw_only=True):
    """What went wrong: the error's class, the word for evidence and one line for people."""

    kind: type[FetchError]
    word: str
    reason: str

    @property
    def outcome(self) -> Outcome:
        """Bad for a wrong answer, unavailable for none."""
        return Outcome.BAD if self.kind is BadAnswerError else Outcome.UNAVAILABLE

    def error(self, evidence: Evidence) -> FetchError:
        """The error itself."""
        return self.kind(evidence, self.reason)


class Moment(Struct, frozen=True, kw_only=True):
    """When an exception came: at which host, in the body or before it, and what was left of the deadline."""

    host: str
    in_transfer: bool
    received: int
    deadline_left: float


def failure_from(error: Exception, moment: Moment) -> Failure:
    """What an exception of ``HTTP_EXCEPTIONS`` means."""
    if isinstance(error, OpenError):
        if error.patience is not None and moment.deadline_left <= 0:
            left = f"{error.patience:.2g} s of it were left"
            reason = f"the deadline passed before there was a connection to {moment.host} ({left})"
            return Failure(kind=TimedOutError, word="deadline", reason=reason)
        return Failure(kind=UnreachableError, word=error.failure, reason=error.reason)
    for classes, judge in _JUDGES:
        if isinstance(error, classes):
            return judge(error, moment)
    reason = f"{moment.host} closed the connection"
    return Failure(kind=UnreachableError, word="reset", reason=reason)


def _not_connected(error: Exception, moment: Moment) -> Failure:
    if isinstance(error, httpx.ConnectTimeout | httpcore.ConnectTimeout):
        word = "connect-timeout"
    else:
        word = failure_of(_root(error))
    return Failure(kind=UnreachableError, word=word, reason=f"no connection to {moment.host}")


def _root(error: BaseException) -> BaseException:
    """The exception at the bottom of the chain, which is the operating system's or OpenSSL's."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = below
    return error


def _refused_by_proxy(_error: Exception, moment: Moment) -> Failure:
    reason = f"the proxy on the way to {moment.host} refused the connection"
    return Failure(kind=UnreachableError, word="proxy", reason=reason)


def _timed_out(_error: Exception, moment: Moment) -> Failure:
    if moment.in_transfer:
        reason = f"{moment.host} stopped in the middle of its answer"
        return Failure(kind=TimedOutError, word="silence", reason=reason)
    if moment.deadline_left <= 0:
        reason = f"the deadline passed before {moment.host} answered"
        return Failure(kind=TimedOutError, word="deadline", reason=reason)
    reason = f"{moment.host} accepted the question and was silent"
    return Failure(kind=TimedOutError, word="silence", reason=reason)


def _broken_answer(_error: Exception, moment: Moment) -> Failure:
    if moment.in_transfer:
        reason = f"the answer of {moment.host} ended before it was complete"
        return Failure(kind=BadAnswerError, word="truncated", reason=reason)
    if moment.received == 0:
        reason = f"{moment.host} closed the connection without an answer"
        return Failure(kind=UnreachableError, word="reset", reason=reason)
    reason = f"{moment.host} answered with something else than HTTP"
    return Failure(kind=BadAnswerError, word="malformed", reason=reason)


def _endless(_error: Exception, moment: Moment) -> Failure:
    reason = f"{moment.host} redirects without end"
    return Failure(kind=BadAnswerError, word="redirect-loop", reason=reason)


def _unreadable(_error: Exception, moment: Moment) -> Failure:
    reason = f"the answer of {moment.host} cannot be read"
    return Failure(kind=BadAnswerError, word="malformed", reason=reason)


def _not_askable(_error: Exception, moment: Moment) -> Failure:
    reason = f"the address on {moment.host} cannot be asked for"
    return Failure(kind=BadAnswerError, word="malformed", reason=reason)


_JUDGES: tuple[tuple[tuple[type[Exception], ...], Callable[[Exception, Moment], Failure]], ...] = (
    ((httpx.ConnectError, httpcore.ConnectError), _not_connected),
    ((httpx.ConnectTimeout, httpcore.ConnectTimeout), _not_connected),
    ((httpx.ProxyError, httpcore.ProxyError), _refused_by_proxy),
    ((httpx.TimeoutException, httpcore.TimeoutException), _timed_out),
    ((httpx.RemoteProtocolError, httpcore.RemoteProtocolError), _broken_answer),
    ((httpx.TooManyRedirects,), _endless),
    ((httpx.DecodingError, httpx.CookieConflict, httpx.HTTPStatusError), _unreadable),
    ((httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol), _not_askable),
    ((httpx.LocalProtocolError, httpcore.LocalProtocolError), _not_askable),
)
