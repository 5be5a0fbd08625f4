"""The machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Time as the operating system tells it."""

    _told = (-1, "")

    def now(self) -> str:
        """RFC 3339 in UTC with seconds; written once for each second, since a run asks a hundred times."""
        second = int(time.time())  # noqa: TID251 - the one place that reads it
        said = self._told
        if said[0] != second:
            said = self._told = (second, f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}Z")
        return said[1]

    def monotonic(self) -> float:
        """Seconds from an arbitrary point."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; zero and less do not."""
        if seconds > 0:
            time.sleep(seconds)
