"""An HTTP client that is made when the first question goes out: a run over local files needs none."""

from __future__ import annotations

import threading
from collections.abc import Callable

from capyctl.ports.http import HttpClient, HttpRequest, HttpResponse


class DeferredClient:
    """Stands for a client that costs much to make; ``make`` is called once, by whoever asks first."""

    def __init__(self, make: Callable[[], HttpClient]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: HttpClient | None = None

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask as the client does.

        Raises:
            FetchError: as the client raises it.
        """
        return self._client().get(request)

    def warm(self, host: str) -> None:
        """Open a connection early."""
        self._client().warm(host)

    def _client(self) -> HttpClient:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
