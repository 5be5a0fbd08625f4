"""Connections that have not asked yet, over real sockets: what is counted is places, the clock is moved by hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from capyctl.adapters.bundle_callers import PLACES, Caller, Callers
from capyctl.adapters.system_clock import SystemClock

HEAD = b"GET /images.txt HTTP/1.1\r\nHost: x\r\n\r\n"


class HandClock(SystemClock):
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


class Line:
    """A listener, its callers, and clients that are closed with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.clock = HandClock()
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=256))
        self.callers = Callers(self._listener, self.clock)
        self._asking = self.callers.asking()

    def client(self, said: bytes = b"") -> socket.socket:
        connection = self._stack.enter_context(socket.create_connection(self._listener.getsockname()))
        connection.sendall(said)
        return connection

    def next(self) -> Caller:
        caller = next(self._asking)
        self._stack.callback(caller.hang_up)
        return caller

    def settle(self) -> None:
        """Everything that has come is accepted and read, for the caller that comes last is answered."""
        last = self.client(HEAD)
        assert self.next().connection.getpeername() == last.getsockname()


@contextmanager
def open_line() -> Iterator[Line]:
    with ExitStack() as stack:
        line = Line(stack)
        yield line
        line.callers.close()


@pytest.fixture
def line() -> Iterator[Line]:
    with open_line() as opened:
        yield opened


def hung_up(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_silent_clients_keep_nobody_waiting_and_the_oldest_make_room(line: Line) -> None:
    silent = [line.client(b"GET / HT" if number % 2 else b"") for number in range(PLACES + 20)]
    line.settle()
    gone = [hung_up(each) for each in silent]
    assert gone == [True] * 21 + [False] * (PLACES - 1)


def test_near_miss_as_many_as_there_are_places(line: Line) -> None:
    silent = [line.client() for _ in range(PLACES - 1)]
    line.settle()
    assert not any(hung_up(each) for each in silent)


def test_a_request_may_come_in_pieces(line: Line) -> None:
    slow = line.client(HEAD[:10])
    line.settle()
    slow.sendall(HEAD[10:-1])
    line.settle()
    slow.sendall(HEAD[-1:] + b"body")
    caller = line.next()
    assert (caller.head, caller.connection.getpeername()) == (HEAD + b"body", slow.getsockname())


@pytest.mark.parametrize("said", [b"", b"GET /", HEAD[:-1]])
def test_a_request_has_to_be_whole_in_time(line: Line, said: bytes) -> None:
    early = line.client(said)
    line.settle()
    line.clock.seconds += 6
    late = line.client(said)
    line.settle()
    if said:
        early.sendall(b"x")  # a client that says a little now and then has no more time than others
    line.clock.seconds += 6
    line.settle()
    assert (hung_up(early), hung_up(late)) == (True, False)


def test_clients_that_leave_give_their_place_back(line: Line) -> None:
    stays = line.client()
    for _ in range(PLACES + 5):
        line.client(b"GET").close()
    line.settle()
    for _ in range(PLACES - 5):
        line.client()
    line.settle()
    assert not hung_up(stays)


def test_a_head_without_an_end_is_not_read_for_ever(line: Line) -> None:
    endless = line.client(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000)
    caller = line.next()
    assert len(caller.head) == 64 * 1024 + 1
    assert caller.connection.getpeername() == endless.getsockname()


def test_a_client_that_begins_with_tls_is_not_waited_for(line: Line) -> None:
    """The clock stands: only what it said ends its wait (a ClientHello begins 16 03 01, RFC 8446 5.1)."""
    waiting = line.client(b"\x16\x03\x01\x02\x00\x01\x00")
    caller = line.next()
    assert (caller.speaks_tls, caller.connection.getpeername()) == (True, waiting.getsockname())


def test_those_who_wait_are_hung_up_on_at_the_end() -> None:
    with open_line() as line:
        waiting = line.client()
        line.settle()
        line.callers.close()
        assert hung_up(waiting)
