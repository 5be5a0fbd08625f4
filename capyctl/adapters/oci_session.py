"""``oras`` over the run's own line: its token protocol and its requests, without its retries and its files.

oras brings ``requests``, which would read proxies, authorities and logins from the environment. Here it gets a
session with one adapter, ``Wire``, which sends everything through ``oci_exchange``; docs/adr/0032 says why.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import oras.auth.utils  # type: ignore[import-untyped]
import oras.container  # type: ignore[import-untyped]
import oras.provider  # type: ignore[import-untyped]
import requests
from oras.auth.token import TokenAuth  # type: ignore[import-untyped]
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from capyctl.adapters.http_exchange import AttemptError, Line
from capyctl.adapters.http_origin import is_host
from capyctl.adapters.http_retry import pause_before_retry
from capyctl.adapters.oci_exchange import Arrived, Exchange, Outgoing, reworded
from capyctl.core.docker_config import RegistryLogin
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.ports.fetch_errors import BadAnswerError, FetchError, UnauthorizedError
from capyctl.ports.http import EvidenceLog
from capyctl.ports.progress import Progress
from capyctl.ports.registry import ArtifactReference

_SAFE = frozenset({"GET", "HEAD"})
_CHALLENGES = frozenset({401, 403})
_TOKEN_LIMIT = 1024 * 1024
_PASSED_ON = frozenset({"accept", "content-type", "content-range"})
_CLIENT = "capyctl"


@dataclass(slots=True, kw_only=True)
class Standing:
    """What a registry has granted for one repository.

    Attributes:
        token: None before the first challenge. personal: whether it was granted to a login.
    """

    token: str | None = field(default=None, repr=False)
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is being asked, by whom, of whom.

    Attributes:
        host: of the registry's API. limit: most bytes of the answer. login: for this host.
        standing: shared by all questions about one repository.
    """

    host: str
    question: Question
    limit: int
    login: RegistryLogin
    standing: Standing


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
        self.rejected: tuple[Evidence, ...] = ()
        self._met: list[Evidence] = []

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
        )

    def _asked(self, outgoing: Outgoing) -> Arrived:
        number = 1
        while True:
            try:
                return self._attempt(outgoing, number)
            except AttemptError as failed:
                self._met.append(failed.error.evidence)
                pause = self._pause(failed, outgoing) if number == 1 else None
                if pause is None:
                    failed.error.earlier = tuple(self._met[:-1])
                    raise failed.error from failed.__cause__
            with self._line.budget.counting():
                self._line.clock.sleep(pause)
            number += 1

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
        if outgoing.method not in _SAFE:
            return None
        request = Exchange(self._line, outgoing).trail.request
        return pause_before_retry(failed, request, self._line.settings, self._line.budget.left())


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


class Tokens(TokenAuth):  # type: ignore[misc]
    """oras's token protocol with the login that this run chose; it reads no file and starts no program."""

    def __init__(self, asking: Asking, wire: Wire) -> None:
        super().__init__()
        self._asking = asking
        self._wire = wire
        self._basic_auth = asking.login.basic or ""
        self.token = asking.standing.token
        self.prefix = "https"
        self._tls_verify = True

    def load_configs(self, container: object, configs: object = None) -> None:
        """Nothing: the login is known."""
        del container, configs

    def authenticate_request(
        self,
        original: requests.Response,
        headers: dict[str, str],
        refresh: bool = False,
    ) -> tuple[dict[str, str], bool]:
        """The headers with what the challenge wants.

        A token that was just refused is not shown again: it may be spent, or good for pulling only.

        Raises:
            FetchError: nothing can be shown, or the token service does not give a token.
        """
        shown = original.request.headers.get("Authorization")
        spent = self.token is not None and shown == f"Bearer {self.token}"
        if "bearer" not in original.headers["WWW-Authenticate"].lower():
            return {**headers, **self._basic()}, True
        authenticated: tuple[dict[str, str], bool] = super().authenticate_request(
            original, headers, refresh=refresh or spent
        )
        return authenticated

    def request_token(self, h: oras.auth.utils.authHeader) -> str:
        """A token of the service that the challenge names.

        A login that it rejects is left out in one further attempt: public data needs none.

        Raises:
            FetchError: it gives none.
        """
        realm = h.realm or ""
        if not realm.startswith("https://"):
            raise self._bad("names no token service behind TLS")
        wanted = {name: value for name, value in (("service", h.service), ("scope", h.scope)) if value}
        standing = self._asking.standing
        standing.personal = not self._asking.login.is_anonymous
        try:
            token = self._granted(realm, wanted)
        except UnauthorizedError as refused:
            if not standing.personal:
                raise
            standing.personal = False
            self._wire.rejected = (refused.evidence,)
            token = self._token_in(self.session.get(realm, params=wanted))
        standing.token = token
        return token

    def _granted(self, realm: str, wanted: dict[str, str]) -> str:
        login = self._asking.login
        if login.identity is not None:
            form = {"grant_type": "refresh_token", "refresh_token": login.identity, "client_id": _CLIENT}
            return self._token_in(self.session.post(realm, data={**wanted, **form}))
        headers = {"Authorization": f"Basic {login.basic}"} if login.basic else {}
        return self._token_in(self.session.get(realm, params=wanted, headers=headers))

    def _token_in(self, response: requests.Response) -> str:
        arrived = self._wire.arrived
        if response.status_code in _CHALLENGES and arrived is not None and arrived.refused is not None:
            raise arrived.refused
        try:
            record = response.json()
        except (ValueError, RecursionError) as error:
            raise self._bad("gave no token, but something that is no JSON") from error
        found = record.get("token") or record.get("access_token") if isinstance(record, dict) else None
        if not isinstance(found, str) or not (found.isascii() and found.isprintable()):
            raise self._bad("gave no token that a header can carry")
        return found

    def _basic(self) -> dict[str, str]:
        arrived = self._wire.arrived
        if not self._asking.login.basic and arrived is not None and arrived.refused is not None:
            raise arrived.refused
        return {"Authorization": f"Basic {self._asking.login.basic}"}

    def _bad(self, words: str) -> BadAnswerError:
        arrived = self._wire.arrived
        if arrived is None:
            raise TypeError("a token was asked for before anything was answered")
        host = urlsplit(arrived.url).netloc
        return BadAnswerError(arrived.evidence.judged(Outcome.BAD, "malformed"), f"{host} {words}")


class OciSession(oras.provider.Registry):  # type: ignore[misc]
    """oras's registry for one question."""

    def __init__(self, wire: Wire) -> None:
        _hush()
        super().__init__(hostname=wire.asking.host)
        self.session.trust_env = False
        self.session.adapters.clear()
        self.session.mount("https://", wire)
        self.auth = Tokens(wire.asking, wire)
        self.auth.session = self.session
        self._wire = wire

    def manifest_url(self, reference: ArtifactReference) -> str:
        """The address of the manifest."""
        return f"https://{_container(self.hostname, reference).manifest_url()}"

    def blob_url(self, reference: ArtifactReference) -> str:
        """The address of the blob with this digest."""
        container = _container(self.hostname, reference)
        return f"https://{container.get_blob_url(reference.reference)}"

    def uploads_url(self, reference: ArtifactReference) -> str:
        """Where an upload to the repository begins."""
        return f"https://{_container(self.hostname, reference).upload_blob_url()}"

    def tags_url(self, reference: ArtifactReference) -> str:
        """The address of the first page of the repository's tags."""
        return f"https://{_container(self.hostname, reference).tags_url()}"

    # Without oras's own five attempts and its sleeps of minutes: this run has one rule for all sources.
    _once = oras.provider.Registry.do_request.__wrapped__

    def do_request(self, url: str, method: str = "GET", **more: object) -> requests.Response:
        """One question, the token protocol included.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """
        response: requests.Response = self._once(url, method, **more)
        arrived = self._wire.arrived
        if arrived is not None and arrived.refused is not None:
            raise _unseen(arrived.refused)
        return response


def _container(host: str, reference: ArtifactReference) -> oras.container.Container:
    """Oras's name of an artifact, its parts set one by one: it would guess at a host without a dot."""
    container = oras.container.Container("named")
    namespace, _, repository = reference.repository.rpartition("/")
    container.registry, container.namespace, container.repository = host, namespace, repository
    container.tag, container.digest = reference.reference, None
    return container


def _unseen(refused: FetchError) -> FetchError:
    """The refusal that stays after every token: a registry does not tell "not there" from "not for you"."""
    if refused.evidence.credential_sent:
        return refused
    return reworded(refused, f"{refused.reason}; it does not exist there, or wants a login")


def _hush() -> None:
    """What oras would write to stderr is in our errors and evidence already."""
    logger = logging.getLogger("oras.logger")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
