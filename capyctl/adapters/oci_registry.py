"""OCI registries: manifests, tags and blobs by the distribution specification, through ``oras``.

oras and ``requests`` are imported when the first question goes out; a run without a registry pays for neither.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.docker_credentials import DockerCredentials, LoginTroubleError
from capyctl.adapters.http_kind import HTML_TYPES, BodyError, check_kind
from capyctl.adapters.http_origin import is_host, joined
from capyctl.adapters.oci_manifest import MANIFEST_TYPES, check_manifest, media_type_of
from capyctl.core.docker_config import RegistryLogin, api_host
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.pattern import pattern
from capyctl.core.repr_without import repr_without
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import BadAnswerError, FetchError, OfflineError, UnauthorizedError
from capyctl.ports.fetcher import Answer
from capyctl.ports.http import Expect
from capyctl.ports.registry import ArtifactReference, RegistryManifest

if TYPE_CHECKING:
    import requests

    from capyctl.adapters.http_attempt import Line
    from capyctl.adapters.http_client import HttpxClient
    from capyctl.adapters.oci_session import OciSession
    from capyctl.adapters.oci_wire import Standing, Wire
    from capyctl.ports.http import EvidenceLog

ROUTE = "oci"
MANIFEST_LIMIT = 4 * 1024 * 1024
"""Most bytes of a manifest; registries themselves refuse larger ones."""

READS = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""

_TAGS_LIMIT = 100_000
_PAGES_LIMIT = 200
_PAGE_LIMIT = 8 * 1024 * 1024
_ACCEPTED = ", ".join(MANIFEST_TYPES)
_DIGEST = pattern(r"sha256:[0-9a-f]{64}")
_NEXT = pattern(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


class OciRegistry(Struct, kw_only=True):
    """Asks any registry over TLS, as ``ports.registry.Registry`` says; any number of threads may ask.

    Attributes:
        client: gives the run's HTTP client, whose line is shared; called at the first question.
        log: takes the evidence. credentials: logins by host. offline: refuse before anything is opened.
        silence: seconds of silence that are borne, where they are others than the run's.
    """

    client: Callable[[], HttpxClient]
    log: EvidenceLog
    clock: Clock
    credentials: DockerCredentials
    offline: bool = False
    silence: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _standings: dict[tuple[str, str], Standing] = field(default_factory=dict)
    _line: Line | None = None

    def __repr__(self) -> str:
        return repr_without(self, "_lock", "_standings", "_line")

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        session, wire = self.session(reference, question, MANIFEST_LIMIT)
        response = self.ask(session, session.manifest_url(reference), "HEAD", headers={"Accept": _ACCEPTED})
        stated = response.headers.get("Docker-Content-Digest", "")
        media_type = media_type_of(response.headers.get("Content-Type", ""))
        if media_type not in MANIFEST_TYPES or not _DIGEST().fullmatch(stated):
            # The header is optional in the specification; the bytes have the answer, if they are a manifest at all.
            if media_type in HTML_TYPES:
                self.log.record(_evidence(wire).judged(Outcome.BAD, "html"))
            found = self.manifest(reference, question)
            return Answer(value=found.value.digest, evidence=found.evidence)
        evidence = _evidence(wire)
        _check_same(stated, reference.reference, evidence, wire.asking.host)
        return Answer(value=stated, evidence=(*wire.rejected, evidence))

    def manifest(
        self, reference: ArtifactReference, question: Question = Question.IMAGE
    ) -> Answer[RegistryManifest]:
        session, wire = self.session(reference, question, MANIFEST_LIMIT)
        response = self.ask(session, session.manifest_url(reference), headers={"Accept": _ACCEPTED})
        data, evidence = _body(wire), _evidence(wire)
        media_type = media_type_of(response.headers.get("Content-Type", ""))
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        host, stated = wire.asking.host, response.headers.get("Docker-Content-Digest", "")
        fault = _fault(lambda: check_manifest(data, media_type))
        with self.judging():
            if fault is None or fault.failure != "html":
                # That it is a web page says more than that its digest is another.
                _check_same(digest, reference.reference, evidence, host)
                _check_same(digest, stated, evidence, host)
            if fault is not None:
                reason = f"{host}: asked for the manifest {reference.reference}, and {fault.reason}"
                raise BadAnswerError(evidence.judged(Outcome.BAD, fault.failure), reason)
        found = RegistryManifest(data=data, digest=digest, media_type=media_type)
        return Answer(value=found, evidence=(*wire.rejected, evidence))

    def tags(self, host: str, repository: str) -> Answer[tuple[str, ...]]:
        reference = ArtifactReference(host=host, repository=repository, reference="latest")
        tags: dict[str, None] = {}
        evidence: list[Evidence] = []
        url: str | None = None
        for _ in range(_PAGES_LIMIT):
            session, wire = self.session(reference, Question.VERSIONS, _PAGE_LIMIT)
            response = self.ask(session, url or session.tags_url(reference))
            evidence.append(_evidence(wire))
            with self.judging():
                tags.update(dict.fromkeys(_listed(_body(wire), evidence[-1], wire.asking.host)))
            url = _next_page(wire, response.headers)
            if url is None:
                return Answer(value=tuple(tags), evidence=tuple(evidence))
            if len(tags) > _TAGS_LIMIT:
                break
        reason = f"{host} lists more tags of {repository} than the {_TAGS_LIMIT} that are read"
        return Answer(value=tuple(tags)[:_TAGS_LIMIT], evidence=tuple(evidence), partial=reason)

    def blob(self, reference: ArtifactReference, limit: int) -> Answer[bytes]:
        session, wire = self.session(reference, Question.FILE, limit)
        self.ask(session, session.blob_url(reference))
        data, evidence = _body(wire), _evidence(wire)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        _check_same(digest, reference.reference, evidence, wire.asking.host)
        return Answer(value=data, evidence=(*wire.rejected, evidence))

    @contextmanager
    def stream(self, reference: ArtifactReference) -> Iterator[Iterator[bytes]]:
        session, wire = self.session(reference, Question.FILE, 0)
        self.ask(session, session.blob_url(reference), stream=True)
        if wire.exchange is None:
            raise TypeError("an answer without an exchange")
        try:
            yield _unwrapped(wire.exchange.pieces())
        finally:
            wire.exchange.close()

    def session(
        self, reference: ArtifactReference, question: Question, limit: int, again: frozenset[str] = READS
    ) -> tuple[OciSession, Wire]:
        """Oras for one question; ``again`` are the methods that may be sent once more by themselves.

        Raises:
            OfflineError: the run is offline; nothing was opened.
        """
        if self.offline:
            raise OfflineError(
                self._unasked(reference, question), "this run is offline; no connection was opened"
            )
        from capyctl.adapters.oci_session import OciSession  # noqa: PLC0415 - see the top
        from capyctl.adapters.oci_wire import Asking, Standing, Wire  # noqa: PLC0415 - the same

        host = api_host(reference.host)
        with self._lock:
            standing = self._standings.setdefault((host, reference.repository), Standing())
        asking = Asking(
            host=host,
            question=question,
            limit=limit,
            login=self._login(reference.host),
            standing=standing,
            again=again,
        )
        client = self.client()
        wire = Wire(self._own_line(client), self.log, client.progress, asking)
        return OciSession(wire), wire

    def _own_line(self, client: HttpxClient) -> Line:
        """The run's line; for a registry that may be silent for longer, one with a patience of its own."""
        if self.silence is None:
            return client.line
        from capyctl.adapters.http_patience import Silences  # noqa: PLC0415 - start-up budget

        with self._lock:
            if self._line is None:
                settings = client.line.settings
                limits = replace(settings.limits, silence=self.silence)
                silences = Silences(limits, self.clock)
                self._line = replace(
                    client.line, settings=replace(settings, limits=limits), silences=silences
                )
            return self._line

    def _login(self, host: str) -> RegistryLogin:
        """The login for a host; one that cannot be had is mentioned only where the registry refuses."""
        try:
            return self.credentials.login(host)
        except LoginTroubleError:
            return RegistryLogin()

    def ask(self, session: OciSession, url: str, method: str = "GET", **more: object) -> requests.Response:
        try:
            return session.do_request(url, method, **more)
        except UnauthorizedError as refused:
            raise self._explained(session, refused) from refused.__cause__

    @contextmanager
    def judging(self) -> Iterator[None]:
        """What is held against an answer that had arrived is in the run's evidence too."""
        try:
            yield
        except BadAnswerError as error:
            self.log.record(error.evidence)
            raise

    def _explained(self, session: OciSession, refused: UnauthorizedError) -> UnauthorizedError:
        """The refusal with what became of the user's login: it is the cause where it could not be had or counted."""
        try:
            login = self.credentials.login(session.hostname)
        except LoginTroubleError as trouble:
            from capyctl.adapters.oci_exchange import reworded  # noqa: PLC0415 - start-up budget

            reworded(refused, f"{refused.reason}; {trouble}")
            return refused
        answer = session.login_refused
        return refused if answer is None else _login_rejected(session.hostname, login, answer, refused)

    def _unasked(self, reference: ArtifactReference, question: Question) -> Evidence:
        url = f"https://{api_host(reference.host)}/v2/{reference.repository}/manifests/{reference.reference}"
        return Evidence(
            route=ROUTE,
            question=question,
            outcome=Outcome.UNAVAILABLE,
            url=url,
            as_of=self.clock.now(),
            failure="offline",
        )


def _login_rejected(
    host: str, login: RegistryLogin, answer: UnauthorizedError, refused: UnauthorizedError
) -> UnauthorizedError:
    """The answer to the login, in place of what the registry said to nobody in particular afterwards."""
    source, _, said = answer.reason.partition(" answered ")
    reason = f"{source} rejected the login for {host} in {login.origin}: it answered {said}"
    rejected = UnauthorizedError(answer.evidence, reason)
    rejected.login_host = host
    if answer is not refused:
        rejected.earlier = (*refused.earlier, refused.evidence)
    return rejected


def _body(wire: Wire) -> bytes:
    return wire.arrived.body if wire.arrived is not None else b""


def _evidence(wire: Wire) -> Evidence:
    if wire.arrived is None:
        raise TypeError("a question without an answer")
    return wire.arrived.evidence


def _check_same(found: str, wanted: str, evidence: Evidence, host: str) -> None:
    """Compare with the digest asked for or stated; a tag, or nothing, is no digest.

    Raises:
        BadAnswerError: they differ, with failure ``digest-differs``.
    """
    if _DIGEST().fullmatch(wanted) and found != wanted:
        judged = evidence.judged(Outcome.BAD, "digest-differs")
        raise BadAnswerError(judged, f"{host} answered with {found} where {wanted} was asked for")


def _listed(body: bytes, evidence: Evidence, host: str) -> list[str]:
    fault = _fault(lambda: check_kind(body, Expect.JSON, evidence.media_type))
    if fault is not None and fault.failure == "html":
        reason = f"{host}: asked for the list of tags, and {fault.reason}"
        raise BadAnswerError(evidence.judged(Outcome.BAD, fault.failure), reason)
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise BadAnswerError(
            evidence.judged(Outcome.BAD, "malformed"), f"{host} answered with no list of tags"
        )
    tags = record.get("tags") or []
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _fault(check: Callable[[], None]) -> BodyError | None:
    try:
        check()
    except BodyError as fault:
        return fault
    return None


def _next_page(wire: Wire, headers: Mapping[str, str]) -> str | None:
    """The next page, if it is on the same host: no registry sends us elsewhere for its own list."""
    match = _NEXT().search(headers.get("Link", ""))
    if match is None or wire.arrived is None:
        return None
    url = joined(wire.arrived.url, match[1])
    return url if url is not None and is_host(url, wire.asking.host) else None


def _unwrapped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    from capyctl.adapters.http_attempt import AttemptError  # noqa: PLC0415 - start-up budget

    try:
        yield from pieces
    except AttemptError as failed:
        error: FetchError = failed.error
        raise error from failed.__cause__
