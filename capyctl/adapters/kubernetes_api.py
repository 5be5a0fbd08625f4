"""An API server over the connection pool of the ``kubernetes`` package; answers stay plain data (ADR 16)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.kubernetes_exchange import Answer, Exchange
from capyctl.adapters.kubernetes_text import plain_line, plain_lines
from capyctl.adapters.kubernetes_trouble import (
    EXCHANGE_ERRORS,
    Trouble,
    is_page,
    message_of,
    trouble_of_error,
)
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Reading, WatchEvent
from capyctl.core.api_writing import ApiWrite
from capyctl.core.evidence import Evidence, Outcome

_NOT_READY_TEXT = 16 * 1024

T = TypeVar("T")


class KubernetesApi(Struct, frozen=True, kw_only=True):
    """One API server; safe to use from several threads.

    Attributes:
        record: takes the evidence of every answer.
    """

    exchange: Exchange
    record: Callable[[Evidence], None]

    @property
    def address(self) -> str:
        """The server's address, safe to print."""
        return self.exchange.address

    def ask(self, request: ApiRequest) -> Reading[Mapping[str, object]]:
        """Ask once; one JSON object, complete and bounded."""
        return self._recorded(_object_of(self.exchange.ask(request)))

    def write(self, request: ApiWrite) -> Reading[Mapping[str, object]]:
        """Write once; what the server stored, or would store in a dry run."""
        return self._recorded(_object_of(self.exchange.ask(request)))

    def ask_text(self, request: ApiRequest) -> Reading[str]:
        """Ask once for plain text; a failure's reason holds the server's text with its lines."""
        answer = self.exchange.ask(request)
        answer.body = self.exchange.masking().body(answer.body)
        return self._recorded(_text_of(answer))

    def _recorded(self, reading: Reading[T]) -> Reading[T]:
        for each in reading.evidence:
            self.record(each)
        return reading

    def watch(self, request: ApiRequest) -> Iterator[WatchEvent]:
        """Events until the server or the network ends the stream."""
        lines = self.exchange.lines(request)
        try:
            for line in lines:
                event = _event(line)
                if event.type == "ERROR":
                    event = _event(self.exchange.masking().body(line))
                yield event
                if event.type == "ERROR":
                    return
        except EXCHANGE_ERRORS as error:
            trouble = trouble_of_error(error, in_body=True)
            yield _error_event(trouble.reason, None)


def _object_of(answer: Answer) -> Reading[Mapping[str, object]]:
    if answer.trouble is not None or answer.absent:
        return _reading(answer, None, _failure(answer, answer.trouble))
    found = _parsed(answer.body)
    if isinstance(found, dict):
        return _reading(answer, cast("Mapping[str, object]", found), None)
    return _reading(answer, None, _failure(answer, _unreadable(answer)))


def _text_of(answer: Answer) -> Reading[str]:
    page = is_page(answer.media_type or "", answer.body)
    failure = _failure(answer, answer.trouble)
    if failure is not None and answer.body and not page:
        said = plain_lines(answer.body[:_NOT_READY_TEXT].decode("utf-8", "replace"))
        failure = replace(failure, reason=said)
    elif failure is None and page:
        failure = _failure(answer, Trouble(kind=ApiTrouble.MALFORMED, reason=_page(answer)))
    if failure is not None or answer.absent:
        return _reading(answer, None, failure)
    return _reading(answer, answer.body.decode("utf-8", "replace"), None)


def _reading(answer: Answer, value: T | None, failure: ApiFailure | None) -> Reading[T]:
    if failure is not None:
        evidence = failure.evidence
    else:
        evidence = answer.evidence(Outcome.ABSENT if value is None else Outcome.FOUND)
    return Reading(
        evidence=(evidence,),
        value=value,
        failure=failure,
        warnings=answer.warnings,
        server_time=answer.server_time,
    )


def _failure(answer: Answer, trouble: Trouble | None) -> ApiFailure | None:
    if trouble is None:
        return None
    bad = trouble.kind in (ApiTrouble.MALFORMED, ApiTrouble.CUT)
    return ApiFailure(
        trouble=trouble.kind,
        reason=trouble.reason,
        evidence=answer.evidence(Outcome.BAD if bad else Outcome.UNAVAILABLE, trouble.kind.value),
        status=answer.status,
        retry_after=answer.retry_after,
        causes=trouble.causes,
    )


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _unreadable(answer: Answer) -> Trouble:
    """A success whose body is no JSON object: cut where nothing said its length, else no API server's answer."""
    if is_page(answer.media_type or "", answer.body):
        return Trouble(kind=ApiTrouble.MALFORMED, reason=_page(answer))
    if not answer.length_known and answer.body[:1] == b"{":
        return Trouble(kind=ApiTrouble.CUT, reason="the answer ended before it was complete")
    kind = plain_line(answer.media_type or "no media type", 80)
    return Trouble(kind=ApiTrouble.MALFORMED, reason=f"the answer is no JSON object ({kind})")


def _page(answer: Answer) -> str:
    title = message_of(answer.media_type or "", answer.body)
    return f"the answer is a web page ({title}), not the Kubernetes API's"


def _event(line: bytes) -> WatchEvent:
    found = _parsed(line)
    if (
        isinstance(found, dict)
        and isinstance(found.get("type"), str)
        and isinstance(found.get("object"), dict)
    ):
        return WatchEvent(type=found["type"], object=found["object"])
    return _error_event("an event of the watch is no JSON object", None)


def _error_event(reason: str, status: int | None) -> WatchEvent:
    return WatchEvent(type="ERROR", object={"kind": "Status", "message": reason, "code": status or 0})
