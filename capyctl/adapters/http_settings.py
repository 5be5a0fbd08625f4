"""The limits and settings of the one HTTP client, as data."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from capyctl.version import __version__


def _no_proxy(_url: str) -> str | None:
    return None


def _jitter() -> float:
    import secrets  # noqa: PLC0415 - costs every start, and is needed before a retry

    return secrets.SystemRandom().random()


class HttpLimits(Struct, frozen=True, kw_only=True):
    """Every maximum of the client; times in seconds, sizes in bytes (issue 3 section 2, E7).

    Attributes:
        connect: name resolution, TCP, the proxy's tunnel and TLS together.
        silence: longest time without a single byte.
        last_silence: the least that a further question to a host that has not answered yet is given.
        redirects: hops followed for one question.
        retry_pause: longest pause before the one retry when the source names no time.
        connections: open at once, all hosts together. warm: opened early and not yet used, for one host.
        error_body: of an answer that is no success; read only to keep its connection and its words.
        transfer: longest transfer of one body, however steady it is.
        slow_rate: bytes a second below which a transfer that outlasts the deadline counts as no progress.
    """

    connect: float = 2.0
    silence: float = 4.0
    last_silence: float = 0.5
    redirects: int = 10
    retry_pause: float = 0.5
    connections: int = 64
    warm: int = 16
    error_body: int = 64 * 1024
    transfer: float = 600.0
    slow_rate: float = 4.0


class Trust(Struct, frozen=True, kw_only=True):
    """Certificate authorities besides the system's (cli.md 2); paths, or None.

    Attributes:
        ca_file: from ``--ca-file``. cert_file: from ``SSL_CERT_FILE``.
        cert_dir: from ``SSL_CERT_DIR``; several folders are separated as in PATH.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    cert_dir: str | None = None


class HttpSettings(Struct, frozen=True, kw_only=True):
    """What a run decided about its network.

    Attributes:
        deadline: seconds that questions to sources may take in all; transfers in progress do not count.
        trust: further certificate authorities.
        proxy_for: the proxy's address for a target's address, or None to go there directly.
        offline: whether every question is refused before a socket is opened.
        user_agent: sent with every request; GitHub's API demands one.
        jitter: gives a number from 0 to 1 for the pause before a retry.
    """

    deadline: float = 30.0
    trust: Trust = field(default_factory=Trust)
    proxy_for: Callable[[str], str | None] = _no_proxy
    offline: bool = False
    limits: HttpLimits = field(default_factory=HttpLimits)
    user_agent: str = f"capyctl/{__version__}"
    jitter: Callable[[], float] = _jitter
