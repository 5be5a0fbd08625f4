"""Artifacts into an OCI registry: blobs whole and by digest, then the manifest, byte for byte (cli.md 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from capyctl.adapters.http_origin import is_address
from capyctl.adapters.oci_registry import MANIFEST_LIMIT, OciRegistry
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.pattern import pattern
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from capyctl.ports.fetcher import Answer
from capyctl.ports.registry import ArtifactReference, RegistryManifest

if TYPE_CHECKING:
    import requests

    from capyctl.adapters.oci_wire import Wire

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
        session, wire = self.registry.session(reference, Question.FILE, MANIFEST_LIMIT)
        begun = self.registry.ask(
            session, session.uploads_url(reference), "POST", headers={"Content-Length": "0"}
        )
        address = _upload_address(begun, reference.reference, wire)
        octets = {"Content-Type": "application/octet-stream"}
        self.registry.ask(session, address, "PUT", data=data, headers=octets)
        return Answer(value=True, evidence=(_evidence(wire),))

    def put_manifest(self, reference: ArtifactReference, manifest: RegistryManifest) -> Answer[str]:
        session, wire = self.registry.session(reference, Question.RELEASE, MANIFEST_LIMIT)
        headers = {"Content-Type": manifest.media_type}
        stored = self.registry.ask(
            session, session.manifest_url(reference), "PUT", data=manifest.data, headers=headers
        )
        named = stored.headers.get("Docker-Content-Digest", "")
        evidence = _evidence(wire)
        if _SHA256().fullmatch(named) and named != manifest.digest:
            judged = evidence.judged(Outcome.BAD, "digest-differs")
            raise BadAnswerError(judged, f"{reference.host} stored {named} where {manifest.digest} was sent")
        return Answer(value=manifest.digest, evidence=(evidence,))

    def _is_there(self, reference: ArtifactReference) -> Evidence | None:
        session, wire = self.registry.session(reference, Question.FILE, MANIFEST_LIMIT)
        try:
            self.registry.ask(session, session.blob_url(reference), "HEAD")
        except AbsentError:
            return None
        return _evidence(wire)


def _upload_address(begun: requests.Response, digest: str, wire: Wire) -> str:
    """Where the registry wants the bytes; its own query stays as it is, since it may be signed.

    Raises:
        BadAnswerError: it names no address, or one without TLS.
    """
    address = urljoin(begun.url, begun.headers.get("Location", ""))
    if not begun.headers.get("Location") or not is_address(address) or urlsplit(address).scheme != "https":
        judged = _evidence(wire).judged(Outcome.BAD, "malformed")
        host = urlsplit(begun.url).netloc
        raise BadAnswerError(judged, f"{host} names no address behind TLS for an upload")
    return f"{address}{'&' if urlsplit(address).query else '?'}digest={digest}"


def _evidence(wire: Wire) -> Evidence:
    if wire.arrived is None:
        raise TypeError("a question without an answer")
    return wire.arrived.evidence
