"""The loopback ports of tests: once stopped, no thread is left behind in ``accept``."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.plugins.listening import Listening


def test_a_stopped_port_has_no_thread_and_takes_no_connection() -> None:
    before = set(threading.enumerate())
    served = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.close()
        served.set()

    listening = Listening(serve)
    (accepting,) = set(threading.enumerate()) - before
    socket.create_connection(("127.0.0.1", listening.port)).close()
    assert served.wait(60)
    listening.stop()
    listening.stop()
    assert not accepting.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", listening.port))
