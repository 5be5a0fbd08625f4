"""Answers that the disk cache keeps: what they are kept under, and what is kept of them (issue 6, item 1)."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from capyctl.core.evidence import Hop


class AnswerKey(Struct, frozen=True, kw_only=True):
    """What an answer is kept under; the address names source, repository, tag and file (F48).

    Attributes:
        url: the address as asked, without credentials. accept: the Accept header, which may choose the form.
        credential: ``fingerprint`` of the credential that may be sent with it; None for anonymous questions.
    """

    url: str
    accept: str = "*/*"
    credential: str | None = None

    def digest(self) -> str:
        """64 hex digits that differ where any part differs."""
        return digest_of(self.url, self.accept, self.credential)


class KeptAnswer(Struct, frozen=True, kw_only=True):
    """One answer as it was kept.

    Attributes:
        status: 200 for a body; 404 or 410 for an affirmative absence; 3xx for a redirect that was the answer.
        stored_at: RFC 3339 time in UTC when the answer came, or was last confirmed by a conditional question.
        etag, last_modified: the validators as sent by the source, or None.
        sha256: 64 hex digits of the body; size: its bytes; None where there is no body.
        location: the target of a redirect that was the answer.
        final_url, hops, media_type: as in evidence.
        headers: of the answer those that tell how a list goes on (``link``, ``x-next-page``), names in lower case.
    """

    key: AnswerKey
    status: int
    stored_at: str
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    size: int | None = None
    location: str | None = None
    final_url: str | None = None
    hops: tuple[Hop, ...] = ()
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class ReleaseFile(Struct, frozen=True, kw_only=True):
    """A file of a release, whatever route it came by.

    Attributes:
        source: kind and host, such as ``github:github.com``. repository: its name, in lower case where the
            source takes no account of case. tag, name: as published.
        credential: as in ``AnswerKey``.
    """

    source: str
    repository: str
    tag: str
    name: str
    credential: str | None = None

    def digest(self) -> str:
        """64 hex digits that differ where any part differs."""
        return digest_of(self.source, self.repository, self.tag, self.name, self.credential)


class Sighting(Struct, frozen=True, kw_only=True):
    """Bytes that were seen of a release file or a marker: their sha256 (of a marker: its value), and when."""

    value: str
    seen_at: str
    url: str | None = None


def digest_of(*parts: str | None) -> str:
    """64 hex digits over texts, each behind its length, so that no other row of texts comes to the same."""
    told = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(credential_value: str) -> str:
    """What stands for a credential in the cache: it tells two apart and gives neither away."""
    return hashlib.sha256(b"capyctl-cache\0" + credential_value.encode("utf-8", "surrogatepass")).hexdigest()[
        :32
    ]
