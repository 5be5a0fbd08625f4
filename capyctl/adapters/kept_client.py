"""Questions over HTTP that the disk cache answers alone: the same adapters, without a network (ADR 28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capyctl.adapters.kept_answers import (
    ABSENT,
    checked_kind,
    kept_absence,
    kept_bytes,
    kept_evidence,
    key_of,
    may_be_kept,
)
from capyctl.core.evidence import CACHE_ROUTE, Evidence, Outcome, printable, without_credentials
from capyctl.core.kept_answer import AnswerKey, KeptAnswer
from capyctl.ports.fetch_errors import OfflineError
from capyctl.ports.http import EvidenceLog, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from capyctl.ports.cache import Cache


class KeptClient:
    """Answers from the cache, with the route ``cache``. What is not there cannot be had, and leaves no evidence."""

    def __init__(self, cache: Cache, transcript: EvidenceLog) -> None:
        self._cache = cache
        self._transcript = transcript
        self._found: dict[AnswerKey, KeptAnswer | None] = {}

    def get(self, request: HttpRequest) -> HttpResponse:
        """The kept answer, whatever its age.

        An answer that anybody may have also serves whoever has a credential, never the other way round.

        Raises:
            OfflineError: nothing is kept. AbsentError: an absence is. BadAnswerError: of another kind.
        """
        kept = self._kept(request) if may_be_kept(request) else None
        if kept is None:
            raise _not_kept(request)
        if kept.status in ABSENT:
            absence = kept_absence(self._cache, kept, request)
            self._transcript.record(absence.evidence)
            raise absence
        return self._answer(request, kept)

    def holds(self, request: HttpRequest) -> bool:
        """Whether anything is kept of the answer, be it an absence."""
        return may_be_kept(request) and self._kept(request) is not None

    def warm(self, host: str) -> None:
        """Nothing is opened."""

    def _kept(self, request: HttpRequest) -> KeptAnswer | None:
        credentials = dict.fromkeys((request.credential, None))
        found = (self._find(key_of(request, each)) for each in credentials)
        return next((each for each in found if each is not None), None)

    def _find(self, key: AnswerKey) -> KeptAnswer | None:
        """Looked up once in a run: what is held is asked for again when it is needed."""
        if key not in self._found:
            self._found[key] = self._cache.find(key)
        return self._found[key]

    def _answer(self, request: HttpRequest, kept: KeptAnswer) -> HttpResponse:
        stopped = kept.location is not None and request.stop is not None
        body = b"" if stopped else kept_bytes(self._cache, kept, request)
        if body is None:
            raise _not_kept(request)
        evidence = kept_evidence(kept, request, Outcome.FOUND)
        if not stopped:
            checked_kind(body, request, evidence)
        self._transcript.record(evidence)
        kind = {"content-type": kept.media_type} if kept.media_type else {}
        return HttpResponse(
            status=kept.status,
            headers=kind | dict(kept.headers),
            body=body,
            location=kept.location if stopped else None,
            evidence=evidence,
        )


def _not_kept(request: HttpRequest) -> OfflineError:
    url = printable(without_credentials(request.url))
    evidence = Evidence(
        route=CACHE_ROUTE, question=request.question, outcome=Outcome.UNAVAILABLE, url=url, failure="offline"
    )
    return OfflineError(evidence, f"the run is offline, and the disk cache does not hold {url}")
