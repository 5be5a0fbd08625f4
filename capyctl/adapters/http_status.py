"""What a status other than success means, and when a source wants to be asked again (E3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

from capyctl.adapters.http_trail import Trail
from capyctl.core.evidence import Outcome, printable
from capyctl.ports.fetch_errors import (
    AbsentError,
    FetchError,
    RateLimitedError,
    ServerFailedError,
    UnauthorizedError,
    UnreachableError,
)

_EXCERPT = 200
_EPOCH_FLOOR = 10**9
"""A reset below this is a number of seconds from now; GitHub and GitLab give a time since 1970."""


class Refusal(Struct, frozen=True, kw_only=True):
    """A status that is no success, as an error, and how long the source asked to be left alone (seconds)."""

    error: FetchError
    wait: float | None = None


def refusal(trail: Trail, headers: Mapping[str, str], body: bytes) -> Refusal:
    """The error for the status that the trail has met last; ``body`` is its beginning."""
    status = trail.status or 0
    words = _words_of(trail, body)
    if status in {404, 410}:
        return Refusal(error=AbsentError(trail.evidence(Outcome.ABSENT, f"http-{status}"), words))
    if is_rate_limit(status, headers):
        return _rate_limited(trail, headers, words)
    if status in {401, 403}:
        word = "credential-rejected" if trail.sent_to_this_host else f"http-{status}"
        return Refusal(error=UnauthorizedError(trail.evidence(Outcome.UNAVAILABLE, word), words))
    if status == 407:
        reason = f"the proxy on the way to {trail.host} wants a credential"
        return Refusal(error=UnreachableError(trail.evidence(Outcome.UNAVAILABLE, "proxy"), reason))
    return _failed(trail, headers, words)


def is_rate_limit(status: int, headers: Mapping[str, str]) -> bool:
    """Primary and secondary limits: 429, or 403 with nothing remaining or a time to wait (E3)."""
    if status == 429:
        return True
    return status == 403 and (_header(headers, "remaining") == "0" or "retry-after" in headers)


def _rate_limited(trail: Trail, headers: Mapping[str, str], words: str) -> Refusal:
    reset = _reset(headers, trail.clock.now())
    limit = _header(headers, "limit")
    error = RateLimitedError(
        trail.evidence(Outcome.UNAVAILABLE, "rate-limit"),
        words,
        reset_at=_rfc3339(reset) if reset is not None else None,
        limit=int(limit) if re.fullmatch(r"\d{1,9}", limit) else None,
    )
    return Refusal(error=error, wait=_seconds_until(reset, trail.clock.now()))


def _failed(trail: Trail, headers: Mapping[str, str], words: str) -> Refusal:
    again = _retry_after(headers, trail.clock.now())
    if again is not None:
        words = f"{words}; it asks to be left alone until {_rfc3339(again)}"
    error = ServerFailedError(trail.evidence(Outcome.UNAVAILABLE, f"http-{trail.status}"), words)
    return Refusal(error=error, wait=_seconds_until(again, trail.clock.now()))


def _header(headers: Mapping[str, str], name: str) -> str:
    return (headers.get(f"x-ratelimit-{name}") or headers.get(f"ratelimit-{name}") or "").strip()


def _reset(headers: Mapping[str, str], now: str) -> datetime | None:
    """Retry-After wins; the reset of the hour counts only once nothing remains."""
    again = _retry_after(headers, now)
    text = _header(headers, "reset")
    if again is not None or _header(headers, "remaining") != "0" or not re.fullmatch(r"\d{1,11}", text):
        return again
    number = int(text)
    if number < _EPOCH_FLOOR:
        return _moment(now) + timedelta(seconds=number)
    return datetime.fromtimestamp(number, UTC)


def _retry_after(headers: Mapping[str, str], now: str) -> datetime | None:
    """RFC 9110 10.2.3: seconds, or a date."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return _moment(now) + timedelta(seconds=int(text))
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _moment(rfc3339: str) -> datetime:
    return datetime.fromisoformat(rfc3339)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds_until(moment: datetime | None, now: str) -> float | None:
    return None if moment is None else max(0.0, (moment - _moment(now)).total_seconds())


def _words_of(trail: Trail, body: bytes) -> str:
    """The status, and what the source itself says of it where that is meant for people."""
    text = f"{trail.host} answered {trail.status}"
    said = _excerpt(trail.media_type, body)
    return f"{text}: {said}" if said else text


def _excerpt(media_type: str | None, body: bytes) -> str:
    """Plain text, or the message of a JSON record; bounded and without control characters (B6-33)."""
    if media_type == "text/plain":
        said: object = body.decode("utf-8", "replace")
    elif media_type is not None and media_type.endswith("json"):
        said = _message(body)
    else:
        return ""
    return printable(" ".join(said.split()))[:_EXCERPT] if isinstance(said, str) else ""


def _message(body: bytes) -> object:
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    return record.get("message") or _first_message(record.get("errors")) or record.get("details")


def _first_message(errors: object) -> object:
    """The words of a registry, which answers with a list of errors (OCI distribution specification)."""
    first = errors[0] if isinstance(errors, list) and errors else None
    return first.get("message") if isinstance(first, dict) else None
