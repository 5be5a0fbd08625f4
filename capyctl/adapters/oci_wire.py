"""``requests`` over the run's own line: one adapter that a session sends everything through."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import requests
from msgspec import Struct
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from capyctl.adapters.http_attempt import AttemptError, Line
from capyctl.adapters.http_origin import is_host
from capyctl.adapters.http_retry import pause_before_retry
from capyctl.adapters.oci_exchange import Arrived, Exchange, Outgoing
from capyctl.adapters.oci_registry import READS
from capyctl.core.docker_config import RegistryLogin
from capyctl.core.evidence import Evidence, Question
from capyctl.core.repr_without import repr_without
from capyctl.ports.fetch_errors import UnauthorizedError
from capyctl.ports.http import EvidenceLog
from capyctl.ports.progress import Progress

_TOKEN_LIMIT = 1024 * 1024
_PASSED_ON = frozenset({"accept", "content-type", "content-range"})


class Standing(Struct, kw_only=True):
    """What a registry has granted for one repository.

    Attributes:
        token: None before the first challenge. personal: whether it was granted to a login.
    """

    token: str | None = None
    personal: bool = False

    def __repr__(self) -> str:
        return repr_without(self, "token")


class Asking(Struct, frozen=True, kw_only=True):
    """What is being asked, by whom, of whom.

    Attributes:
        host: of the registry's API. limit: most bytes of the answer. login: for this host.
        standing: shared by all questions about one repository.
        again: methods that may be sent to the registry's API once more by themselves, by the rule of retries.
    """

    host: str
    question: Question
    limit: int
    login: RegistryLogin
    standing: Standing
    again: frozenset[str]


class Wire(BaseAdapter):
    """Sends what ``requests`` prepared, over the run's own line.

    A token goes to the registry's own host, whatever address oras or the registry came by.
    """

    def __init__(self, line: Line, log: EvidenceLog, progress: Progress, asking: Asking) -> None:
        super().__init__()
        self._line = line
        self._log = log
        self._progress = progress
        self.asking = asking
        self.arrived: Arrived | None = None
        self.exchange: Exchange | None = None
        self.login_refused: UnauthorizedError | None = None
        self._met: list[Evidence] = []
        self._pause_of_whole: float | None = None

    @property
    def rejected(self) -> tuple[Evidence, ...]:
        """The answer to a login that was rejected; the question was put once more without it."""
        return (self.login_refused.evidence,) if self.login_refused is not None else ()

    def send(  # noqa: PLR0913, PLR0917 - requests' own signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer to one request: a success, or the challenge to show a token.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """
        del timeout, verify, cert, proxies
        arrived = self._asked(self._outgoing(request, stream=stream))
        if arrived.refused is not None and not self._is_challenge(arrived):
            raise arrived.refused
        self.arrived = arrived
        response = requests.Response()
        response.status_code = arrived.status
        response.headers = CaseInsensitiveDict(arrived.headers)
        response.url = arrived.url
        response.request = request
        response.raw = _Raw(arrived.body)
        return response

    def close(self) -> None:
        """The line is closed with the run."""

    def _is_challenge(self, arrived: Arrived) -> bool:
        """Only the registry itself may name its token service: elsewhere is not where the login belongs."""
        return "www-authenticate" in arrived.headers and is_host(arrived.url, self.asking.host)

    def _outgoing(self, request: requests.PreparedRequest, *, stream: bool) -> Outgoing:
        asking, url, body = self.asking, request.url or "", request.body
        content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else None
        at_home = is_host(url, asking.host)
        shown = str(request.headers.get("Authorization") or "")
        bearer = shown.startswith("Bearer ")
        is_api = at_home and urlsplit(url).path.startswith("/v2/")
        personal = asking.standing.personal if bearer else bool(shown) or (content is not None and not is_api)
        return Outgoing(
            method=request.method or "GET",
            url=url,
            question=asking.question,
            headers={
                name: str(value) for name, value in request.headers.items() if name.lower() in _PASSED_ON
            },
            limit=asking.limit if is_api else _TOKEN_LIMIT,
            authorization=shown if shown and (at_home or not bearer) else None,
            personal=personal and (at_home or not bearer),
            content=content,
            secrets=_secrets(asking),
            whole=not stream,
            again=request.method in asking.again and (is_api or request.method in READS),
        )

    def waits_for_whole(self) -> bool:
        """Wait as the rule of retries says, where what failed may be tried again with all that goes before it."""
        pause, self._pause_of_whole = self._pause_of_whole, None
        if pause is not None:
            self._wait(pause)
        return pause is not None

    def _asked(self, outgoing: Outgoing) -> Arrived:
        number = 1
        while True:
            try:
                return self._attempt(outgoing, number)
            except AttemptError as failed:
                self._met.append(failed.error.evidence)
                pause = self._pause(failed, outgoing) if number == 1 else None
                if pause is None or not outgoing.again:
                    self._pause_of_whole = pause
                    failed.error.earlier = tuple(self._met[:-1])
                    raise failed.error from failed.__cause__
            self._wait(pause)
            number += 1

    def _wait(self, pause: float) -> None:
        with self._line.budget.counting():
            self._line.clock.sleep(pause)

    def _attempt(self, outgoing: Outgoing, number: int) -> Arrived:
        place = self._log.asked()
        source, what = urlsplit(outgoing.url).hostname or "", str(outgoing.question.value)
        exchange = Exchange(self._line, outgoing)
        self._progress.asking(source, what, number)
        try:
            arrived = exchange.run()
        except AttemptError as failed:
            self._log.record(failed.error.evidence, place)
            raise
        else:
            self._log.record(arrived.evidence, place)
            self.exchange = exchange
            return arrived
        finally:
            self._progress.answered(source, what)

    def _pause(self, failed: AttemptError, outgoing: Outgoing) -> float | None:
        question = outgoing.as_question()
        return pause_before_retry(failed, question, self._line.settings, self._line.budget.left())


def _secrets(asking: Asking) -> tuple[str, ...]:
    login = asking.login
    password = base64.b64decode(login.basic or "").decode("utf-8", "replace").partition(":")[2]
    return tuple(each for each in (login.basic, password, login.identity, asking.standing.token) if each)


class _Raw:
    """The body as ``requests`` reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, _size: int, decode_content: bool = True) -> Iterator[bytes]:
        del decode_content
        yield self._body

    def close(self) -> None:
        """Nothing is held."""
