"""HTTP/1.1 on one connection, with h11 (extra ``lab``): reads questions, sends deliveries or breaks off."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import h11

from capyctl.lab.exchange import Question
from capyctl.lab.fault_book import Delivery, Ending

_CHUNK = 64 * 1024
_LARGEST_REQUEST_BODY = 1024 * 1024
_PACES_A_SECOND = 20


class Wire:
    """One connection on which questions are answered until either side ends it."""

    def __init__(
        self, channel: socket.socket, *, host: str, stopping: threading.Event, received: bytes = b""
    ) -> None:
        self._channel = channel
        self._host = host
        self._stopping = stopping
        self._http = h11.Connection(h11.SERVER)
        if received:
            self._http.receive_data(received)

    def questions(self, scheme: str) -> Iterator[Question]:
        """Requests as they come; ends when the client has gone or spoke no HTTP."""
        while True:
            request = self._next_request()
            if request is None:
                return
            yield self._question(request, scheme)
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    def send(self, question: Question, delivery: Delivery) -> int:
        """Send one delivery; the bytes of body that left.

        Raises:
            OSError: the client has gone.
        """
        if delivery.ending is Ending.NEVER:
            self._stopping.wait()
            return 0
        self._stopping.wait(delivery.delay)
        if not delivery.has_head:
            self._break_off(delivery.ending)
            return 0
        body = b"" if question.method == "HEAD" else delivery.reply.body
        self._send_head(delivery)
        leaving = body if delivery.cut is None else body[: delivery.cut]
        self._send_body(leaving, delivery.rate)
        if delivery.ending is Ending.WHOLE:
            self._channel.sendall(self._http.send(h11.EndOfMessage()) or b"")
        else:
            self._break_off(delivery.ending)
        return len(leaving)

    def _send_head(self, delivery: Delivery) -> None:
        reply = delivery.reply
        headers = [(name, value) for name, value in reply.headers.items() if name.lower() != "content-length"]
        if reply.status != 304:
            headers.append(("content-length", str(len(reply.body))))
        response = h11.Response(status_code=reply.status, headers=headers)
        self._channel.sendall(self._http.send(response) or b"")

    def _send_body(self, body: bytes, rate: int) -> None:
        step = max(1, rate // _PACES_A_SECOND) if rate else _CHUNK
        for start in range(0, len(body), step):
            if rate and self._stopping.wait(1 / _PACES_A_SECOND):
                return
            self._channel.sendall(self._http.send(h11.Data(data=body[start : start + step])) or b"")

    def _break_off(self, ending: Ending) -> None:
        reset(self._channel) if ending is Ending.RESET else self._channel.close()
        self._http.send_failed()

    def _next_request(self) -> h11.Request | None:
        request: h11.Request | None = None
        body = 0
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(self._channel.recv(_CHUNK))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += len(event.data)
                if body > _LARGEST_REQUEST_BODY:
                    return None
            elif isinstance(event, h11.EndOfMessage):
                return request
            else:
                return None

    def _question(self, request: h11.Request, scheme: str) -> Question:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        target = request.target.decode("latin-1")
        host = headers.get("host", self._host)
        # What a client asks of a proxy without a tunnel has the whole address for a target.
        if target.startswith("http://"):
            host, slash, rest = target.removeprefix("http://").partition("/")
            target = slash + rest or "/"
        return Question(
            method=request.method.decode("latin-1"),
            host=host.rpartition("@")[2].partition(":")[0].lower(),
            target=target,
            headers=headers,
            scheme=scheme,
        )


def reset(channel: socket.socket) -> None:
    """Close with a reset instead of a farewell."""
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    channel.close()
