"""Markers answered from a record instead of a server: a lock, or what this machine got last (cli.md 7.4)."""

from __future__ import annotations

from capyctl.core.evidence import CACHE_ROUTE, LOCK_ROUTE, Evidence, Outcome, Question
from capyctl.core.lock import Lock
from capyctl.core.release_marker import ReleaseMarker, marker_subject, parse_release_version
from capyctl.ports.cache import Cache
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, OfflineError
from capyctl.ports.fetcher import Answer
from capyctl.ports.release_markers import ResolvedMarker


class LockedMarkers:
    """Answers from a lock and asks nobody."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    def resolve(self, marker: ReleaseMarker) -> Answer[ResolvedMarker]:
        """The value that the lock records.

        Raises:
            AbsentError: the lock has none. BadAnswerError: what it has is no exact version.
        """
        entry = self._lock.marker(marker.text)
        evidence = _evidence(LOCK_ROUTE, entry.url if entry else None, entry.resolved_at if entry else None)
        if entry is None:
            raise AbsentError(
                evidence.judged(Outcome.ABSENT), f"the lock of {self._lock.created_at} has no marker {marker}"
            )
        return _answer(marker, entry.version, entry.url, evidence)


class KeptMarkers:
    """Answers with what this machine got last, for runs without network."""

    def __init__(self, cache: Cache | None, base: str) -> None:
        self._cache = cache
        self._base = base.rstrip("/")

    def resolve(self, marker: ReleaseMarker) -> Answer[ResolvedMarker]:
        """The value of the last run that asked.

        Raises:
            OfflineError: none is kept. BadAnswerError: what is kept is no exact version.
        """
        url = f"{self._base}/{marker.path}"
        kept = self._cache.latest(marker_subject(url)) if self._cache is not None else None
        evidence = _evidence(CACHE_ROUTE, url, kept.seen_at if kept else None)
        if kept is None:
            raise OfflineError(
                evidence.judged(Outcome.UNAVAILABLE, "offline"),
                f"the run is offline, and {self._lack(marker)}",
            )
        return _answer(marker, kept.value, url, evidence)

    def _lack(self, marker: ReleaseMarker) -> str:
        """Why there is no value: a cache that was not looked into may well have one."""
        if self._cache is None:
            return "no cache was looked into"
        unread = next((each for each in self._cache.troubles() if each.kind != "clock"), None)
        if unread is not None:
            return f"the cache {unread.path} cannot be used: {unread.reason}"
        return f"the cache has no value of {marker}"


def _evidence(route: str, url: str | None, as_of: str | None) -> Evidence:
    return Evidence(route=route, question=Question.MARKER, outcome=Outcome.FOUND, url=url, as_of=as_of)


def _answer(marker: ReleaseMarker, text: str, url: str, evidence: Evidence) -> Answer[ResolvedMarker]:
    version = parse_release_version(text)
    if version is None or evidence.as_of is None:
        raise BadAnswerError(
            evidence.judged(Outcome.BAD, "malformed"),
            f"what is recorded for {marker} is not one version of Kubernetes such as v1.33.0",
        )
    resolved = ResolvedMarker(marker=marker, version=version, url=url, resolved_at=evidence.as_of)
    return Answer(value=resolved, evidence=(evidence,))
