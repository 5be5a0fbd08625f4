"""Opening connections: several addresses, names that hang, and what each failure is called."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing

import httpcore
import pytest

from capyctl.adapters.http_dialer import Dialer, OpenError, Target, failure_of, open_error
from capyctl.adapters.http_failure import Moment, failure_from
from capyctl.adapters.http_openings import Openings
from capyctl.adapters.http_stream import SocketStream
from capyctl.adapters.http_tls import TrustError
from capyctl.adapters.http_tunnel import Proxy, TunnelError
from capyctl.adapters.system_clock import SystemClock
from capyctl.ports.fetch_errors import TimedOutError

Found = list[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]]


def dialer(limit: float = 60.0) -> Dialer:
    def no_context() -> ssl.SSLContext:
        raise AssertionError("plain connections need no TLS")

    return Dialer(clock=SystemClock(), limit=limit, context=no_context)


def ports(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """Let every name have several addresses: loopback with these ports."""
    found: Found = [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", number))
        for number in numbers
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def test_the_next_address_is_tried_when_one_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ports(monkeypatch, closed_port(), server.getsockname()[1])
        with closing(dialer().dial(Target(host="h", port=1, tls=False), lambda _step: None)) as stream:
            assert isinstance(stream, SocketStream)


def test_the_last_refusal_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    ports(monkeypatch, closed_port(), closed_port())
    with pytest.raises(OpenError) as caught:
        dialer().dial(Target(host="h", port=1, tls=False), lambda _step: None)
    assert caught.value.failure == "refused"


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody answers questions for names while the test runs."""
    gate = threading.Event()

    def hang(*_args: object, **_more: object) -> Found:
        gate.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield
    gate.set()


@pytest.mark.usefixtures("no_names")
def test_a_name_that_is_never_resolved_ends_with_the_limit() -> None:
    openings = Openings(dialer(limit=0.1), warm_limit=1)
    with pytest.raises(OpenError) as caught:
        openings.connect(Target(host="h", port=1, tls=False), lambda: 60.0)
    assert (caught.value.failure, caught.value.patience) == ("dns", None)
    assert "0.1 s" in caught.value.reason


@pytest.mark.usefixtures("no_names")
def test_who_can_wait_no_longer_is_not_told_the_limit() -> None:
    """Not the source was slow by its own measure: what ended is the patience, and its number is said."""
    openings = Openings(dialer(limit=60.0), warm_limit=1)
    with pytest.raises(OpenError) as caught:
        openings.connect(Target(host="h", port=1, tls=False), lambda: 0.1)
    assert (caught.value.failure, caught.value.patience) == ("dns", 0.1)
    assert "60" not in caught.value.reason
    spent, left = (Moment(host="h", in_transfer=False, received=0, deadline_left=each) for each in (0, 9))
    failure = failure_from(caught.value, spent)
    assert (failure.kind, failure.word) == (TimedOutError, "deadline")
    assert "0.1 s" in failure.reason
    assert failure_from(caught.value, left).word == "dns"


def test_no_more_than_the_limit_is_opened_early() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = Target(host="127.0.0.1", port=server.getsockname()[1], tls=False)
        openings = Openings(dialer(), warm_limit=2)
        for _ in range(5):
            openings.open_early(target)
        accepted = [server.accept()[0] for _ in range(2)]
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()
        openings.close()
        for connection in accepted:
            connection.close()


def test_nothing_is_opened_for_threads_that_outlive_their_run() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = Target(host="127.0.0.1", port=server.getsockname()[1], tls=False)
        openings = Openings(dialer(), warm_limit=1)
        openings.close()
        openings.open_early(target)
        with pytest.raises(OpenError) as caught:
            openings.connect(target, lambda: 60.0)
        assert caught.value.failure == "reset"
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_connection_that_is_ready_after_the_end_of_its_run_is_closed() -> None:
    """Its taker has waited for it beside the thread that ended the run."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = Target(host="127.0.0.1", port=server.getsockname()[1], tls=False)
        openings = Openings(dialer(), warm_limit=1)

        def patience_that_outlives_the_run() -> float:
            openings.close()
            return 60.0

        with pytest.raises(OpenError) as caught:
            openings.connect(target, patience_that_outlives_the_run)
        assert caught.value.failure == "reset"
        with closing(server.accept()[0]) as accepted:
            accepted.settimeout(60)
            assert accepted.recv(1) == b""


PLAIN = Target(host="h", port=443, tls=True)
BEHIND = Target(host="h", port=443, tls=True, proxy=Proxy(scheme="http", host="p", port=3128))
FORWARDING = Target(host="p", port=3128, tls=False, forwards=True)


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (socket.gaierror(-2, "Name or service not known"), "dns"),
        (UnicodeError("label too long"), "dns"),
        (ConnectionRefusedError(), "refused"),
        (OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH)), "refused"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "reset"),
        (TimeoutError(), "connect-timeout"),
        (httpcore.ReadTimeout("x"), "connect-timeout"),
        (httpcore.ReadError("x"), "reset"),
        (ssl.SSLCertVerificationError("x"), "tls"),
        (ssl.SSLError("x"), "tls"),
        (ssl.SSLEOFError("x"), "reset"),
    ],
)
def test_words(error: Exception, word: str) -> None:
    assert failure_of(error) == word
    assert open_error(error, PLAIN, "h:443", connected=True).failure == word


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (407, "proxy"),
        (403, "proxy"),
        (500, "proxy"),
        (None, "proxy"),
        (502, "refused"),
        (503, "refused"),
        (504, "connect-timeout"),
    ],
)
def test_a_gateways_failure_is_the_sources_and_a_no_is_the_proxys(status: int | None, word: str) -> None:
    assert open_error(TunnelError(status), BEHIND, "p:3128", connected=True).failure == word


def test_failing_to_reach_a_proxy_is_the_proxys() -> None:
    refused = ConnectionRefusedError()
    assert open_error(refused, BEHIND, "p:3128", connected=False).failure == "proxy"
    assert open_error(refused, BEHIND, "p:3128", connected=True).failure == "refused"
    assert open_error(refused, FORWARDING, "p:3128", connected=False).failure == "proxy"


def test_unusable_authorities_are_named() -> None:
    error = open_error(TrustError("/x.pem", "it cannot be read"), PLAIN, "h:443", connected=True)
    assert (error.failure, "/x.pem" in error.reason) == ("tls", True)


def test_an_ipv6_target_has_brackets() -> None:
    assert Target(host="::1", port=443, tls=True).name == "[::1]:443"
