"""What can go wrong between a client and the API server, and at which request it does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum

from msgspec import Struct, field

# Creating one of these asks a question and stores nothing.
_REVIEWS = (
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
)


class Asked(Struct, frozen=True, kw_only=True):
    """A request as it came; ``number`` counts from 1 since the proxy was opened or last told to forget.

    ``size`` is that of its body, in bytes.
    """

    number: int
    method: str
    path: str
    query: str = ""
    agent: str = ""
    size: int = 0

    @property
    def reads(self) -> bool:
        """Whether it can change nothing: a GET, or an access review."""
        return self.method == "GET" or (self.method == "POST" and self.path in _REVIEWS)


class Broken(Enum):
    """A fault below HTTP."""

    RESET = "the connection is reset without an answer"
    CUT = "the answer ends in the middle of its body"
    STALL = "no answer comes, and the connection stays open"


class Answer(Struct, frozen=True, kw_only=True):
    """An answer given in the API server's place."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


Fault = Broken | Answer
Rule = Callable[[Asked], Fault | None]


def refusal(status: int, reason: str, message: str, **headers: str) -> Answer:
    """The API server's own form of a refusal; header names are written with underscores."""
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": status,
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json", **named}
    )


INTERNAL_ERROR = refusal(500, "InternalError", "Internal error occurred: etcdserver: leader changed")
TOO_MANY = refusal(
    429, "TooManyRequests", "The request cannot be processed now, please try again later", Retry_After="1"
)
NOT_A_READ = refusal(403, "Forbidden", "this proxy passes nothing but GET and access reviews")

# The five of issue 4 section 2, by the words it uses.
FAULTS: Mapping[str, Fault] = {
    "reset": Broken.RESET,
    "500": INTERNAL_ERROR,
    "429": TOO_MANY,
    "cut": Broken.CUT,
    "stall": Broken.STALL,
}


def at(number: int, fault: Fault) -> Rule:
    """The fault at that one request."""
    return lambda asked: fault if asked.number == number else None


def since(number: int, fault: Fault) -> Rule:
    """The fault at that request and all that follow."""
    return lambda asked: fault if asked.number >= number else None


def until(number: int, fault: Fault) -> Rule:
    """The fault at every request before that one: a server that is still coming up."""
    return lambda asked: fault if asked.number < number else None


def where(path: str, fault: Fault) -> Rule:
    """The fault at every request whose path holds those words."""
    return lambda asked: fault if path in asked.path else None


def unready(*failing: str) -> Rule:
    """503 at /readyz with these parts failing, as a server that is coming up tells it."""
    lines = [*(f"[-]{name} failed: reason withheld" for name in failing), "readyz check failed"]
    answer = Answer(status=503, body="\n".join(lines).encode(), headers={"Content-Type": "text/plain"})
    return lambda asked: answer if asked.path.startswith("/readyz") else None
