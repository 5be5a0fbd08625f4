"""A loopback port on which a thread accepts connections, and the end of both."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

_HANG_SECONDS = 60.0


class Listening:
    """Accepts connections and gives each to ``serve``, in a thread of its own, until it is stopped.

    The thread is woken before its socket is closed. Closing alone leaves it in ``accept``; when the process is
    paused and goes on, the kernel begins that call anew with the same number, which by then is another server's
    socket: a connection of that one is lost, and whoever waits for it waits for ever.
    """

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._stopping = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Accept nothing more; connections that are open stay so. Safe to call twice."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(_HANG_SECONDS)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._stopping.is_set():
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
