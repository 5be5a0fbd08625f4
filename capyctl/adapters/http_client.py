"""The one HTTP client of a run: httpx over pooled connections, limits, evidence, one retry at most."""

from __future__ import annotations

import threading
from urllib.parse import unquote, urlsplit

import httpx
from msgspec.structs import replace

from capyctl.adapters.http_attempt import AttemptError, Line
from capyctl.adapters.http_dialer import OpenError
from capyctl.adapters.http_exchange import Attempt
from capyctl.adapters.http_origin import is_address
from capyctl.adapters.http_patience import Budget, Silences
from capyctl.adapters.http_retry import pause_before_retry
from capyctl.adapters.http_settings import HttpSettings
from capyctl.adapters.http_transport import PooledTransport, host_and_port
from capyctl.core.evidence import Evidence, Outcome, Question, printable, without_credentials
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    UnauthorizedError,
)
from capyctl.ports.http import Credential, EvidenceLog, HttpRequest, HttpResponse
from capyctl.ports.progress import Progress


class HttpxClient:
    """Asks one question at a time per thread; any number of threads may ask side by side.

    The deadline of the run (``settings.deadline``) is shared by all questions of this client.
    """

    def __init__(
        self,
        settings: HttpSettings,
        clock: Clock,
        transcript: EvidenceLog,
        progress: Progress,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare a client; nothing is opened or read before the first question.

        Args:
            settings: limits, trust and the choice of proxies.
            clock: counts the deadline.
            transcript: is told the evidence of every attempt.
            progress: is told what is being asked.
            transport: in place of the network, for tests.
        """
        self._settings = settings
        self._clock = clock
        self._transcript = transcript
        self._progress = progress
        self._pooled = PooledTransport(settings, clock)
        self._line = Line(
            transport=transport or self._pooled,
            settings=settings,
            budget=Budget(settings.deadline, clock),
            silences=Silences(settings.limits, clock),
            clock=clock,
        )
        self._lock = threading.Lock()
        self._rejected: set[tuple[str, str]] = set()

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask once, and again only by the rules of the port.

        A credential that the source rejects is left out in one further attempt, and for the rest of the run;
        ``HttpResponse.earlier`` and the transcript show the rejection.

        Raises:
            OfflineError: the run is offline; no connection was opened.
            FetchError: absent, unavailable or bad, with evidence; an address that cannot be asked for is bad.
        """
        if self._settings.offline:
            reason = "this run is offline; no connection was opened"
            raise OfflineError(self._unasked(request, Outcome.UNAVAILABLE, "offline"), reason)
        if not is_address(request.url):
            reason = "the address cannot be asked for"
            raise BadAnswerError(self._unasked(request, Outcome.BAD, "malformed"), reason)
        credential = request.credential
        if credential is None or self._was_rejected(credential):
            return self._ask(request, None)
        try:
            return self._ask(request, credential)
        except UnauthorizedError as refused:
            if refused.evidence.failure != "credential-rejected":
                raise
            return self._ask_anonymously(request, credential, refused)

    def warm(self, host: str) -> None:
        """Open one connection in the background; a failure shows when a question follows."""
        if self._settings.offline:
            return
        try:
            self._pooled.warm(*host_and_port(host))
        except (OpenError, httpx.InvalidURL):
            return

    @property
    def line(self) -> Line:
        """Transport, deadline and patience of this run, for questions that are not a plain GET (a registry's)."""
        return self._line

    @property
    def progress(self) -> Progress:
        """Who is told what is being asked."""
        return self._progress

    def deadline_left(self) -> float:
        """Seconds that questions of this run may still take."""
        return self._line.budget.left()

    def close(self) -> None:
        """End every connection at once, also those that other threads wait for."""
        self._pooled.close()

    def _ask(self, request: HttpRequest, credential: Credential | None) -> HttpResponse:
        earlier: tuple[Evidence, ...] = ()
        number = 1
        while True:
            try:
                response = self._attempt(request, credential, number)
            except AttemptError as failed:
                pause = self._pause(failed, request) if number == 1 else None
                if pause is None:
                    failed.error.earlier = earlier
                    raise failed.error from failed.__cause__
                earlier = (*earlier, failed.error.evidence)
            else:
                return replace(response, earlier=earlier) if earlier else response
            with self._line.budget.counting():
                self._clock.sleep(pause)
            number += 1

    def _attempt(self, request: HttpRequest, credential: Credential | None, number: int) -> HttpResponse:
        place = self._transcript.asked()
        source, what = urlsplit(request.url).hostname or "", _what(request)
        attempt = Attempt(self._line, request, credential)
        self._progress.asking(source, what, number)
        try:
            response = attempt.run()
        except AttemptError as failed:
            self._transcript.record(failed.error.evidence, place)
            raise
        else:
            self._transcript.record(response.evidence, place)
            return response
        finally:
            self._progress.answered(source, what)

    def _pause(self, failed: AttemptError, request: HttpRequest) -> float | None:
        return pause_before_retry(failed, request, self._settings, self._line.budget.left())

    def _ask_anonymously(
        self, request: HttpRequest, credential: Credential, refused: UnauthorizedError
    ) -> HttpResponse:
        """Public data needs no credential; for private data the rejection stays the answer."""
        try:
            response = self._ask(request, None)
        except (AbsentError, UnauthorizedError) as error:
            refused.earlier = (*refused.earlier, *error.earlier, error.evidence)
            raise refused from None
        except FetchError as error:
            error.earlier = (*refused.earlier, refused.evidence, *error.earlier)
            raise
        if refused.evidence.status != 403:
            with self._lock:
                self._rejected.add((credential.host, credential.value))
        return replace(response, earlier=(refused.evidence, *response.earlier))

    def _was_rejected(self, credential: Credential) -> bool:
        with self._lock:
            return (credential.host, credential.value) in self._rejected

    def _unasked(self, request: HttpRequest, outcome: Outcome, failure: str) -> Evidence:
        return Evidence(
            route=request.route,
            question=request.question,
            outcome=outcome,
            url=printable(without_credentials(request.url)) if is_address(request.url) else None,
            as_of=self._clock.now(),
            failure=failure,
        )


def _what(request: HttpRequest) -> str:
    """A few words on the question: its kind, and the file's name if it is about one."""
    if request.question is not Question.FILE:
        return str(request.question.value)
    name: str = unquote(urlsplit(request.url).path).rpartition("/")[2]
    return printable(name) or str(request.question.value)
