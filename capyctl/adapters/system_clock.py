"""The machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Time as the operating system tells it."""

    def now(self) -> str:
        """RFC 3339 in UTC with seconds."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251 - the one place that reads it

    def monotonic(self) -> float:
        """Seconds from an arbitrary point."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; zero and less do not."""
        if seconds > 0:
            time.sleep(seconds)
