"""Why a source gave no value: absent, unavailable and bad are three different things.

Every error carries the evidence of the question, so that nothing is lost on the way to a diagnostic.
"""

from __future__ import annotations

from capyctl.core.evidence import Evidence


class FetchError(Exception):
    """A question without a usable answer.

    Attributes:
        evidence: the question and what came back.
        reason: one line for people, free of credentials and control characters.
        earlier: what else was asked on the way to this failure, oldest first (other majors, other proxies).
    """

    earlier: tuple[Evidence, ...] = ()

    def __init__(self, evidence: Evidence, reason: str) -> None:
        super().__init__(reason)
        self.evidence = evidence
        self.reason = reason


class AbsentError(FetchError):
    """The source says affirmatively that it does not have this (404, 410, no such file)."""


class UnavailableError(FetchError):
    """The source gave no answer: nothing is known about what was asked."""


class UnreachableError(UnavailableError):
    """No connection: name resolution, refused, reset, TLS, or a proxy on the way said no.

    ``evidence.failure`` is one of ``dns``, ``refused``, ``reset``, ``connect-timeout``, ``tls``, ``proxy``.
    """


class TimedOutError(UnavailableError):
    """The source accepted the question and was silent, or the deadline passed.

    ``evidence.failure`` is ``silence`` or ``deadline``.
    """


class ServerFailedError(UnavailableError):
    """The source answered 5xx or another status that says nothing about what was asked."""


class RateLimitedError(UnavailableError):
    """The source's quota is used up.

    Attributes:
        reset_at: RFC 3339 time in UTC when questions are answered again, or None if it did not say.
        limit: the quota an hour, or None.
    """

    def __init__(
        self, evidence: Evidence, reason: str, *, reset_at: str | None = None, limit: int | None = None
    ) -> None:
        super().__init__(evidence, reason)
        self.reset_at = reset_at
        self.limit = limit


class UnauthorizedError(UnavailableError):
    """The source wants a credential, or refuses the one it was given (401, 403).

    Attributes:
        login_host: the registry whose login it is, where its token service answered; None where it did itself.
    """

    login_host: str | None = None


class OfflineError(UnavailableError):
    """The route needs the network and the run is offline; no socket was opened."""


class BadAnswerError(FetchError):
    """The source answered, with something else than what was asked for.

    ``evidence.failure`` is one of ``html``, ``json-record``, ``lfs-pointer``, ``empty``, ``truncated``,
    ``too-large``, ``size-differs``, ``digest-differs``, ``redirect-loop``, ``redirect-refused``, ``binary``,
    ``malformed``.
    """
