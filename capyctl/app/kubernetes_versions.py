"""Markers into versions: each asked once, compared with what was recorded before (cli.md 7.4, issue 6 item 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from capyctl.app.marker_diagnostics import (
    about_drift,
    about_failure,
    about_kept_value,
    about_publication,
    about_series,
)
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.invocation import Invocation
from capyctl.core.kept_answer import Sighting
from capyctl.core.lock import LOCK_NAME, Lock
from capyctl.core.node_image import is_ever_published
from capyctl.core.release_marker import ReleaseMarker, ReleaseVersion, marker_subject
from capyctl.ports.cache import Cache
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.fetcher import Answer
from capyctl.ports.release_markers import ReleaseMarkers, ResolvedMarker


class VersionQuestion(Struct, frozen=True, kw_only=True):
    """A marker or an exact version.

    Attributes:
        name: the variable that holds it, where it came from one. marker: what stands for it in the answer,
            where that is not what is asked.
    """

    asked: ReleaseMarker | ReleaseVersion
    name: str | None = None
    marker: str | None = None


class ResolvedVersion(Struct, frozen=True, kw_only=True):
    """What became of one question.

    Attributes:
        marker: as asked. version: None where it could not be resolved.
        resolved_at: RFC 3339 time of the answer; url: the address asked. Both None for an exact version, which
            is its own answer.
    """

    marker: str
    name: str | None = None
    version: str | None = None
    resolved_at: str | None = None
    url: str | None = None


class MarkerRecords(Struct, frozen=True, kw_only=True):
    """What answers of a server are compared with.

    Attributes:
        lock: of the current folder, with the name of its file; None where there is none.
        cache: what this machine got last, or None.
    """

    lock: Lock | None = None
    lock_name: str = LOCK_NAME
    cache: Cache | None = None


class VersionResolver(Struct, kw_only=True):
    """Resolves questions one after the other, and collects what is to be said.

    Attributes:
        markers: where markers are asked; offline and locked runs have records there.
        records: what answers are compared with and kept in; None where they do not come from a server.
        is_kept: whether ``markers`` answers with what this machine got last.
    """

    markers: ReleaseMarkers
    clock: Clock
    invocation: Invocation
    records: MarkerRecords | None = None
    is_kept: bool = False
    said: list[Diagnostic] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)

    def resolve(self, questions: Sequence[VersionQuestion]) -> tuple[ResolvedVersion, ...]:
        """The answers in the order of the questions; a marker that several ask for is asked once."""
        return tuple(self._one(question) for question in questions)

    def _one(self, question: VersionQuestion) -> ResolvedVersion:
        asked = question.asked
        if isinstance(asked, ReleaseVersion):
            return ResolvedVersion(
                marker=question.marker or asked.text, name=question.name, version=asked.text
            )
        is_first = asked.text not in self._told
        self._told.add(asked.text)
        try:
            answer = self.markers.resolve(asked)
        except FetchError as error:
            self.said += about_failure(asked, error, self.invocation) if is_first else ()
            return ResolvedVersion(marker=asked.text, name=question.name)
        found = answer.value
        if is_first:
            self.said += self._remarks(answer)
        return ResolvedVersion(
            marker=asked.text,
            name=question.name,
            version=found.version.text,
            resolved_at=found.resolved_at,
            url=found.url,
        )

    def _remarks(self, answer: Answer[ResolvedMarker]) -> Iterator[Diagnostic]:
        found, as_of = answer.value, answer.evidence[-1].as_of
        if self.records is not None:
            yield from self._drift(answer, self.records)
        if self.is_kept and as_of is not None:
            yield about_kept_value(found, as_of, self.clock.now())
        if found.is_of_another_series:
            yield about_series(answer, self.invocation)
        if not is_ever_published(found.version):
            yield about_publication(found)

    def _drift(self, answer: Answer[ResolvedMarker], records: MarkerRecords) -> Iterator[Diagnostic]:
        found = answer.value
        locked = records.lock.marker(found.marker.text) if records.lock is not None else None
        if locked is not None and locked.version != found.version.text:
            before = Sighting(value=locked.version, seen_at=locked.resolved_at)
            yield about_drift(answer, before, records.lock_name, self.invocation)
        if records.cache is None:
            return
        now = Sighting(value=found.version.text, seen_at=found.resolved_at, url=found.url)
        last = records.cache.last_seen(marker_subject(found.url), now)
        told = locked is not None and last is not None and last.value == locked.version
        if last is not None and last.value != found.version.text and not told:
            yield about_drift(answer, last, None, self.invocation)
