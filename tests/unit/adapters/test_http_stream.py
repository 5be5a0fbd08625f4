"""What httpcore sees of a connection that another thread may be using at the same time."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme
from msgspec import Struct

from capyctl.adapters.http_stream import AnswerStream, SocketStream, TlsStream

HANG = 30.0
HOST = "forge.test"


class Line(Struct):
    """A TLS connection over a real socket: the stream under test, its socket, and the server's end."""

    stream: AnswerStream
    ours: socket.socket
    server: ssl.SSLSocket

    def arrived(self) -> None:
        """Return once bytes, or the end, have arrived on our side."""
        assert select.select([self.ours], [], [], HANG)[0]

    @property
    def is_readable(self) -> object:
        return self.stream.get_extra_info("is_readable")


@pytest.fixture
def line() -> Iterator[Line]:
    authority = trustme.CA()
    accepting, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    accepting.num_tickets = 0
    authority.issue_cert(HOST).configure_cert(accepting)
    authority.configure_trust(trusting)
    ours, theirs = socket.socketpair()
    theirs.settimeout(HANG)
    secured: list[ssl.SSLSocket] = []
    accepts = threading.Thread(target=lambda: secured.append(accepting.wrap_socket(theirs, server_side=True)))
    accepts.start()
    inner = TlsStream(SocketStream(ours), trusting, HOST)
    inner.handshake(lambda: HANG)
    accepts.join(HANG)
    stream = AnswerStream(inner, opened_early=False, on_close=lambda _stream: None)
    with ours, secured[0]:
        yield Line(stream=stream, ours=ours, server=secured[0])


def test_a_look_from_another_thread_takes_nothing_of_an_answer(line: Line) -> None:
    line.stream.write(b"ask", HANG)
    line.server.sendall(b"answer")
    line.arrived()
    assert line.is_readable is False, "it would be closed under the question's own thread"
    assert line.stream.read(100, HANG) == b"answer"


def test_a_connection_at_rest_is_kept_while_nothing_arrives(line: Line) -> None:
    line.stream.write(b"ask", HANG)
    line.server.sendall(b"answer")
    line.stream.read(100, HANG)
    line.stream.rest()
    assert line.is_readable is False


def test_what_arrives_at_rest_was_not_asked_for(line: Line) -> None:
    line.stream.rest()
    line.server.sendall(b"unasked")
    line.arrived()
    assert line.is_readable is True


def test_what_was_left_of_the_last_record_was_not_asked_for(line: Line) -> None:
    line.stream.write(b"ask", HANG)
    line.server.sendall(b"answer and more")
    assert line.stream.read(6, HANG) == b"answer"
    line.stream.rest()
    assert line.is_readable is True


def test_a_connection_that_the_server_closed_is_used_no_more(line: Line) -> None:
    line.stream.rest()
    line.server.close()
    line.arrived()
    assert line.is_readable is True
    assert line.stream.read(1, HANG) == b""


def test_a_connection_that_was_closed_here_is_used_no_more(line: Line) -> None:
    line.stream.close()
    assert line.is_readable is True
