"""Artifacts into an OCI registry: blobs whole and by digest, then the manifest, byte for byte (cli.md 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from capyctl.adapters.http_kind import HTML_TYPES, is_html
from capyctl.adapters.http_origin import is_address, joined
from capyctl.adapters.oci_registry import MANIFEST_LIMIT, OciRegistry
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.pattern import pattern
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError
from capyctl.ports.fetcher import Answer
from capyctl.ports.registry import ArtifactReference, RegistryManifest

if TYPE_CHECKING:
    import requests

    from capyctl.adapters.oci_session import OciSession
    from capyctl.adapters.oci_wire import Wire

_BEGINS = frozenset({"POST"})
_REPLACES = frozenset({"PUT"})
_ACCEPTED, _CREATED = 202, 201
_SHA256 = pattern(r"sha256:[0-9a-f]{64}")


class OciTarget(Struct, frozen=True, kw_only=True):
    """Puts into a registry what ``registry`` would read from it."""

    registry: OciRegistry

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        return self.registry.digest(reference, question)

    def put_blob(self, reference: ArtifactReference, data: bytes) -> Answer[bool]:
        there = self._is_there(reference)
        if there is not None:
            return Answer(value=False, evidence=(there,))
        session, wire = self.registry.session(reference, Question.FILE, MANIFEST_LIMIT, _BEGINS)
        try:
            stored = self._upload(session, wire, reference, data)
        except FetchError:
            # The address of an upload is good for one attempt: a second begins with an address of its own.
            if not wire.waits_for_whole():
                raise
            stored = self._upload(session, wire, reference, data)
        return Answer(value=True, evidence=(stored,))

    def put_manifest(self, reference: ArtifactReference, manifest: RegistryManifest) -> Answer[str]:
        session, wire = self.registry.session(reference, Question.RELEASE, MANIFEST_LIMIT, _REPLACES)
        headers = {"Content-Type": manifest.media_type}
        stored = self.registry.ask(
            session, session.manifest_url(reference), "PUT", data=manifest.data, headers=headers
        )
        with self.registry.judging():
            _check_answer(wire, _CREATED, f"the manifest {reference.reference}")
            named = stored.headers.get("Docker-Content-Digest", "")
            evidence = _evidence(wire)
            if _SHA256().fullmatch(named) and named != manifest.digest:
                judged = evidence.judged(Outcome.BAD, "digest-differs")
                reason = f"{reference.host} stored {named} where {manifest.digest} was sent"
                raise BadAnswerError(judged, reason)
        return Answer(value=manifest.digest, evidence=(evidence,))

    def _upload(self, session: OciSession, wire: Wire, reference: ArtifactReference, data: bytes) -> Evidence:
        begun = self.registry.ask(
            session, session.uploads_url(reference), "POST", headers={"Content-Length": "0"}
        )
        with self.registry.judging():
            _check_answer(wire, _ACCEPTED, "the beginning of an upload")
            address = _upload_address(begun, reference.reference, wire)
        octets = {"Content-Type": "application/octet-stream"}
        self.registry.ask(session, address, "PUT", data=data, headers=octets)
        with self.registry.judging():
            _check_answer(wire, _CREATED, f"the bytes of {reference.reference}")
        return _evidence(wire)

    def _is_there(self, reference: ArtifactReference) -> Evidence | None:
        session, wire = self.registry.session(reference, Question.FILE, MANIFEST_LIMIT)
        try:
            self.registry.ask(session, session.blob_url(reference), "HEAD")
        except AbsentError:
            return None
        return _evidence(wire)


def _check_answer(wire: Wire, wanted: int, what: str) -> None:
    """Tell a registry's own answer to what it was sent from that of whoever else stands there.

    The distribution specification has one status for each; a sign-in page, or a front that says yes to
    everything, comes with another, and nothing was stored.

    Raises:
        BadAnswerError: it is another, with failure ``html`` or ``malformed``.
    """
    arrived = wire.arrived
    if arrived is None:
        raise TypeError("a question without an answer")
    if arrived.status == wanted:
        return
    host, media_type = urlsplit(arrived.url).netloc, arrived.evidence.media_type
    sent = f"{host}: sent {what}, and the answer"
    if media_type in HTML_TYPES or is_html(arrived.body):
        raise BadAnswerError(arrived.evidence.judged(Outcome.BAD, "html"), f"{sent} is a web page")
    reason = f"{sent} is {arrived.status}, where a registry says {wanted}: nothing shows that it was stored"
    raise BadAnswerError(arrived.evidence.judged(Outcome.BAD, "malformed"), reason)


def _upload_address(begun: requests.Response, digest: str, wire: Wire) -> str:
    """Where the registry wants the bytes; its own query stays as it is, since it may be signed.

    Raises:
        BadAnswerError: it names no address, or one without TLS.
    """
    location = begun.headers.get("Location")
    address = joined(begun.url, location) if location else None
    if address is None or not is_address(address) or urlsplit(address).scheme != "https":
        judged = _evidence(wire).judged(Outcome.BAD, "malformed")
        host = urlsplit(begun.url).netloc
        raise BadAnswerError(judged, f"{host} names no address behind TLS for an upload")
    return f"{address}{'&' if urlsplit(address).query else '?'}digest={digest}"


def _evidence(wire: Wire) -> Evidence:
    if wire.arrived is None:
        raise TypeError("a question without an answer")
    return wire.arrived.evidence
