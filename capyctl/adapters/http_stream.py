"""Byte streams under httpcore: TCP, TLS over any stream, and the answer stream that keeps count.

TLS runs over memory buffers, so that a timeout is about bytes on the wire. The standard socket wrapper
times out a whole TLS record: a slow line on which bytes arrive all the time would count as silent.
"""

from __future__ import annotations

import functools
import selectors
import socket
import ssl
import sys
from collections.abc import Callable
from typing import TypeVar

import httpcore

from capyctl.adapters.http_patience import Patience, seconds_of

T = TypeVar("T")
_CHUNK = 64 * 1024

if sys.platform == "win32":
    _Selector = selectors.SelectSelector
else:
    _Selector = selectors.PollSelector  # takes file descriptors of any number, and needs none itself


class SocketStream(httpcore.NetworkStream):
    """A connected TCP socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(seconds_of(timeout))
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout("no byte arrived in time") from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._socket.settimeout(seconds_of(timeout))
            self._socket.sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout("nothing was accepted in time") from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def read_now(self) -> bytes | None:
        """Bytes that are there already; None if there are none, empty at the end of the stream."""
        try:
            self._socket.setblocking(False)
            return self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def has_bytes(self) -> bool:
        """Whether bytes or the end of the stream have arrived; takes nothing, so any thread may ask."""
        try:
            with _Selector() as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                return bool(selector.select(0))
        except (OSError, ValueError):
            return True  # it was closed

    def close(self) -> None:
        self._socket.close()

    def abort(self) -> None:
        """End the connection now; a thread that waits for it wakes up."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def get_extra_info(self, info: str) -> object:
        return self._socket if info == "socket" else None


class TlsStream(httpcore.NetworkStream):
    """TLS over another stream; call ``handshake`` first."""

    def __init__(self, inner: SocketStream | TlsStream, context: ssl.SSLContext, host: str) -> None:
        self._inner = inner
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._holds_bytes = False

    def handshake(self, timeout: Callable[[], float]) -> None:
        """Agree on keys and verify the server; ``timeout`` says how long each read may wait.

        Raises:
            ssl.SSLError: the server is not who it should be, or speaks no TLS.
            httpcore.NetworkError, httpcore.TimeoutException: the stream below failed.
        """
        self._run(self._tls.do_handshake, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._run(lambda: self._tls.read(max_bytes), lambda: timeout)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""  # the framing of HTTP tells whether the answer was complete
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error
        finally:
            self._holds_bytes = bool(self._tls.pending() or self._incoming.pending)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        try:
            while view:
                written = self._run(functools.partial(self._tls.write, view), lambda: timeout)
                view = view[written:]
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error

    def read_now(self) -> bytes | None:
        """Decrypted bytes that are there already; None if there are none, empty at the end of the stream.

        Session tickets, which servers send of their own accord, are taken in and are no bytes.
        Only for who has the stream alone: TLS of one stream in two threads at once breaks it.
        """
        data = self._inner.read_now()
        if data == b"":
            return data
        self._incoming.write(data or b"")
        try:
            return self._tls.read(_CHUNK)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLError:
            return b""

    def has_bytes(self) -> bool:
        """Whether bytes or the end have arrived, or are left of what was read last; touches nothing of TLS."""
        return self._holds_bytes or self._inner.has_bytes()

    def close(self) -> None:
        self._inner.close()

    def abort(self) -> None:
        """End the connection below."""
        self._inner.abort()

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)

    def _run(self, step: Callable[[], T], timeout: Callable[[], float | None]) -> T:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush(timeout())
            except ssl.SSLError:
                self._send_alert(timeout)
                raise
            else:
                self._flush(timeout())
                return result
            data = self._inner.read(_CHUNK, timeout())
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _flush(self, timeout: float | None) -> None:
        if self._outgoing.pending:
            self._inner.write(self._outgoing.read(), timeout)

    def _send_alert(self, timeout: Callable[[], float | None]) -> None:
        """Tell the other side why, if it still listens; the failure itself is what matters."""
        try:
            self._flush(timeout())
        except (httpcore.NetworkError, httpcore.TimeoutException):
            return


class AnswerStream(httpcore.NetworkStream):
    """The stream httpcore works on: complete with tunnel and TLS, noting what happens on it."""

    def __init__(
        self, inner: SocketStream | TlsStream, *, opened_early: bool, on_close: Callable[[AnswerStream], None]
    ) -> None:
        self._inner = inner
        self._used = opened_early
        self._is_asking = False
        self._on_close = on_close

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, timeout)
        self._used = True
        if isinstance(timeout, Patience):
            timeout.received += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._is_asking = True
        if isinstance(timeout, Patience):
            timeout.reused = self._used
        if buffer:
            self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._on_close(self)
        self._inner.close()

    def abort(self) -> None:
        """End the connection at once, also for a thread that reads from it."""
        self._inner.abort()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Nothing to do: the connection was opened with TLS, by the context of this run."""
        del ssl_context, server_hostname, timeout
        return self

    def rest(self) -> None:
        """The answer is complete: what arrives from now on, nobody has asked for."""
        self._is_asking = False

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks of a stream; ``is_readable`` of one at rest means that it can be used no more.

        httpcore asks that of any connection at any time, also while another thread begins a question on it. So
        nothing is taken from the stream, and what its own question has brought is told from the rest after looking.
        """
        if info == "is_readable":
            return self._inner.has_bytes() and not self._is_asking
        return self._inner.get_extra_info(info)
