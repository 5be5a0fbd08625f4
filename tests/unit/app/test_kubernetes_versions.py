"""Markers resolved over sources of records: drift, age, and one question each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from capyctl.adapters.disk_cache import DiskCache
from capyctl.app.kubernetes_versions import MarkerRecords, VersionQuestion, VersionResolver
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.invocation import Invocation
from capyctl.core.kept_answer import Sighting
from capyctl.core.lock import Lock, LockedKubernetes
from capyctl.core.release_marker import (
    ReleaseMarker,
    marker_subject,
    parse_asked_release,
    parse_release_version,
)
from capyctl.fetching.memoized_markers import MemoizedMarkers
from capyctl.fetching.recorded_markers import KeptMarkers, LockedMarkers
from capyctl.ports.fetch_errors import AbsentError, ServerFailedError
from capyctl.ports.fetcher import Answer
from capyctl.ports.release_markers import ReleaseMarkers, ResolvedMarker

NOW, BEFORE = "2026-11-22T05:00:00Z", "2026-11-20T05:00:00Z"
BASE = "https://dl.k8s.io"


class FixedClock:
    """A clock that stands."""

    def now(self) -> str:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody waits {seconds} s here")


class Server:
    """Answers by marker; what it does not have is absent, and ``down`` answers nothing."""

    def __init__(self, values: Mapping[str, str], *, down: bool = False) -> None:
        self.values = values
        self.down = down
        self.asked: list[str] = []

    def resolve(self, marker: ReleaseMarker) -> Answer[ResolvedMarker]:
        self.asked.append(marker.text)
        url = f"{BASE}/{marker.path}"
        evidence = Evidence(route="https", question=Question.MARKER, outcome=Outcome.FOUND, url=url)
        if self.down:
            raise ServerFailedError(evidence.judged(Outcome.UNAVAILABLE, "http-503"), "it answered 503")
        version = parse_release_version(self.values.get(marker.text, ""))
        if version is None:
            raise AbsentError(evidence.judged(Outcome.ABSENT), "not found")
        found = ResolvedMarker(marker=marker, version=version, url=url, resolved_at=NOW)
        return Answer(value=found, evidence=(evidence,))


def disk(folder: Path) -> DiskCache:
    """A cache in this folder, as runs have it."""
    return DiskCache(str(folder / "cache"), FixedClock())


def question(text: str) -> VersionQuestion:
    asked = parse_asked_release(text)
    assert asked is not None
    return VersionQuestion(asked=asked)


def resolver(markers: ReleaseMarkers, records: MarkerRecords | None = None) -> VersionResolver:
    words = ("kubernetes-version", "resolve", "stable")
    return VersionResolver(
        markers=MemoizedMarkers(markers),
        clock=FixedClock(),
        invocation=Invocation(words=words),
        records=records,
    )


def locked(version: str) -> Lock:
    entry = LockedKubernetes(
        marker="stable", version=version, url=f"{BASE}/release/stable.txt", resolved_at=BEFORE, image="x"
    )
    return Lock(capyctl="0.3.0", created_at=BEFORE, kubernetes=(entry,))


def warnings(found: VersionResolver) -> list[Diagnostic]:
    return [each for each in found.said if each.severity is Severity.WARNING]


def test_a_marker_asked_twice_in_one_run_is_one_question_and_one_remark() -> None:
    server = Server({"ci/latest": "v1.36.0-alpha.0.84+5c3b1a"})
    subject = resolver(server)
    rows = subject.resolve([question("ci/latest"), question("ci/latest")])
    assert [row.version for row in rows] == ["v1.36.0-alpha.0.84+5c3b1a"] * 2
    assert server.asked == ["ci/latest"]
    assert [each.code for each in subject.said] == [codes.VERSION_NEVER_PUBLISHED]


def test_a_failure_is_told_once_however_often_it_was_asked_for() -> None:
    subject = resolver(Server({}))
    assert [row.version for row in subject.resolve([question("stable"), question("stable")])] == [None, None]
    assert [each.code for each in subject.said] == [codes.MARKER_ABSENT]


def test_the_value_of_the_last_run_is_compared_and_replaced(tmp_path: Path) -> None:
    cache = disk(tmp_path)
    subject_name = marker_subject(f"{BASE}/release/stable.txt")
    cache.last_seen(subject_name, Sighting(value="v1.34.1", seen_at=BEFORE))
    subject = resolver(Server({"stable": "v1.34.2"}), MarkerRecords(cache=cache))
    subject.resolve([question("stable")])
    (drift,) = warnings(subject)
    assert drift.code is codes.MARKER_DRIFT
    assert all(part in drift.detail for part in ("v1.34.1", BEFORE, "v1.34.2", NOW))
    kept = cache.latest(subject_name)
    assert kept is not None
    assert (kept.value, kept.seen_at) == ("v1.34.2", NOW)


def test_the_same_value_as_before_is_no_drift(tmp_path: Path) -> None:
    cache = disk(tmp_path)
    for _ in range(2):
        subject = resolver(Server({"stable": "v1.34.2"}), MarkerRecords(cache=cache, lock=locked("v1.34.2")))
        subject.resolve([question("stable")])
        assert subject.said == []


def test_a_lock_and_a_cache_with_two_earlier_values_are_told_apart(tmp_path: Path) -> None:
    cache = disk(tmp_path)
    cache.last_seen(marker_subject(f"{BASE}/release/stable.txt"), Sighting(value="v1.34.1", seen_at=BEFORE))
    records = MarkerRecords(cache=cache, lock=locked("v1.34.0"))
    subject = resolver(Server({"stable": "v1.34.2"}), records)
    subject.resolve([question("stable")])
    first, second = warnings(subject)
    assert "capyctl.lock has v1.34.0" in first.detail
    assert "this machine got v1.34.1" in second.detail
    assert first.fixes[0].command == "capyctl kubernetes-version resolve stable --locked capyctl.lock"


def test_a_server_that_fails_leaves_the_records_alone(tmp_path: Path) -> None:
    cache = disk(tmp_path)
    subject = resolver(Server({}, down=True), MarkerRecords(cache=cache))
    assert subject.resolve([question("stable")])[0].version is None
    assert [each.code for each in subject.said] == [codes.SOURCE_FAILED]
    assert cache.latest(marker_subject(f"{BASE}/release/stable.txt")) is None


def test_a_kept_value_comes_with_its_age(tmp_path: Path) -> None:
    cache = disk(tmp_path)
    cache.last_seen(marker_subject(f"{BASE}/release/stable.txt"), Sighting(value="v1.34.1", seen_at=BEFORE))
    subject = resolver(KeptMarkers(cache, BASE))
    subject.is_kept = True
    (row,) = subject.resolve([question("stable")])
    assert (row.version, row.resolved_at) == ("v1.34.1", BEFORE)
    assert [each.code for each in subject.said] == [codes.KEPT_VERSION_USED]
    assert "2d" in subject.said[0].detail


@pytest.mark.parametrize("value", ["", "v1", "stable"])
def test_a_record_that_was_tampered_with_is_no_version(tmp_path: Path, value: str) -> None:
    cache = disk(tmp_path)
    cache.last_seen(marker_subject(f"{BASE}/release/stable.txt"), Sighting(value=value, seen_at=BEFORE))
    for markers in (KeptMarkers(cache, BASE), LockedMarkers(locked(value))):
        subject = resolver(markers)
        assert subject.resolve([question("stable")])[0].version is None
        assert [each.code for each in subject.said] == [codes.MARKER_NOT_A_VERSION]


def test_an_exact_version_asks_nothing_and_has_no_time() -> None:
    server = Server({})
    (row,) = resolver(server).resolve([question("v1.34.1")])
    assert (row.version, row.resolved_at, row.url, server.asked) == ("v1.34.1", None, None, [])
