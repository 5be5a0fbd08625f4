"""``oras`` over the run's own line: its token protocol and its requests, without its retries and its files.

oras brings ``requests``, which would read proxies, authorities and logins from the environment. Here it gets a
session with one adapter, ``oci_wire.Wire``, which sends everything through ``oci_exchange`` (docs/adr/0032).
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import oras.auth.utils  # type: ignore[import-untyped]
import oras.container  # type: ignore[import-untyped]
import oras.provider  # type: ignore[import-untyped]
import requests
from oras.auth.token import TokenAuth  # type: ignore[import-untyped]

from capyctl.adapters.http_origin import is_address
from capyctl.adapters.oci_exchange import Arrived, reworded
from capyctl.adapters.oci_wire import Asking, Wire
from capyctl.core.evidence import Outcome
from capyctl.ports.fetch_errors import BadAnswerError, FetchError, UnauthorizedError
from capyctl.ports.registry import ArtifactReference

_CHALLENGES = frozenset({401, 403})
_CLIENT = "capyctl"


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
        if not realm.startswith("https://") or not is_address(realm):
            raise self._bad("names no token service behind TLS")
        if "@" in realm.removeprefix("https://").partition("/")[0]:  # requests would send that login
            raise self._bad("names a token service with a login in its address")
        wanted = {name: value for name, value in (("service", h.service), ("scope", h.scope)) if value}
        standing = self._asking.standing
        standing.personal = not self._asking.login.is_anonymous
        try:
            token = self._granted(realm, wanted)
        except UnauthorizedError as refused:
            if not standing.personal:
                raise
            standing.personal = False
            self._wire.login_refused = refused
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
            self._note_login(arrived)
            raise _unseen(arrived.refused)
        return response

    @property
    def login_refused(self) -> UnauthorizedError | None:
        """The answer to the user's login where it was rejected, by the registry itself or by its token service."""
        return self._wire.login_refused

    def _note_login(self, arrived: Arrived) -> None:
        """Without a token service the registry judges the login itself; 403 is for one that it knows."""
        refused, challenge = arrived.refused, arrived.headers.get("www-authenticate", "")
        is_judged = arrived.status == 401 and arrived.evidence.credential_sent
        if is_judged and "bearer" not in challenge.lower() and isinstance(refused, UnauthorizedError):
            self._wire.login_refused = refused


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
