"""Runs without network under guard: a socket, or a look-up of a name, is a failure whatever opens it (F72)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import yaml

GUARDED_FOLDER = Path(__file__).parent / "guarded"
"""On the PYTHONPATH of a process it guards that process."""

_WITHOUT_NETWORK = frozenset({"--offline", "--bundle"})
_OUTWARD = frozenset({"connect", "sendto", "sendmsg", "getaddrinfo", "gethostbyname"})
"""What leaves a process, or asks for a name; the lab around a run listens in the same process, and does none of it."""

_Servers = frozenset[tuple[str | None, int | None]]


class SocketOpenedError(AssertionError):
    """A run that must open none opened a socket."""


class _Guard:
    """An audit hook cannot be taken back; it is told when it counts."""

    def __init__(self) -> None:
        self.armed = False
        self.servers: _Servers = frozenset()
        self.tripped: list[str] = []
        self.installed = False

    def see(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.armed and event.startswith("socket.") and not self._allows(event, arguments):
            self.tripped.append(event)
            raise SocketOpenedError(event)

    def _allows(self, event: str, arguments: tuple[object, ...]) -> bool:
        what = event.removeprefix("socket.")
        if not self.servers or what not in _OUTWARD:
            return bool(self.servers)
        address = arguments if what == "getaddrinfo" else arguments[-1]
        return isinstance(address, tuple) and address[:2] in self.servers


_GUARD = _Guard()


@contextmanager
def no_sockets(servers: _Servers = frozenset()) -> Iterator[None]:
    """In this process no socket may be opened, in no thread, also where somebody catches the failure.

    With ``servers``, hosts and ports, none may reach anything else, and no other name may be asked for.
    """
    if not _GUARD.installed:
        _GUARD.installed = True
        sys.addaudithook(_GUARD.see)
    _GUARD.armed, _GUARD.servers, _GUARD.tripped = True, servers, []
    try:
        yield
    finally:
        _GUARD.armed = False
    if _GUARD.tripped:
        raise SocketOpenedError(", ".join(_GUARD.tripped))


@contextmanager
def guard_of(words: Sequence[str]) -> Iterator[None]:
    """The guard, where the words ask for a run without network.

    With a bundle, the management cluster may be reached. With ``--offline`` and a cluster there is no guard: many such
    runs share a process, behind proxies of the test's own.
    """
    on_cluster = "--kubeconfig" in words
    if _WITHOUT_NETWORK.isdisjoint(words) or (on_cluster and "--bundle" not in words):
        yield
        return
    with no_sockets(_servers_of(words) if on_cluster else frozenset()):
        yield


def _servers_of(words: Sequence[str]) -> _Servers:
    """The servers of the kubeconfig among the words."""
    path = Path(words[words.index("--kubeconfig") + 1])
    clusters = yaml.safe_load(path.read_text(encoding="utf-8"))["clusters"]
    addresses = [urlsplit(each["cluster"]["server"]) for each in clusters]
    return frozenset((each.hostname, each.port) for each in addresses)
