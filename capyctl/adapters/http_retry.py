"""Whether a failed attempt is made once more, and after which pause (issue 3 section 2; W-10, W-11)."""

from __future__ import annotations

from capyctl.adapters.http_attempt import AttemptError
from capyctl.adapters.http_settings import HttpSettings
from capyctl.ports.fetch_errors import FetchError, RateLimitedError, ServerFailedError, UnreachableError
from capyctl.ports.http import HttpRequest

_QUICK = frozenset({"refused", "reset"})


def is_quick(error: FetchError) -> bool:
    """Reset, refused, a rate limit or 5xx: the source said so at once. Silence is never asked again."""
    if isinstance(error, UnreachableError):
        return error.evidence.failure in _QUICK
    if isinstance(error, ServerFailedError):
        return (error.evidence.status or 0) >= 500
    return isinstance(error, RateLimitedError)


def pause_before_retry(
    failed: AttemptError, request: HttpRequest, settings: HttpSettings, deadline_left: float
) -> float | None:
    """Seconds to wait before the one retry, or None to give up now.

    A kept connection that was closed in the meantime says nothing about the source: the question is sent
    again at once, and that was its retry. A source that names a time beyond the deadline ends the matter.
    """
    if deadline_left <= 0:
        return None
    if failed.stale:
        return 0.0
    if not request.last_resort or not is_quick(failed.error):
        return None
    wait = failed.wait or 0.0
    if wait >= deadline_left:
        return None
    jitter = settings.limits.retry_pause * settings.jitter()
    return wait + min(jitter, (deadline_left - wait) / 2)
