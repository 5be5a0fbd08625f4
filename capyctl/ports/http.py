"""One bounded GET over HTTP, as the forge and proxy adapters need it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct, field

from capyctl.core.evidence import Evidence, Question
from capyctl.core.kept_answer import KeptAnswer
from capyctl.core.repr_without import repr_without


class Expect(enum.Enum):
    """What kind of body is right; anything else is a BadAnswerError before anybody parses it."""

    YAML = "yaml"
    JSON = "json"
    TEXT = "text"
    BYTES = "bytes"


class Credential(Struct, frozen=True, kw_only=True):
    """A secret and the one host it is for; never printed.

    Attributes:
        host: host[:port] the header may be sent to. header: name, such as ``Authorization``.
        value: the whole header value. origin: where it was found (``GITHUB_TOKEN``), for people.
    """

    host: str
    header: str
    value: str
    origin: str

    def __repr__(self) -> str:
        return repr_without(self, "value")


class HttpRequest(Struct, frozen=True, kw_only=True):
    """One question over HTTP.

    Attributes:
        url: absolute address. route, question: as recorded in evidence.
        accept: the Accept header, kept on every hop. expect: what the body must be.
        credential: sent to its own host only; dropped on a redirect to any other.
        limit: most bytes of body accepted. byte_range: first and last byte, or None; ``(-n, None)`` the tail.
        stop: given the target of a redirect, whether to stop there and answer with the redirect itself.
        headers: further headers of this adapter (an API version, If-Range); kept on the first host only,
            If-Range everywhere.
        last_resort: whether no other source can answer this; only then one retry after a quick failure.
        expected_size, expected_sha256: what the host states of the body (bytes, 64 hex digits); compared.
        moves_within_host: refuse a permanent redirect to another host, where it would mean a rename (E7).
        condition: a kept answer with validators; they are sent to the host that it came from, on whichever hop
            that is, and then 304 is an answer.
    """

    url: str
    route: str
    question: Question
    expect: Expect
    accept: str = "*/*"
    credential: Credential | None = None
    limit: int = 32 * 1024 * 1024
    byte_range: tuple[int, int | None] | None = None
    stop: Callable[[str], bool] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    last_resort: bool = False
    expected_size: int | None = None
    expected_sha256: str | None = None
    moves_within_host: bool = False
    condition: KeptAnswer | None = None


class HttpResponse(Struct, frozen=True, kw_only=True):
    """A complete answer: 200, 206, or a redirect at which ``stop`` said so.

    To a conditional question also 304, without a body; its evidence has digest and size of the kept one.

    Attributes:
        headers: names in lower case. location: target of the redirect the client stopped at, else None.
        earlier: attempts before this answer, oldest first: a failure that was retried, a credential that was
            rejected (``failure`` is ``credential-rejected``, CAPY0204).
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    location: str | None
    evidence: Evidence
    earlier: tuple[Evidence, ...] = ()


class EvidenceLog(Protocol):
    """Collects the evidence of a run in the order of asking."""

    def asked(self) -> int:
        """Take the next place, when a question goes out."""

    def record(self, evidence: Evidence, place: int | None = None) -> None:
        """Put evidence into its place; without one it comes last."""


class HttpClient(Protocol):
    """Sends one GET, follows redirects by the matrix of peers-and-protocols E7, maps every failure."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask once (with the retry rule of this run).

        Raises:
            AbsentError: 404 or 410. UnauthorizedError: 401 or 403. RateLimitedError: quota used up.
            ServerFailedError: 5xx and other statuses that say nothing. UnreachableError, TimedOutError.
            OfflineError: no network in this run.
            BadAnswerError: wrong kind, too large, cut short, redirect refused.
        """

    def warm(self, host: str) -> None:
        """Open one connection to ``host[:port]`` (443) in the background, for a question sure to come.

        Nothing is asked. Each call opens one more, up to a limit; a failure shows when a question follows.
        """
