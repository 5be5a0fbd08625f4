"""Connections to a served bundle that have not asked for anything yet: each holds a place, and none a thread."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from capyctl.ports.clock import Clock

PLACES: Final = 64
"""How many connections may wait for their request; one more takes the place of the one that is silent longest."""

_PATIENCE: Final = 10.0
"""Seconds within which a request has to be whole."""

_LONGEST_HEAD: Final = 64 * 1024 + 1
_HANDSHAKE: Final = b"\x16"
"""The first byte of TLS (RFC 8446 5.1); no method begins with it."""

_ENDS: Final = (b"\r\n\r\n", b"\n\n")


class Caller(Struct, kw_only=True):
    """A connection and what it has said so far; ``until``: the moment by which its request has to be whole."""

    connection: socket.socket
    until: float
    head: bytes = b""

    @property
    def speaks_tls(self) -> bool:
        """Whether it began a TLS handshake, and so waits for what no plain answer is."""
        return self.head.startswith(_HANDSHAKE)

    @property
    def has_asked(self) -> bool:
        """Whether the request's head is whole, or longer than any is read, or none will come."""
        is_whole = len(self.head) >= _LONGEST_HEAD or any(end in self.head for end in _ENDS)
        return is_whole or self.speaks_tls

    def hang_up(self) -> None:
        """Close the connection."""
        self.connection.close()


class Callers:
    """Accepts connections and reads what they say, all of them in one thread and none of them waited for."""

    def __init__(self, listener: socket.socket, clock: Clock) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._waiting: dict[socket.socket, Caller] = {}

    def asking(self) -> Iterator[Caller]:
        """Callers with a whole request, as they come; without end."""
        while True:
            yield from self._next()

    def close(self) -> None:
        """Hang up on all who wait."""
        for caller in list(self._waiting.values()):
            self._forget(caller).hang_up()
        self._selector.close()

    def _next(self) -> list[Caller]:
        asked = []
        for key, _ in self._selector.select(self._until_next_is_overdue()):
            if key.fileobj is self._listener:
                self._accept()
            elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._waiting:
                asked += self._heard(self._waiting[key.fileobj])
        while (left := self._until_next_is_overdue()) is not None and left <= 0:
            self._forget_the_oldest()
        return asked

    def _until_next_is_overdue(self) -> float | None:
        oldest = next(iter(self._waiting.values()), None)
        return max(oldest.until - self._clock.monotonic(), 0.0) if oldest is not None else None

    def _accept(self) -> None:
        if len(self._waiting) >= PLACES:
            self._forget_the_oldest()
        try:
            connection, _ = self._listener.accept()
        except OSError:  # the caller has gone again
            return
        connection.setblocking(False)
        self._waiting[connection] = Caller(connection=connection, until=self._clock.monotonic() + _PATIENCE)
        self._selector.register(connection, selectors.EVENT_READ)

    def _heard(self, caller: Caller) -> list[Caller]:
        """The caller, if its request is whole now."""
        try:
            said = caller.connection.recv(_LONGEST_HEAD - len(caller.head))
        except BlockingIOError:
            return []
        except OSError:
            said = b""
        caller.head += said
        if said and not caller.has_asked:
            return []
        self._forget(caller)
        if not said:
            caller.hang_up()
            return []
        return [caller]

    def _forget_the_oldest(self) -> None:
        self._forget(next(iter(self._waiting.values()))).hang_up()

    def _forget(self, caller: Caller) -> Caller:
        del self._waiting[caller.connection]
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(caller.connection)
        return caller
