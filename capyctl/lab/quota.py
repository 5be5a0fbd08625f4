"""What is left of API quotas while a lab runs."""

from __future__ import annotations

import threading
import time

from capyctl.lab.world import Quota, Token


class QuotaLedger:
    """Counts API calls per host and caller; strangers share one account, as behind one address."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], int] = {}
        # The lab stands for the outside world, which has a clock of its own.
        self._reset = int(time.time()) + quota.reset_in  # noqa: TID251

    @property
    def status(self) -> int:
        """The status of an answer when nothing is left."""
        return self._quota.status

    def spend(self, host: str, token: Token | None) -> bool:
        """Count one call; whether nothing was left for it."""
        key = _account(host, token)
        with self._lock:
            left = self._left(key, token)
            self._used[key] = self._used.get(key, 0) + (1 if left > 0 else 0)
        return left <= 0

    def headers(self, host: str, token: Token | None) -> dict[str, str]:
        """The quota headers of an answer (peers-and-protocols E3)."""
        with self._lock:
            left = self._left(_account(host, token), token)
        limit = token.limit if token else self._quota.limit
        headers = {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-used": str(limit - max(0, left)),
            "x-ratelimit-reset": str(self._reset),
            "x-ratelimit-resource": "core",
        }
        if left <= 0 and self._quota.retry_after is not None:
            headers["retry-after"] = str(self._quota.retry_after)
        return headers

    def _left(self, key: tuple[str, str], token: Token | None) -> int:
        start = token.limit if token else self._quota.remaining
        return start - self._used.get(key, 0)


def _account(host: str, token: Token | None) -> tuple[str, str]:
    return host, token.value if token else ""
