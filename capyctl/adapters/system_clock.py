"""The machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Time as the operating system tells it."""

    def now(self) -> str:
        """RFC 3339 in UTC with seconds."""
        now = datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 - the one place that reads it
        return f"{now.removesuffix('+00:00')}Z"

    def monotonic(self) -> float:
        """Seconds from an arbitrary point."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; zero and less do not."""
        if seconds > 0:
            time.sleep(seconds)
