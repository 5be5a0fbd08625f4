"""What was asked, of whom, and what came back: the facts every verdict rests on (cli.md 4)."""

from __future__ import annotations

import enum
from urllib.parse import SplitResult, urlsplit, urlunsplit

from msgspec import Struct
from msgspec.structs import replace


class Question(enum.Enum):
    """What a source was asked for."""

    REPOSITORY = "repository"
    VERSIONS = "versions"
    RELEASE = "release"
    FILE = "file"
    OBJECT = "object"
    MARKER = "marker"
    IMAGE = "image"


class Outcome(enum.Enum):
    """What became of a question. Absent is affirmative; unavailable is no answer; bad is a wrong one."""

    FOUND = "found"
    ABSENT = "absent"
    UNAVAILABLE = "unavailable"
    BAD = "bad"


CACHE_ROUTE = "cache"
LOCK_ROUTE = "lock"
"""The routes of what the disk cache and a lock say in a source's place."""


class Hop(Struct, frozen=True, kw_only=True):
    """One redirect on the way: the address that answered and its status."""

    url: str
    status: int


class Evidence(Struct, frozen=True, kw_only=True):
    """One question to one source and its answer; addresses are safe to print.

    Attributes:
        route: ``goproxy:HOST``, ``github-web``, ``github-download``, ``github-api``, ``gitlab``, ``https``,
            ``local``, ``override``, ``snapshot``, ``config`` … (cli.md 4).
        url: as asked, without credentials; None where there is no address.
        final_url: where the answer came from, without its query.
        size: bytes of the body. sha256: 64 hex digits of the body.
        as_of: RFC 3339 time in UTC; for a snapshot the day it was made.
        elapsed_ms: milliseconds from question to answer.
        failure: a machine word for what went wrong (``dns``, ``silence``, ``http-503``); not in the document.
    """

    route: str
    question: Question
    outcome: Outcome
    url: str | None = None
    final_url: str | None = None
    hops: tuple[Hop, ...] = ()
    status: int | None = None
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    as_of: str | None = None
    credential_sent: bool = False
    elapsed_ms: int | None = None
    failure: str | None = None

    def judged(self, outcome: Outcome, failure: str | None = None) -> Evidence:
        """The same evidence after a closer look at the body."""
        return replace(self, outcome=outcome, failure=failure or self.failure)


def without_credentials(url: str) -> str:
    """The address without user name, password and fragment; the query stays."""
    if _has_none_of(url, "@#"):
        return url
    parts = _taken_apart(url)
    if parts is None:
        return _by_its_text(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def without_query(url: str) -> str:
    """The address without credentials, query and fragment: what a signed redirect may be recorded as."""
    if _has_none_of(url, "@#?"):
        return url
    parts = _taken_apart(url)
    if parts is None:
        return _by_its_text(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _taken_apart(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _by_its_text(url: str) -> str:
    """What may be shown of a text that is no address: whoever wrote it may have meant one with a secret in it."""
    from capyctl.core.shown_address import shown_address  # noqa: PLC0415 - start-up budget

    return shown_address(url)


def _has_none_of(url: str, marks: str) -> bool:
    """Whether an ordinary address has nothing to take away, so that it need not be taken apart (ADR 35)."""
    is_ordinary = url.startswith("https://") and url.isascii() and url.isprintable() and url[-1] != "?"
    return is_ordinary and not any(mark in url for mark in f"{marks}[]")


def printable(text: str) -> str:
    """Text from outside without control and other unusual characters, each replaced by a question mark."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if " " <= each <= "~" else "?" for each in text)
