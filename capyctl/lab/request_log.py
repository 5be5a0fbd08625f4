"""What clients asked of the lab, in the order it arrived."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from capyctl.lab.credentials import mark, masked
from capyctl.lab.exchange import Question, Reply

_MOST_RECORDS = 20_000
_SECRET_PARAMETERS = frozenset({"private_token", "job_token", "access_token", "token"})


class RequestRecord(Struct, frozen=True, kw_only=True):
    """One request and its fate.

    Attributes:
        number: from 1 in order of arrival. connection: from 1.
        round: 1 more than the highest round of any question answered before this one arrived; what follows a
        redirect belongs to the round of the question it follows.
        path: with its query, credentials marked, signed queries left out.
        headers: credentials as ``sha256:`` marks. status: None while unanswered.
        location: of a redirect, without its query. sent: bytes of body that left.
        follows: number of the request whose redirect this follows. fault: kind of the fault that struck.
    """

    number: int
    connection: int
    round: int
    method: str
    scheme: str
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    route: str = ""
    status: int | None = None
    location: str | None = None
    sent: int = 0
    follows: int | None = None
    fault: str | None = None

    @property
    def url(self) -> str:
        """The address asked for."""
        return f"{self.scheme}://{self.host}{self.path}" if self.method != "CONNECT" else self.host

    def as_json(self) -> dict[str, Any]:
        """The record as it stands in the JSON document of ``lab run``."""
        return asdict(self)


class RequestLog:
    """Collects records from all connections of a lab; after the first 20,000 it only answers.

    A client in an endless loop (clusterctl behind a captive portal, resolution 5.2) would fill the memory.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[RequestRecord] = []
        self._redirects: dict[str, list[int]] = {}
        self._connections = 0
        self._answered_round = 0

    @property
    def records(self) -> tuple[RequestRecord, ...]:
        """All requests so far."""
        with self._lock:
            return tuple(self._records)

    @property
    def connections(self) -> int:
        """How many connections were opened."""
        with self._lock:
            return self._connections

    def connected(self) -> int:
        """The number of a connection just opened."""
        with self._lock:
            self._connections += 1
            return self._connections

    def arrived(self, question: Question, connection: int) -> int:
        """Note a request; its number, 0 when no more are kept."""
        with self._lock:
            if len(self._records) >= _MOST_RECORDS:
                return 0
            waiting = self._redirects.get(question.url)
            follows = waiting.pop(0) if waiting else None
            known = self._records[follows - 1] if follows else None
            record = RequestRecord(
                number=len(self._records) + 1,
                connection=connection,
                round=known.round if known else self._answered_round + 1,
                method=question.method,
                scheme=question.scheme,
                host=question.host,
                path=shown_path(question.target),
                headers=masked(question.headers),
                follows=follows,
            )
            self._records.append(record)
            return record.number

    def decided(self, number: int, reply: Reply, fault: str | None) -> None:
        """Note what will be answered, before the first byte leaves: no client is quicker than its log."""
        location = reply.headers.get("location")
        shown = location and location.partition("?")[0]
        self._change(number, route=reply.route, status=reply.status, location=shown, fault=fault)
        with self._lock:
            if number and location is not None:
                self._redirects.setdefault(location, []).append(number)
            if number:
                self._answered_round = max(self._answered_round, self._records[number - 1].round)

    def unanswered(self, number: int, fault: str) -> None:
        """Note that no answer came."""
        self._change(number, fault=fault)

    def finished(self, number: int, sent: int) -> None:
        """Note how much of the body left."""
        self._change(number, sent=sent)

    def _change(self, number: int, **changes: Any) -> None:  # noqa: ANN401 (fields of a record)
        if number:
            with self._lock:
                self._records[number - 1] = replace(self._records[number - 1], **changes)


def shown_path(target: str) -> str:
    """A request target fit to be shown: signed queries left out, credentials in it marked."""
    path, _, query = target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    if not pairs or any(name == "sig" for name, _ in pairs):
        return path
    shown = [(name, mark(value) if name in _SECRET_PARAMETERS else value) for name, value in pairs]
    return f"{path}?{urlencode(shown)}"
