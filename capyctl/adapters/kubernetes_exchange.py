"""One request to an API server and its whole answer: credential, TLS, timeouts, bounds and evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.http_tls import TrustError
from capyctl.adapters.kubernetes_exec import Credential, CredentialError
from capyctl.adapters.kubernetes_masking import Masking, is_object, masking
from capyctl.adapters.kubernetes_pool import ServerPool
from capyctl.adapters.kubernetes_refusal import trouble_of_write
from capyctl.adapters.kubernetes_text import plain_line
from capyctl.adapters.kubernetes_tls import CertificateError
from capyctl.adapters.kubernetes_trouble import (
    EXCHANGE_ERRORS,
    Trouble,
    trouble_of_error,
    trouble_of_status,
)
from capyctl.adapters.kubernetes_user import ClusterUser
from capyctl.core.api_reading import ApiRequest, ApiTrouble
from capyctl.core.api_writing import ApiWrite
from capyctl.core.evidence import Evidence, Outcome, Question, without_query
from capyctl.core.repr_without import repr_without
from capyctl.ports.clock import Clock
from capyctl.ports.progress import Progress
from capyctl.version import __version__

_FAILURES: tuple[type[Exception], ...] = (
    CredentialError,
    CertificateError,
    TrustError,
    *EXCHANGE_ERRORS,
)
_PIECE = 256 * 1024
_ERROR_BODY = 64 * 1024

Sendable = ApiRequest | ApiWrite


class Patience(Struct, frozen=True, kw_only=True):
    """How long one exchange may take, in seconds.

    A silent server is given half of what is left, so that one question that is lost can be put again.

    Attributes:
        left: of the run's limit for its API server. connect, silence: at most, and ``least`` even after it.
        transfer: of one body, however steady it is.
    """

    left: Callable[[], float]
    connect: float = 5.0
    silence: float = 30.0
    least: float = 1.0
    transfer: float = 300.0

    def timeout(self, silence: float) -> urllib3.Timeout:
        """For a request that goes out now and allows so much silence itself."""
        share = max(self.left() / 2, self.least)
        return urllib3.Timeout(connect=min(share, self.connect), read=min(share, self.silence, silence))


class Answer(Struct, kw_only=True):
    """What came of one request; ``trouble`` and ``absent`` say that it is no success."""

    url: str
    asked_at: str
    elapsed_ms: int = 0
    status: int | None = None
    media_type: str | None = None
    body: bytes = b""
    trouble: Trouble | None = None
    absent: bool = False
    credential_sent: bool = False
    length_known: bool = False
    retry_after: float | None = None
    warnings: tuple[str, ...] = ()
    server_time: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "body")

    def evidence(self, outcome: Outcome, failure: str | None = None) -> Evidence:
        """The exchange as evidence."""
        answered = self.status is not None
        return Evidence(
            route="cluster",
            question=Question.OBJECT,
            outcome=outcome,
            url=self.url,
            final_url=without_query(self.url) if answered else None,
            status=self.status,
            media_type=self.media_type,
            size=len(self.body) if outcome is Outcome.FOUND else None,
            as_of=self.asked_at,
            credential_sent=self.credential_sent,
            elapsed_ms=self.elapsed_ms,
            failure=failure,
        )


class Exchange(Struct, kw_only=True):
    """Sends requests to one server; safe to use from several threads.

    Attributes:
        progress: told of every question.
    """

    pool: ServerPool
    user: ClusterUser
    clock: Clock
    patience: Patience
    progress: Progress

    @property
    def address(self) -> str:
        """The server's address without credentials."""
        return self.pool.address

    def masking(self) -> Masking:
        """Masks every credential of this server that is known by now."""
        return masking(self.user.secrets() | self.pool.secrets())

    def ask(self, request: Sendable) -> Answer:
        """One request; a credential that was not accepted is renewed once where that is possible."""
        answer, credential = self._exchanged(request)
        if answer.status == 401 and credential is not None and self._renewed(credential, answer):
            answer, _ = self._exchanged(request)
        return answer

    def lines(self, request: ApiRequest) -> Iterator[bytes]:
        """The lines of an answer that goes on for long; a failure to begin is one line, a Status event.

        Raises:
            EXCHANGE_ERRORS: the stream broke off.
        """
        answer = self._begun(request)
        try:
            credential = self.user.credential()
            timeout = urllib3.Timeout(connect=self.patience.connect, read=request.silence)
            response = self._sent(request, credential, timeout)
        except _FAILURES as error:
            yield _error_line(self._trouble_of(error).reason, 0)
            return
        if response.status != 200:
            self._received(answer, response, request)
            yield _error_line(answer.trouble.reason if answer.trouble else "it is not there", response.status)
            return
        yield from _lines(response, request.limit)

    def _renewed(self, credential: Credential, answer: Answer) -> bool:
        try:
            return self.user.refused(credential)
        except CredentialError as error:
            answer.trouble = self._trouble_of(error)
            return False

    def _begun(self, request: Sendable) -> Answer:
        return Answer(url=self._url(request), asked_at=self.clock.now())

    def _exchanged(self, request: Sendable) -> tuple[Answer, Credential | None]:
        answer = self._begun(request)
        started = self.clock.monotonic()
        credential = None
        try:
            credential = self.user.credential()
            with self._watched(answer.url):
                response = self._sent(request, credential, self.patience.timeout(request.silence))
                self._received(answer, response, request)
        except _FAILURES as error:
            answer.trouble = self._trouble_of(error)
        if answer.status is not None and credential is not None:
            answer.credential_sent = bool(credential.authorization or credential.certificate)
        answer.elapsed_ms = max(0, round((self.clock.monotonic() - started) * 1000))
        return answer, credential

    @contextmanager
    def _watched(self, url: str) -> Iterator[None]:
        """Tell who watches that the server is being asked; a credential plugin at work is not the server's silence."""
        asked = urlsplit(url)
        self.progress.asking(asked.netloc, asked.path, 1)
        try:
            yield
        finally:
            self.progress.answered(asked.netloc, asked.path)

    def _url(self, request: Sendable) -> str:
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{self.address}{request.path}{query}"

    def _sent(
        self, request: Sendable, credential: Credential, timeout: urllib3.Timeout
    ) -> urllib3.BaseHTTPResponse:
        headers = {
            "Accept": request.accept,
            "Accept-Encoding": "gzip",
            "User-Agent": f"capyctl/{__version__}",
        }
        if credential.authorization is not None:
            headers["Authorization"] = credential.authorization
        body = None
        if request.body is not None:
            body = json.dumps(request.body, separators=(",", ":")).encode()
            headers["Content-Type"] = request.media_type
        pool: Any = self.pool.manager(credential.certificate)
        response: urllib3.BaseHTTPResponse = pool.urlopen(
            request.method,
            self._url(request),
            body=body,
            headers=headers,
            timeout=timeout,
            redirect=False,
            retries=False,
            preload_content=False,
        )
        return response

    def _received(self, answer: Answer, response: urllib3.BaseHTTPResponse, request: Sendable) -> None:
        """Take over the head and the whole body; the connection goes back to the pool."""
        answer.status = response.status
        masked = self.masking()
        media_type = masked.text(response.headers.get("Content-Type", ""))
        answer.media_type = plain_line(media_type.partition(";")[0], 120) or None
        answer.retry_after = _seconds(response.headers.get("Retry-After"))
        answer.warnings = tuple(
            _warning_text(masked.text(each)) for each in response.headers.getlist("Warning")
        )
        answer.server_time = _time(response.headers.get("Date"))
        answer.length_known = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        success = 200 <= response.status < 300
        limit = request.limit
        try:
            body = self._body(response, limit if success else min(limit, _ERROR_BODY), whole=success)
        except EXCHANGE_ERRORS as error:
            response.close()
            answer.trouble = trouble_of_error(error, in_body=True)
            return
        if body is None:
            response.close()
            answer.trouble = Trouble(
                kind=ApiTrouble.MALFORMED, reason=f"the answer is longer than {limit} bytes"
            )
            return
        response.release_conn()
        answer.body = body if success and is_object(body) else masked.body(body)
        if not success:
            judge = trouble_of_write if isinstance(request, ApiWrite) else trouble_of_status
            location = masked.text(response.headers.get("Location") or "")
            answer.trouble = judge(response.status, answer.media_type or "", answer.body, location or None)
            answer.absent = answer.trouble is None

    def _trouble_of(self, error: Exception) -> Trouble:
        trouble = _trouble_of(error)
        return replace(trouble, reason=self.masking().text(trouble.reason))

    def _body(self, response: urllib3.BaseHTTPResponse, limit: int, *, whole: bool) -> bytes | None:
        """The body; None where it is longer than ``limit`` and wanted whole."""
        ends = self.clock.monotonic() + self.patience.transfer
        pieces: list[bytes] = []
        size = 0
        while piece := response.read1(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                response.close()
                return None if whole else b"".join(pieces)[:limit]
            if self.clock.monotonic() > ends:
                raise TimeoutError
        return b"".join(pieces)


def _lines(response: urllib3.BaseHTTPResponse, limit: int) -> Iterator[bytes]:
    held = b""
    try:
        while piece := response.read1(_PIECE):
            *lines, held = (held + piece).split(b"\n")
            yield from (line for line in lines if line.strip())
            if len(held) > limit:
                yield _error_line(f"an event is longer than {limit} bytes", 0)
                return
    finally:
        response.close()


def _error_line(reason: str, status: int) -> bytes:
    status_object = {"kind": "Status", "message": reason, "code": status}
    return json.dumps({"type": "ERROR", "object": status_object}).encode()


def _trouble_of(error: Exception) -> Trouble:
    if isinstance(error, CredentialError):
        return Trouble(kind=ApiTrouble.CREDENTIAL, reason=str(error))
    if isinstance(error, CertificateError | TrustError):
        return Trouble(kind=ApiTrouble.CERTIFICATE, reason=plain_line(str(error)))
    return trouble_of_error(error, in_body=False)


def _seconds(text: str | None) -> float | None:
    """``Retry-After`` in seconds; a date is not used by API servers."""
    return float(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 6 else None


def _time(text: str | None) -> str | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if text else None
    except (ValueError, TypeError, OverflowError):
        return None


def _warning_text(header: str) -> str:
    """The text of ``299 - "text"``."""
    _, quote, rest = header.partition('"')
    return plain_line(rest.rpartition('"')[0] if quote else header)
