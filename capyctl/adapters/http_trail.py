"""What one attempt met on its way, from the first request to the last byte: the source of its evidence."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field

from capyctl.core.evidence import Evidence, Hop, Outcome, printable, without_credentials, without_query
from capyctl.core.kept_answer import KeptAnswer
from capyctl.core.pattern import pattern
from capyctl.ports.http import HttpRequest

if TYPE_CHECKING:
    from capyctl.ports.clock import Clock

_MEDIA_TYPE = pattern(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+-]{1,60}", re.ASCII)


class Trail(Struct, kw_only=True):
    """Grows while an attempt runs; ``evidence`` is a frozen view of it.

    Attributes:
        credential_sent: whether any hop was sent the credential. sent_to_this_host: whether the last one was.
    """

    request: HttpRequest
    clock: Clock
    url: str
    started: float
    hops: list[Hop] = field(default_factory=list)
    status: int | None = None
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    credential_sent: bool = False
    sent_to_this_host: bool = False

    @property
    def host(self) -> str:
        """The host that is being asked, for people."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """The head of an answer has come."""
        self.status = status
        match = _MEDIA_TYPE().match(headers.get("content-type", "").strip())
        self.media_type = match[0].lower() if match else None

    def redirected(self, target: str) -> None:
        """The answer was a redirect that is followed."""
        self.hops.append(Hop(url=printable(without_query(self.url)), status=self.status or 0))
        self.url = target

    def received(self, body: bytes) -> None:
        """The whole body has come."""
        self.size = len(body)
        self.sha256 = hashlib.sha256(body).hexdigest()

    def confirmed(self, kept: KeptAnswer) -> None:
        """The source says that what is kept still holds."""
        self.size, self.sha256 = kept.size, kept.sha256
        self.media_type = self.media_type or kept.media_type

    def evidence(self, outcome: Outcome, failure: str | None = None) -> Evidence:
        """The attempt as evidence."""
        return Evidence(
            route=self.request.route,
            question=self.request.question,
            outcome=outcome,
            url=printable(without_credentials(self.request.url)),
            final_url=printable(without_query(self.url)) if self.status is not None else None,
            hops=tuple(self.hops),
            status=self.status,
            media_type=self.media_type,
            size=self.size,
            sha256=self.sha256,
            as_of=self.clock.now(),
            credential_sent=self.credential_sent,
            elapsed_ms=max(0, round((self.clock.monotonic() - self.started) * 1000)),
            failure=failure,
        )
