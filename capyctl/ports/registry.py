"""An OCI registry as capyctl reads it: manifests by tag or digest, tags, blobs in pieces (cli.md 7.4, 7.5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct

from capyctl.core.evidence import Question
from capyctl.ports.fetcher import Answer


class ArtifactReference(Struct, frozen=True, kw_only=True):
    """A manifest in a registry.

    Attributes:
        host: ``HOST[:PORT]`` of the registry's API (``registry-1.docker.io`` for Docker Hub).
        repository: its path, such as ``kindest/node``. reference: a tag, or a digest ``sha256:…``.
    """

    host: str
    repository: str
    reference: str


class RegistryManifest(Struct, frozen=True, kw_only=True):
    """A manifest: its bytes, its digest (``sha256:…``, of these bytes) and its media type."""

    data: bytes
    digest: str
    media_type: str


class Registry(Protocol):
    """Asks a registry over TLS, with an anonymous token or what the user's docker configuration has for it.

    Every question leaves its evidence (route ``oci``) in the run's transcript.
    """

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        """The digest of a manifest, asked with HEAD.

        Raises:
            FetchError: absent (404, or a repository nobody may see), unavailable or bad, with evidence.
        """

    def manifest(
        self, reference: ArtifactReference, question: Question = Question.IMAGE
    ) -> Answer[RegistryManifest]:
        """The manifest itself, bounded and checked against the digest asked for.

        Raises:
            FetchError: as for ``digest``; a BadAnswerError naming the digest where the bytes are others.
        """

    def tags(self, host: str, repository: str) -> Answer[tuple[str, ...]]:
        """Every tag of a repository, all pages, bounded.

        Raises:
            FetchError: as for ``digest``.
        """

    def blob(self, reference: ArtifactReference, limit: int) -> Answer[bytes]:
        """A blob by its digest, whole, at most ``limit`` bytes, checked.

        Raises:
            FetchError: as for ``manifest``.
        """

    def stream(self, reference: ArtifactReference) -> AbstractContextManager[Iterator[bytes]]:
        """A blob by its digest in pieces as they come, so that a reader may stop early; not checked.

        Raises:
            FetchError: as for ``digest``; also while it is read.
        """


class RegistryTarget(Protocol):
    """Puts artifacts into a registry, with the login that the user's docker configuration has for it."""

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        """As ``Registry.digest``.

        Raises:
            FetchError: as there.
        """

    def put_blob(self, reference: ArtifactReference, data: bytes) -> Answer[bool]:
        """Store a blob under its digest, unless it is there; whether it was sent.

        Raises:
            FetchError: absent (no such place), unavailable or bad, with evidence; nothing is half-stored.
        """

    def put_manifest(self, reference: ArtifactReference, manifest: RegistryManifest) -> Answer[str]:
        """Store a manifest under a tag, once its blobs are there; the digest that the registry gave it.

        Raises:
            FetchError: as for ``put_blob``; a BadAnswerError where the registry names another digest.
        """
