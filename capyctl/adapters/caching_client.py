"""Questions over HTTP that the disk cache makes conditional, and whose answers it keeps (issue 6, ADR 28)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.adapters.http_condition import confirms, has_validator, sound_date, sound_etag
from capyctl.adapters.kept_answers import (
    ABSENT,
    checked_kind,
    kept_absence,
    kept_bytes,
    key_of,
    may_be_kept,
)
from capyctl.core.evidence import Evidence, without_query
from capyctl.core.kept_answer import AnswerKey, KeptAnswer
from capyctl.core.moments import parse_moment
from capyctl.ports.cache import Cache
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import AbsentError
from capyctl.ports.http import EvidenceLog, HttpClient, HttpRequest, HttpResponse

ABSENCE_SECONDS = 30.0
"""How long an absence is believed without asking."""

_CONTINUATIONS = ("link", "x-next-page")
_HEADER_LIMIT = 4096


class CachingClient:
    """Asks conditionally for what is kept, and keeps what it is told. What its source fails to say, nobody says."""

    def __init__(
        self,
        inner: HttpClient,
        cache: Cache,
        clock: Clock,
        transcript: EvidenceLog,
        *,
        believes_absence: bool,
    ) -> None:
        """Prepare a client.

        Args:
            inner: asks the questions.
            cache: keeps the answers.
            clock: tells how old a kept absence is.
            transcript: is told what was answered without asking.
            believes_absence: whether a young kept absence may stand for a question.
        """
        self._inner = inner
        self._cache = cache
        self._clock = clock
        self._transcript = transcript
        self._believes_absence = believes_absence

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask, conditionally where something is kept; a 304 comes with the kept body.

        Raises:
            FetchError: as the inner client raises it. AbsentError with the route ``cache``: a young kept absence.
        """
        if not may_be_kept(request):
            return self._inner.get(request)
        kept = self._cache.find(key_of(request, request.credential))
        if kept is not None and self._is_believed(kept):
            absence = kept_absence(self._cache, kept, request)
            self._transcript.record(absence.evidence)
            raise absence
        body = kept_bytes(self._cache, kept, request) if kept is not None and has_validator(kept) else None
        if kept is None or body is None:
            return self._asked(request)
        response = self._asked(replace(request, condition=kept))
        if response.status != 304:
            return response
        return self._confirmed(request, response, kept, body)

    def warm(self, host: str) -> None:
        """Open a connection early."""
        self._inner.warm(host)

    def _asked(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self._inner.get(request)
        except AbsentError as error:
            self._keep_absence(request, error)
            raise
        if response.status != 304:
            self._keep(request, response)
        return response

    def _confirmed(
        self, request: HttpRequest, response: HttpResponse, kept: KeptAnswer, body: bytes
    ) -> HttpResponse:
        if not confirms(response.headers, kept):
            again = self._asked(request)
            return replace(again, earlier=(*response.earlier, response.evidence, *again.earlier))
        checked_kind(body, request, response.evidence)
        fresh = replace(
            kept,
            stored_at=self._clock.now(),
            final_url=response.evidence.final_url,
            hops=response.evidence.hops,
        )
        self._cache.keep(fresh, None)
        return replace(response, body=body, headers=dict(kept.headers) | dict(response.headers))

    def _keep(self, request: HttpRequest, response: HttpResponse) -> None:
        if "no-store" in response.headers.get("cache-control", "").lower():
            return
        evidence, headers = response.evidence, response.headers
        is_redirect = response.location is not None
        answer = KeptAnswer(
            key=_had_with(request, evidence),
            status=response.status if is_redirect else 200,
            stored_at=self._clock.now(),
            etag=None if is_redirect else sound_etag(headers.get("etag")),
            last_modified=None if is_redirect else sound_date(headers.get("last-modified")),
            sha256=None if is_redirect else evidence.sha256,
            size=None if is_redirect else evidence.size,
            location=without_query(response.location) if response.location is not None else None,
            final_url=evidence.final_url,
            hops=evidence.hops,
            media_type=evidence.media_type,
            headers=_continuations(response),
        )
        self._cache.keep(answer, None if is_redirect else response.body)

    def _keep_absence(self, request: HttpRequest, error: AbsentError) -> None:
        """Keep that there is nothing, with the words in which it was said: adapters read them (F34)."""
        evidence = error.evidence
        if evidence.status not in ABSENT:
            return
        words = error.reason.encode("utf-8", "replace")
        answer = KeptAnswer(
            key=_had_with(request, evidence),
            status=evidence.status,
            stored_at=self._clock.now(),
            sha256=self._cache.keep_body(words),
            size=len(words),
            final_url=evidence.final_url,
            hops=evidence.hops,
            media_type=evidence.media_type,
        )
        self._cache.keep(answer, None)

    def _is_believed(self, kept: KeptAnswer) -> bool:
        """Whether this is an absence of the last half minute; one from the future is not believed."""
        if not self._believes_absence or kept.status not in ABSENT:
            return False
        now, then = parse_moment(self._clock.now()), parse_moment(kept.stored_at)
        return now is not None and then is not None and 0 <= (now - then).total_seconds() <= ABSENCE_SECONDS


def _had_with(request: HttpRequest, evidence: Evidence) -> AnswerKey:
    """What came without the credential, since its host had refused it, is anybody's."""
    return key_of(request, request.credential if evidence.credential_sent else None)


def _continuations(response: HttpResponse) -> tuple[tuple[str, str], ...]:
    told = ((name, response.headers.get(name, "")) for name in _CONTINUATIONS)
    return tuple((name, text) for name, text in told if text and len(text) <= _HEADER_LIMIT)
