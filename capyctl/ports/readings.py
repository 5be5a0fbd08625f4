"""What was read of files before, as the rest of capyctl sees it (ADR 38)."""

from __future__ import annotations

from typing import Protocol


class Readings(Protocol):
    """Keeps what was read of a file under everything that it was read from; never fails a run."""

    def recall(self, given: bytes) -> bytes | None:
        """What is kept under ``given``, whole and as it was kept; None where nothing is."""

    def keep(self, given: bytes, told: bytes) -> None:
        """Keep what was read, or do without where it cannot be kept."""
