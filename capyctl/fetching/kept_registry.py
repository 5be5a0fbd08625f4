"""Registries with a memory: one question a run, and on disk what a run without network can answer from (ADR 32).

A manifest is asked for in every run with network, since its tag may have moved; the blobs that it names are
what they are, and those that are kept are not asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from msgspec import Struct, field

from capyctl.core.evidence import CACHE_ROUTE, Evidence, Outcome, Question
from capyctl.core.kept_answer import AnswerKey, KeptAnswer
from capyctl.fetching.memoized import SingleFlight
from capyctl.ports.cache import Cache
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import OfflineError
from capyctl.ports.fetcher import Answer
from capyctl.ports.http import EvidenceLog
from capyctl.ports.registry import ArtifactReference, Registry, RegistryManifest

MarkOf = Callable[[str], str | None]
"""The fingerprint of the login that is configured for a host, or None: private answers are kept apart by it."""


class MemoizedRegistry(Struct, frozen=True, kw_only=True):
    """A registry that is asked once for each manifest and each blob, whoever asks."""

    inner: Registry
    _manifests: SingleFlight[ArtifactReference, Answer[RegistryManifest]] = field(
        default_factory=SingleFlight
    )
    _blobs: SingleFlight[tuple[ArtifactReference, int], Answer[bytes]] = field(default_factory=SingleFlight)

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        return self.inner.digest(reference, question)

    def manifest(
        self, reference: ArtifactReference, question: Question = Question.IMAGE
    ) -> Answer[RegistryManifest]:
        return self._manifests.get(reference, lambda: self.inner.manifest(reference, question))

    def tags(self, host: str, repository: str) -> Answer[tuple[str, ...]]:
        return self.inner.tags(host, repository)

    def blob(self, reference: ArtifactReference, limit: int) -> Answer[bytes]:
        return self._blobs.get((reference, limit), lambda: self.inner.blob(reference, limit))

    def stream(self, reference: ArtifactReference) -> AbstractContextManager[Iterator[bytes]]:
        return self.inner.stream(reference)


class KeepingRegistry(Struct, frozen=True, kw_only=True):
    """A registry whose manifests and blobs are kept on disk; blobs that are kept are not asked for again."""

    inner: Registry
    cache: Cache
    clock: Clock
    mark_of: MarkOf

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        return self.inner.digest(reference, question)

    def manifest(
        self, reference: ArtifactReference, question: Question = Question.IMAGE
    ) -> Answer[RegistryManifest]:
        answer = self.inner.manifest(reference, question)
        # What came without the login is anybody's.
        sent = answer.evidence[-1].credential_sent
        self._keep(key_of(reference, self.mark_of(reference.host) if sent else None), answer.value)
        return answer

    def tags(self, host: str, repository: str) -> Answer[tuple[str, ...]]:
        return self.inner.tags(host, repository)

    def blob(self, reference: ArtifactReference, limit: int) -> Answer[bytes]:
        kept = self.cache.body(reference.reference.partition(":")[2])
        if kept is not None and len(kept) <= limit:
            return Answer(value=kept, evidence=())
        answer = self.inner.blob(reference, limit)
        self.cache.keep_body(answer.value)
        return answer

    def stream(self, reference: ArtifactReference) -> AbstractContextManager[Iterator[bytes]]:
        return self.inner.stream(reference)

    def _keep(self, key: AnswerKey, found: RegistryManifest) -> None:
        answer = KeptAnswer(
            key=key,
            status=200,
            stored_at=self.clock.now(),
            sha256=found.digest.partition(":")[2],
            size=len(found.data),
            media_type=found.media_type,
        )
        self.cache.keep(answer, found.data)


class KeptRegistry(Struct, frozen=True, kw_only=True):
    """What is kept of registries, without any network: the same answers, of the route ``cache``."""

    cache: Cache
    log: EvidenceLog
    mark_of: MarkOf

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        answer = self.manifest(reference, question)
        return Answer(value=answer.value.digest, evidence=answer.evidence)

    def manifest(
        self, reference: ArtifactReference, question: Question = Question.IMAGE
    ) -> Answer[RegistryManifest]:
        marks = dict.fromkeys((self.mark_of(reference.host), None))
        found = (self.cache.find(key_of(reference, mark)) for mark in marks)
        kept = next((each for each in found if each is not None), None)
        data = self.cache.body(kept.sha256) if kept is not None and kept.sha256 is not None else None
        if kept is None or data is None:
            raise _not_kept(reference, question)
        evidence = Evidence(
            route=CACHE_ROUTE,
            question=question,
            outcome=Outcome.FOUND,
            url=kept.key.url,
            status=kept.status,
            media_type=kept.media_type,
            size=kept.size,
            sha256=kept.sha256,
            as_of=kept.stored_at,
        )
        self.log.record(evidence)
        manifest = RegistryManifest(
            data=data, digest=f"sha256:{kept.sha256}", media_type=kept.media_type or ""
        )
        return Answer(value=manifest, evidence=(evidence,))

    def tags(self, host: str, repository: str) -> Answer[tuple[str, ...]]:
        raise _not_kept(
            ArtifactReference(host=host, repository=repository, reference="latest"), Question.VERSIONS
        )

    def blob(self, reference: ArtifactReference, limit: int) -> Answer[bytes]:
        kept = self.cache.body(reference.reference.partition(":")[2])
        if kept is None or len(kept) > limit:
            raise _not_kept(reference, Question.FILE)
        return Answer(value=kept, evidence=())

    def stream(self, reference: ArtifactReference) -> AbstractContextManager[Iterator[bytes]]:
        raise _not_kept(reference, Question.FILE)


def key_of(reference: ArtifactReference, mark: str | None) -> AnswerKey:
    """What a manifest is kept under."""
    return AnswerKey(url=_address(reference), credential=mark)


def _address(reference: ArtifactReference) -> str:
    joint = "@" if ":" in reference.reference else ":"
    return f"oci://{reference.host}/{reference.repository}{joint}{reference.reference}"


def _not_kept(reference: ArtifactReference, question: Question) -> OfflineError:
    url = _address(reference)
    evidence = Evidence(
        route=CACHE_ROUTE, question=question, outcome=Outcome.UNAVAILABLE, url=url, failure="offline"
    )
    return OfflineError(evidence, f"the run is offline, and the disk cache does not hold {url}")
