"""One request to a registry or its token service: sent over the run's own line, followed, judged, bounded.

It differs from ``http_exchange`` in what registries need besides GET: other methods, bodies, answers read in
pieces, and a refusal that is the beginning of the token protocol.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing

import httpx
from msgspec import Struct

from capyctl.adapters.http_attempt import AttemptError, Line, WireAttempt
from capyctl.adapters.http_origin import same_host
from capyctl.adapters.http_redirect import RedirectError, check_redirect
from capyctl.adapters.http_status import refusal
from capyctl.adapters.http_trail import Trail
from capyctl.core.evidence import Evidence, Outcome, Question, without_credentials, without_query
from capyctl.core.repr_without import repr_without
from capyctl.ports.answering import answer_begins
from capyctl.ports.fetch_errors import (
    FetchError,
    UnauthorizedError,
)
from capyctl.ports.http import Expect, HttpRequest

ROUTE = "oci"

_KEEPS_METHOD = frozenset({307, 308})
_SAFE = frozenset({"GET", "HEAD"})
_CHALLENGES = frozenset({401, 403})
_PIECE = 256 * 1024


class Outgoing(Struct, frozen=True, kw_only=True):
    """One request as it is to be sent.

    Attributes:
        question: as recorded in evidence. headers: but for the authorization. limit: most bytes of body accepted.
        authorization: sent to the host of ``url`` only. content: the body of an upload, or of a token's request.
        personal: whether a login of the user's, or what stands for one, is in it.
        secrets: what no message may hold.
        whole: whether the body is read at once; else ``Exchange.pieces`` gives it.
        again: whether it may be sent once more by itself.
    """

    method: str
    url: str
    question: Question
    headers: Mapping[str, str]
    limit: int
    authorization: str | None = None
    personal: bool = False
    content: bytes | None = None
    secrets: tuple[str, ...] = ()
    whole: bool = True
    again: bool = False

    def __repr__(self) -> str:
        return repr_without(self, "authorization", "content")

    def as_question(self) -> HttpRequest:
        """The request as evidence and the rule of retries know it."""
        url = without_credentials(self.url)
        return HttpRequest(
            # Where an upload goes the registry says itself, in a query that may be signed.
            url=url if self.method in _SAFE else without_query(url),
            route=ROUTE,
            question=self.question,
            expect=Expect.BYTES,
            last_resort=True,
        )


class Arrived(Struct, frozen=True, kw_only=True):
    """An answer that is a success, or the challenge that begins the token protocol.

    Attributes:
        url: where it came from. headers: names in lower case. refused: what a challenge means if it stays the answer.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    evidence: Evidence
    refused: FetchError | None = None


class Exchange(WireAttempt):
    """A single attempt at a request; ``run`` may be called once, ``pieces`` once after it."""

    def __init__(self, line: Line, outgoing: Outgoing) -> None:
        url = without_credentials(outgoing.url)
        started = line.clock.monotonic()
        super().__init__(
            line, Trail(request=outgoing.as_question(), clock=line.clock, url=url, started=started)
        )
        self._outgoing = outgoing
        self._response: httpx.Response | None = None
        self._at_home = True

    def run(self) -> Arrived:
        """The answer, its body read unless the request says otherwise.

        Raises:
            AttemptError: with the error for the caller.
        """
        with self._failures():
            return self._follow()

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes, not bounded and not checked; closes the answer at its end.

        Raises:
            AttemptError: the transfer broke off.
        """
        response = self._response
        if response is None:
            return
        try:
            with self._failures():
                self._in_transfer = True
                yield from self._chunks(response)
        finally:
            response.close()

    def close(self) -> None:
        """Give up the rest of the body."""
        if self._response is not None:
            self._response.close()

    def _follow(self) -> Arrived:
        seen = {self.trail.url}
        while True:
            response = self._sent(self._wire_request)
            try:
                target = self._target_of(response)
                if target is None:
                    return self._final(response)
                self._check_hop(target, response.status_code, seen)
                self._drain(response)
            finally:
                if response is not self._response:
                    response.close()
            self._at_home = self._at_home and same_host(target, self.trail.url)
            self.trail.redirected(target)
            seen.add(target)

    def _wire_request(self, upload: ExitStack) -> httpx.Request:
        headers = {
            **self._outgoing.headers,
            "User-Agent": self._line.settings.user_agent,
            "Accept-Encoding": "identity",
        }
        if self._outgoing.authorization is not None and self._at_home:
            headers["Authorization"] = self._outgoing.authorization
        self.trail.sent_to_this_host = self._at_home and self._outgoing.personal
        self.trail.credential_sent = self.trail.credential_sent or self.trail.sent_to_this_host
        return httpx.Request(
            self._outgoing.method,
            self.trail.url,
            headers=headers,
            content=self._content(headers, upload),
            extensions=self._timeouts(),
        )

    def _content(self, headers: dict[str, str], upload: ExitStack) -> Iterator[bytes] | None:
        content = self._outgoing.content
        if content is None:
            return None
        headers["Content-Length"] = str(len(content))
        return upload.enter_context(closing(self._uploaded(content)))

    def _uploaded(self, content: bytes) -> Generator[bytes, None, None]:
        """The body in pieces; a transfer that makes progress does not count (cli.md 2, ``--deadline``)."""
        with self._line.budget.pausing():
            for start in range(0, len(content), _PIECE):
                yield content[start : start + _PIECE]

    def _check_hop(self, target: str, status: int, seen: set[str]) -> None:
        self._refuse_loop(target, seen)
        method = self._outgoing.method
        if method not in _SAFE and (method == "POST" or status not in _KEEPS_METHOD):
            raise RedirectError(
                "redirect-refused", f"{self.trail.host} redirects what was sent to it elsewhere"
            )
        check_redirect(self.trail.url, target, status, moves_within_host=False)

    def _final(self, response: httpx.Response) -> Arrived:
        status = response.status_code
        if not 200 <= status < 300:
            return self._refused(response)
        self._in_transfer = True
        answer_begins.get()()
        body = b""
        if self._outgoing.whole:
            if self._outgoing.method != "HEAD":
                body = self._body(response, self._outgoing.limit)
                self.trail.received(body)
            self._line.silences.heard(self.trail.host)
        else:
            self._response = response
        return self._arrived(response, body, self.trail.evidence(Outcome.FOUND))

    def _refused(self, response: httpx.Response) -> Arrived:
        judged = refusal(self.trail, response.headers, self._drain(response))
        error = self._without_own_secret(judged.error)
        if response.status_code in _CHALLENGES and isinstance(error, UnauthorizedError):
            return self._arrived(response, b"", error.evidence, error)
        raise AttemptError(error, judged.wait)

    def _without_own_secret(self, error: FetchError) -> FetchError:
        """A source that repeats what it was shown does not get it into a message."""
        reason = error.reason
        for secret in self._outgoing.secrets:
            reason = reason.replace(secret, "***")
        return reworded(error, reason)

    def _arrived(
        self, response: httpx.Response, body: bytes, evidence: Evidence, refused: FetchError | None = None
    ) -> Arrived:
        return Arrived(
            status=response.status_code,
            url=self.trail.url,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            evidence=evidence,
            refused=refused,
        )

    def _drain(self, response: httpx.Response) -> bytes:
        """As for any answer; what HEAD is answered with has no body."""
        return b"" if self._outgoing.method == "HEAD" else super()._drain(response)


def reworded(error: FetchError, reason: str) -> FetchError:
    """The same error with other words."""
    error.reason = reason
    error.args = (reason,)
    return error
