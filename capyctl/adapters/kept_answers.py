"""Kept answers as answers: what is looked up for a request, and what is made of what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capyctl.adapters.http_kind import BodyError, check_kind
from capyctl.core.evidence import CACHE_ROUTE, Evidence, Outcome, printable, without_credentials
from capyctl.core.kept_answer import AnswerKey, KeptAnswer, fingerprint
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from capyctl.ports.http import Credential, HttpRequest

if TYPE_CHECKING:
    from capyctl.ports.cache import Cache


ABSENT = frozenset({404, 410})
_NOT_KEPT = frozenset({"config"})
"""Routes of what is private by its nature: a configuration file may hold secrets of its own."""


def may_be_kept(request: HttpRequest) -> bool:
    """Whether the answer to a request is of the kind that is kept: a plain and whole one."""
    return request.byte_range is None and request.route not in _NOT_KEPT


def key_of(request: HttpRequest, credential: Credential | None) -> AnswerKey:
    """What the answer is kept under, given the credential that it was had with."""
    return AnswerKey(
        url=without_credentials(request.url),
        accept=request.accept,
        credential=fingerprint(credential.value) if credential is not None else None,
    )


def kept_bytes(cache: Cache, kept: KeptAnswer, request: HttpRequest) -> bytes | None:
    """The body of a kept answer, where it is there, whole, and can be what this request asks for."""
    if kept.sha256 is None or kept.status in ABSENT or (kept.size or 0) > request.limit:
        return None
    wanted = request.expected_sha256
    if wanted is not None and wanted.lower() != kept.sha256:
        return None
    if request.expected_size is not None and request.expected_size != kept.size:
        return None
    return cache.body(kept.sha256)


def checked_kind(body: bytes, request: HttpRequest, evidence: Evidence) -> None:
    """Judge kept bytes as an answer would be judged: they may have come to another kind of question.

    Raises:
        BadAnswerError: they are not what is asked for.
    """
    try:
        check_kind(body, request.expect, evidence.media_type)
    except BodyError as error:
        raise BadAnswerError(evidence.judged(Outcome.BAD, error.failure), error.reason) from error


def kept_evidence(kept: KeptAnswer, request: HttpRequest, outcome: Outcome) -> Evidence:
    """A kept answer as evidence: of the route ``cache``, as of the time when it came."""
    return Evidence(
        route=CACHE_ROUTE,
        question=request.question,
        outcome=outcome,
        url=printable(kept.key.url),
        final_url=kept.final_url,
        hops=kept.hops,
        status=kept.status,
        media_type=kept.media_type,
        size=kept.size if outcome is Outcome.FOUND else None,
        sha256=kept.sha256 if outcome is Outcome.FOUND else None,
        as_of=kept.stored_at,
        failure=f"http-{kept.status}" if outcome is Outcome.ABSENT else None,
    )


def kept_absence(cache: Cache, kept: KeptAnswer, request: HttpRequest) -> AbsentError:
    """A kept absence as the error that it was; its body is what was said at the time."""
    said = cache.body(kept.sha256) if kept.sha256 is not None else None
    words = printable(said.decode("utf-8", "replace")) if said else f"its source answered {kept.status}"
    return AbsentError(kept_evidence(kept, request, Outcome.ABSENT), words)
