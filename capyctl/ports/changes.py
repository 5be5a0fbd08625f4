"""Waiting for changes in a cluster."""

from __future__ import annotations

from typing import Protocol


class ChangeFeed(Protocol):
    """Tells that something changed; what it was has to be read anew."""

    def wait(self, quiet: float, longest: float) -> None:
        """Block until something changed, then until nothing has for ``quiet`` seconds, ``longest`` at most."""

    def close(self) -> None:
        """Take no notice of anything any more."""
