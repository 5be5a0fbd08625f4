"""One answer a run for an address: what two parts of a run ask alike goes out once."""

from __future__ import annotations

import threading

from capyctl.ports.fetch_errors import BadAnswerError, FetchError
from capyctl.ports.http import Expect, HttpClient, HttpRequest, HttpResponse

_BODY_LIMIT = 4 * 1024 * 1024

_Key = tuple[str, str, bool]


class RememberingClient:
    """Remembers small answers and failures by address; whole files stay with whoever asked for them.

    An answer that was checked for a kind also serves who wants bytes of any kind, never the other way round.
    """

    def __init__(self, inner: HttpClient) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._known: dict[_Key, tuple[Expect, HttpResponse | FetchError]] = {}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer from memory, or ask.

        Raises:
            FetchError: as the inner client raises it, now or then.
        """
        if request.byte_range is not None or request.stop is not None:
            return self._inner.get(request)
        key = (request.url, request.accept, request.credential is not None)
        with self._lock:
            known = self._known.get(key)
        if known is not None and _serves(*known, request.expect):
            return _given(known[1])
        return self._asked(key, request)

    def warm(self, host: str) -> None:
        """Open a connection early."""
        self._inner.warm(host)

    def _asked(self, key: _Key, request: HttpRequest) -> HttpResponse:
        try:
            outcome: HttpResponse | FetchError = self._inner.get(request)
        except FetchError as error:
            outcome = error
        if isinstance(outcome, FetchError) or len(outcome.body) <= _BODY_LIMIT:
            with self._lock:
                self._known[key] = (request.expect, outcome)
        return _given(outcome)


def _serves(expected: Expect, outcome: HttpResponse | FetchError, wanted: Expect) -> bool:
    """Whether the outcome of one question answers another; a wrong kind says nothing about the bytes."""
    if expected is wanted:
        return True
    return wanted is Expect.BYTES and not isinstance(outcome, BadAnswerError)


def _given(outcome: HttpResponse | FetchError) -> HttpResponse:
    if isinstance(outcome, FetchError):
        raise outcome.with_traceback(None)
    return outcome
