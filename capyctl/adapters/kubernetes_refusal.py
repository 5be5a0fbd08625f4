"""Why an API server did not write: the status, and the Status object that says more (issue 5, 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from capyctl.adapters.kubernetes_text import plain_line
from capyctl.adapters.kubernetes_trouble import Trouble, is_page, trouble_of_status
from capyctl.core.api_object import items_at, text_at
from capyctl.core.api_reading import ApiTrouble

_MOST_CAUSES = 20
_WEBHOOK_SILENT = ("failed calling webhook", "conversion webhook for")
"""A Status has no field for a webhook that cannot be reached: these words stand in its message since 1.9 and 1.15."""

_BY_REASON = {
    "AlreadyExists": ApiTrouble.EXISTS,
    "Conflict": ApiTrouble.CONFLICT,
    "Invalid": ApiTrouble.INVALID,
    "RequestEntityTooLarge": ApiTrouble.TOO_LARGE,
}
_BY_STATUS = {409: ApiTrouble.CONFLICT, 413: ApiTrouble.TOO_LARGE, 422: ApiTrouble.INVALID}


def trouble_of_write(status: int, media_type: str, body: bytes, location: str | None) -> Trouble | None:
    """What a refused write means; None where the object that it names is not there."""
    found = _status_object(body)
    if found is None or is_page(media_type, body):
        return _without_words(status, media_type, body, location)
    kind = _kind(status, found)
    if kind is None:
        if status == 404:
            return None
        told = trouble_of_status(status, media_type, body, location)
        if told is None or told.kind is not ApiTrouble.REJECTED:
            return told
        kind = ApiTrouble.REJECTED
    said = plain_line(text_at(found, "message") or text_at(found, "reason"))
    return Trouble(
        kind=kind, reason=f"status {status}: {said}" if said else f"status {status}", causes=_causes(found)
    )


def _without_words(status: int, media_type: str, body: bytes, location: str | None) -> Trouble | None:
    """An answer that is no Status object; a 404 of this kind is the server's for a path that it does not serve."""
    if status == 404 and not is_page(media_type, body):
        return Trouble(kind=ApiTrouble.NOT_SERVED, reason="status 404: it does not serve this kind")
    return trouble_of_status(status, media_type, body, location)


def _kind(status: int, found: Mapping[str, object]) -> ApiTrouble | None:
    if status == 404:
        return _missing(found)
    if status == 403:
        return _forbidden(found)
    return _by_words(status, text_at(found, "message")) or _by_reason(status, found)


def _by_words(status: int, message: str) -> ApiTrouble | None:
    if "request is too large" in message:
        return ApiTrouble.TOO_LARGE
    if "failed to create typed patch object" in message:
        return ApiTrouble.INVALID
    if status >= 500 and any(words in message for words in _WEBHOOK_SILENT):
        return ApiTrouble.WEBHOOK_UNAVAILABLE
    return ApiTrouble.DENIED if _was_denied(message) else None


def _by_reason(status: int, found: Mapping[str, object]) -> ApiTrouble | None:
    if status == 409 and _has_cause(found, "FieldManagerConflict"):
        return ApiTrouble.OWNED
    named = _BY_REASON.get(text_at(found, "reason"))
    return named or _BY_STATUS.get(status)


def _missing(found: Mapping[str, object]) -> ApiTrouble | None:
    """Of a 404: the namespace, the kind, or the object itself (None)."""
    kind, name = text_at(found, "details", "kind"), text_at(found, "details", "name")
    if kind == "namespaces" and text_at(found, "message") == f'namespaces "{name}" not found':
        return ApiTrouble.NO_NAMESPACE
    return None if name else ApiTrouble.NOT_SERVED


def _forbidden(found: Mapping[str, object]) -> ApiTrouble:
    message = text_at(found, "message")
    if _has_cause(found, "NamespaceTerminating"):
        return ApiTrouble.TERMINATING
    if "exceeded quota" in message:
        return ApiTrouble.QUOTA
    return ApiTrouble.DENIED if _was_denied(message) else ApiTrouble.FORBIDDEN


def _was_denied(message: str) -> bool:
    """A webhook or a policy said no; each picks its own status, the server's words are always these."""
    return " denied the request" in message or " denied request" in message


def _has_cause(found: Mapping[str, object], reason: str) -> bool:
    return any(text_at(each, "reason") == reason for each in items_at(found, "details", "causes"))


def _causes(found: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    listed = items_at(found, "details", "causes")[:_MOST_CAUSES]
    return tuple(
        (plain_line(text_at(each, "field"), 200), plain_line(text_at(each, "message"), 400))
        for each in listed
    )


def _status_object(body: bytes) -> Mapping[str, object] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None
