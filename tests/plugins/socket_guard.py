"""Runs without network under guard: a socket, or a look-up of a name, is a failure whatever opens it (F72)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

GUARDED_FOLDER = Path(__file__).parent / "guarded"
"""On the PYTHONPATH of a process it guards that process."""

_WITHOUT_NETWORK = frozenset({"--offline", "--bundle"})


class SocketOpenedError(AssertionError):
    """A run that must open none opened a socket."""


class _Guard:
    """An audit hook cannot be taken back; it is told when it counts."""

    def __init__(self) -> None:
        self.armed = False
        self.tripped: list[str] = []
        self.installed = False

    def see(self, event: str, _arguments: object) -> None:
        if self.armed and event.startswith("socket."):
            self.tripped.append(event)
            raise SocketOpenedError(event)


_GUARD = _Guard()


@contextmanager
def no_sockets() -> Iterator[None]:
    """In this process no socket may be opened, in no thread, also where somebody catches the failure."""
    if not _GUARD.installed:
        _GUARD.installed = True
        sys.addaudithook(_GUARD.see)
    _GUARD.armed, _GUARD.tripped = True, []
    try:
        yield
    finally:
        _GUARD.armed = False
    if _GUARD.tripped:
        raise SocketOpenedError(", ".join(_GUARD.tripped))


@contextmanager
def guard_of(words: Sequence[str]) -> Iterator[None]:
    """The guard, where the words ask for a run without network and for no management cluster."""
    if _WITHOUT_NETWORK.isdisjoint(words) or "--kubeconfig" in words:
        yield
        return
    with no_sockets():
        yield
