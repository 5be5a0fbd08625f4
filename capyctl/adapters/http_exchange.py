"""One attempt at a question: send, follow redirects by the matrix E7, read, check."""

from __future__ import annotations

from contextlib import ExitStack

import httpx

from capyctl.adapters.http_attempt import AttemptError, Line, WireAttempt
from capyctl.adapters.http_condition import condition_headers
from capyctl.adapters.http_identity import check_identity, check_range
from capyctl.adapters.http_kind import BodyError, check_kind
from capyctl.adapters.http_origin import is_host, same_host
from capyctl.adapters.http_redirect import check_redirect
from capyctl.adapters.http_status import Refusal, refusal
from capyctl.adapters.http_trail import Trail
from capyctl.core.evidence import Outcome, without_credentials
from capyctl.core.kept_answer import KeptAnswer
from capyctl.ports.answering import answer_begins
from capyctl.ports.fetch_errors import (
    UnauthorizedError,
)
from capyctl.ports.http import Credential, HttpRequest, HttpResponse

_COMPLETE = frozenset({200, 203, 206})
_NOT_MODIFIED = 304


class Attempt(WireAttempt):
    """A single attempt; ``run`` may be called once."""

    def __init__(self, line: Line, request: HttpRequest, credential: Credential | None) -> None:
        url = without_credentials(request.url)
        super().__init__(
            line, Trail(request=request, clock=line.clock, url=url, started=line.clock.monotonic())
        )
        self._request = request
        self._credential = credential
        self._conditional = False

    def run(self) -> HttpResponse:
        """The complete and checked answer.

        Raises:
            AttemptError: with the error for the caller.
        """
        with self._failures():
            self._check_credential()
            return self._follow()

    def _follow(self) -> HttpResponse:
        seen = {self.trail.url}
        while True:
            response = self._sent(self._wire_request)
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

    def _wire_request(self, _sending: ExitStack) -> httpx.Request:
        return httpx.Request("GET", self.trail.url, headers=self._headers(), extensions=self._timeouts())

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

    def _check_hop(self, target: str, status: int, seen: set[str]) -> None:
        self._refuse_loop(target, seen)
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
        body = self._body(response, self._request.limit)
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


def _range_value(byte_range: tuple[int, int | None]) -> str:
    first, last = byte_range
    if first < 0:
        return f"bytes={first}"
    return f"bytes={first}-{'' if last is None else last}"
