"""Watches of an API server in daemon threads, each begun anew when its stream breaks."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final

from capyctl.core.api_reading import ApiRequest
from capyctl.ports.clock import Clock
from capyctl.ports.cluster import ApiServer

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_LONG_ENOUGH: Final = 10.0
"""Seconds after which a stream that ends was a sound one, so that the next pause is short again."""


class WatchThreads:
    """Watches several collections; an interrupted run leaves its threads behind, they end with the process."""

    def __init__(self, api: Callable[[], ApiServer], requests: Sequence[ApiRequest], clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._changes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._closed = threading.Event()
        for each in requests:
            threading.Thread(target=self._follow, args=(each,), daemon=True).start()

    def wait(self, quiet: float, longest: float) -> None:
        """Block until something changed, then until nothing has for ``quiet`` seconds, ``longest`` at most."""
        self._changes.get()
        until = self._clock.monotonic() + longest
        while (left := until - self._clock.monotonic()) > 0:
            try:
                self._changes.get(timeout=min(quiet, left))
            except queue.Empty:
                return

    def close(self) -> None:
        """Take no notice of anything any more."""
        self._closed.set()

    def _follow(self, request: ApiRequest) -> None:
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            begun = self._clock.monotonic()
            for event in self._api().watch(request):
                if self._closed.is_set():
                    return
                if event.type != "BOOKMARK":
                    self._changes.put(None)
            sound = self._clock.monotonic() - begun > _LONG_ENOUGH
            pause = _FIRST_PAUSE if sound else min(pause * 2, _LONGEST_PAUSE)
            self._closed.wait(pause)
