"""Which fault strikes where, and what it makes of a reply."""

from __future__ import annotations

import enum
import gzip
import json
import threading
from collections.abc import Callable
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from capyctl.lab.content import lfs_pointer
from capyctl.lab.exchange import Question, Reply, html_reply
from capyctl.lab.world import Fault, FaultKind


class Ending(enum.Enum):
    """How a reply ends on the wire."""

    WHOLE = "whole"
    CLOSED = "closed"
    RESET = "reset"
    NEVER = "never"


class Delivery(Struct, frozen=True, kw_only=True):
    """A reply and how it travels.

    Attributes:
        delay: seconds before the first byte. rate: bytes a second, 0 for no limit.
        cut: bytes of the body that leave, None for all. ending: how the connection goes on.
        fault: name of the fault that struck, if one did.
    """

    reply: Reply
    delay: float = 0.0
    rate: int = 0
    cut: int | None = None
    ending: Ending = Ending.WHOLE
    fault: str | None = None

    @property
    def has_head(self) -> bool:
        """Whether at least a status line leaves."""
        return self.ending is Ending.WHOLE or bool(self.cut)


class FaultBook:
    """The faults of a world and how often each has struck."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults
        self._lock = threading.Lock()
        self._struck = [0] * len(faults)

    def of_connection(self, host: str) -> Fault | None:
        """The fault that keeps a connection to ``host`` from being made."""
        return self._first(lambda fault: fault.kind.is_of_connection and fnmatchcase(host, fault.host))

    def of_handshake(self, host: str) -> Fault | None:
        """The fault that spoils the TLS handshake with ``host``."""
        return self._first(lambda fault: fault.kind.is_of_handshake and fnmatchcase(host, fault.host))

    def deliver(self, question: Question, reply: Reply) -> Delivery:
        """The reply as it will travel."""
        fault = self._first(lambda candidate: _strikes(candidate, question, reply))
        return Delivery(reply=reply) if fault is None else _spoiled(fault, reply)

    def _first(self, strikes: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self._faults):
                spent = fault.times and self._struck[index] >= fault.times
                if not spent and strikes(fault):
                    self._struck[index] += 1
                    return fault
        return None


def _strikes(fault: Fault, question: Question, reply: Reply) -> bool:
    if fault.kind.is_of_connection or fault.kind.is_of_handshake:
        return False
    if fault.kind.needs_file and not reply.carries_file:
        return False
    narrowed = (
        (fault.repository, reply.repository),
        (fault.file, reply.file),
        (fault.route, reply.route),
    )
    if any(wanted is not None and wanted != actual for wanted, actual in narrowed):
        return False
    return fnmatchcase(question.host, fault.host) and fnmatchcase(question.path, fault.path)


def _spoiled(fault: Fault, reply: Reply) -> Delivery:
    plain = Delivery(reply=reply, delay=fault.delay, rate=fault.rate, fault=fault.kind.value)
    match fault.kind:
        case FaultKind.SILENCE:
            return replace(plain, ending=Ending.NEVER)
        case FaultKind.CLOSE:
            return replace(plain, ending=Ending.CLOSED)
        case FaultKind.RESET:
            return replace(plain, cut=fault.after, ending=Ending.RESET)
        case FaultKind.TRUNCATED:
            return replace(plain, cut=fault.after or len(reply.body) // 2, ending=Ending.CLOSED)
        case FaultKind.SLOW:
            return plain
        case _:
            return replace(plain, reply=_replaced(fault, reply))


def _replaced(fault: Fault, reply: Reply) -> Reply:
    if fault.kind is FaultKind.PORTAL:
        return html_reply(200, "Sign in to the guest network")
    if fault.kind is FaultKind.STATUS:
        plain = {"content-type": "text/plain"} | dict(fault.headers)
        return replace(reply, status=fault.status, headers=plain, body=fault.body, carries_file=False)
    headers = dict(reply.headers) | dict(fault.headers)
    body = reply.body
    match fault.kind:
        case FaultKind.EMPTY:
            body = b""
        case FaultKind.LFS_POINTER:
            body = lfs_pointer(body)
        case FaultKind.RECORD:
            headers["content-type"] = "application/json"
            body = json.dumps({"name": reply.file, "size": len(body), "state": "uploaded"}).encode()
        case FaultKind.GZIP:
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body)
        case _:
            body = fault.body
    return replace(reply, headers=headers, body=body)
