"""What became of a question to an API server: found, absent, or a failure that may pass or never does."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Generic, TypeVar

from msgspec import Struct, field

from capyctl.core.evidence import Evidence

T_co = TypeVar("T_co", covariant=True)


class ApiTrouble(enum.Enum):
    """Why an API server gave no usable answer (issue 4, 1.2); from ``CONFLICT`` on, why it did not write (issue 5).

    ``CONFLICT`` is another write in between, ``OWNED`` fields of another field manager, ``DENIED`` the no of an
    admission webhook or policy, ``NOT_SERVED`` a kind that is not there (yet), ``SUPERSEDED`` that this run
    no longer holds the lease.
    """

    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    RESET = "reset"
    SILENT = "silent"
    CUT = "cut"
    PROXY = "proxy"
    BUSY = "busy"
    STARTING = "starting"
    FAILED = "failed"
    CERTIFICATE = "certificate"
    WRONG_HOST = "wrong-host"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    REJECTED = "rejected"
    MALFORMED = "malformed"
    CREDENTIAL = "credential"
    CONFLICT = "conflict"
    OWNED = "owned"
    EXISTS = "exists"
    INVALID = "invalid"
    DENIED = "denied"
    QUOTA = "quota"
    TOO_LARGE = "too-large"
    TERMINATING = "terminating"
    NO_NAMESPACE = "no-namespace"
    NOT_SERVED = "not-served"
    WEBHOOK_UNAVAILABLE = "webhook-unavailable"
    SUPERSEDED = "superseded"

    @property
    def passes(self) -> bool:
        """Whether asking again can help: the server is coming up, or something before or behind it is."""
        return self in _PASSING

    @property
    def is_of_writing(self) -> bool:
        """Whether only a write meets it."""
        return self in _OF_WRITING


_OF_WRITING = frozenset(
    {
        ApiTrouble.CONFLICT,
        ApiTrouble.OWNED,
        ApiTrouble.EXISTS,
        ApiTrouble.INVALID,
        ApiTrouble.DENIED,
        ApiTrouble.QUOTA,
        ApiTrouble.TOO_LARGE,
        ApiTrouble.TERMINATING,
        ApiTrouble.NO_NAMESPACE,
        ApiTrouble.NOT_SERVED,
        ApiTrouble.WEBHOOK_UNAVAILABLE,
        ApiTrouble.SUPERSEDED,
    }
)
_PASSING = frozenset(
    {
        ApiTrouble.UNRESOLVED,
        ApiTrouble.REFUSED,
        ApiTrouble.RESET,
        ApiTrouble.SILENT,
        ApiTrouble.CUT,
        ApiTrouble.PROXY,
        ApiTrouble.BUSY,
        ApiTrouble.STARTING,
        ApiTrouble.FAILED,
        ApiTrouble.CONFLICT,
        ApiTrouble.TERMINATING,
        ApiTrouble.NO_NAMESPACE,
        ApiTrouble.NOT_SERVED,
        ApiTrouble.WEBHOOK_UNAVAILABLE,
    }
)


class ApiFailure(Struct, frozen=True, kw_only=True):
    """A question that has no answer.

    Attributes:
        trouble: of what kind it is. reason: one line for people, free of credentials and control characters.
        status: of the HTTP answer, if there was one. retry_after: seconds the server asked for.
        seen: reasons of earlier attempts that differ, in order. waited: seconds from the first attempt to this one.
        causes: what the server says in detail, each a field and a message (of a Status object).
    """

    trouble: ApiTrouble
    reason: str
    evidence: Evidence
    status: int | None = None
    retry_after: float | None = None
    seen: tuple[str, ...] = ()
    waited: float = 0.0
    causes: tuple[tuple[str, str], ...] = ()


class Reading(Struct, Generic[T_co], frozen=True, kw_only=True):
    """The answer to one question to the API server: ``value``, or None where it is absent or ``failure`` says why.

    Attributes:
        warnings: what the server said beside its answer (``Warning`` headers), as text.
        server_time: the ``Date`` of the answer in RFC 3339 UTC, or None.
    """

    evidence: tuple[Evidence, ...] = ()
    value: T_co | None = None
    failure: ApiFailure | None = None
    warnings: tuple[str, ...] = ()
    server_time: str | None = None

    @property
    def absent(self) -> bool:
        """Whether the server says that there is no such thing."""
        return self.value is None and self.failure is None


class ApiRequest(Struct, frozen=True, kw_only=True):
    """One question to the API server: a GET, or an access review, which stores nothing.

    Attributes:
        path: from the root, such as ``/version``; parts from outside are percent-encoded by who makes it.
        query: in order. accept: the Accept header.
        review: the body of a SelfSubjectAccessReview or SelfSubjectRulesReview; then it is a POST.
        limit: most bytes of body accepted. silence: seconds without an event after which a watch is given up.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    accept: str = "application/json"
    review: Mapping[str, object] | None = None
    limit: int = 64 * 1024 * 1024
    silence: float = 330.0

    @property
    def method(self) -> str:
        """Of HTTP."""
        return "GET" if self.review is None else "POST"

    @property
    def body(self) -> Mapping[str, object] | None:
        """What is sent, as JSON."""
        return self.review

    @property
    def media_type(self) -> str:
        """Of the body."""
        return "application/json"


class Collection(Struct, frozen=True, kw_only=True):
    """Objects of one kind to be listed, in pages.

    Attributes:
        path: of the collection, such as ``/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines``.
        label_selector: as the API server takes it; empty for all. metadata_only: leave spec and status out.
        managers: keep who wrote which field, which is let go otherwise.
    """

    path: str
    label_selector: str = ""
    metadata_only: bool = False
    page: int = 500
    managers: bool = False


class WatchEvent(Struct, frozen=True, kw_only=True):
    """One event of a watch: ``ADDED``, ``MODIFIED``, ``DELETED``, ``BOOKMARK`` or ``ERROR``, and its object."""

    type: str
    object: Mapping[str, object] = field(default_factory=dict)
