"""One question per run and key, under threads, errors included."""

from __future__ import annotations

import threading

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases, LocalTree, RepositoryLocation
from capyctl.fetching.memoized import (
    MemoizedFiles,
    MemoizedReleases,
    MemoizedRepository,
    MemoizedRetractions,
    MemoizedVersions,
    SingleFlight,
    repository_key,
)
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import AbsentError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion, RepositoryFacts
from tests.unit.app.fakes import FakeRetractions

KUBEADM = GitHubReleases(
    host="github.com",
    api_base="https://api.github.com",
    owner="kubernetes-sigs",
    name="cluster-api",
    channel="latest",
    components_file="bootstrap-components.yaml",
)
FOUND = Evidence(route="fake", question=Question.FILE, outcome=Outcome.FOUND)
MISSING = Evidence(route="fake", question=Question.FILE, outcome=Outcome.ABSENT, url="https://h/a")


class Source(Struct):
    """Counts its questions; ``absent`` has nothing."""

    route: str = "fake"
    absent: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def _ask(self, *question: str) -> None:
        self.asked.append(question)
        if self.absent:
            error = AbsentError(MISSING, "nothing")
            error.earlier = (FOUND,)
            raise error

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        del location
        self._ask("versions")
        return Answer(value=(ListedVersion(tag="v1.0.0"),), evidence=(FOUND,))

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        del location
        self._ask("file", tag, name)
        return Answer(value=FileContent(data=b"x", sha256="", url=""), evidence=(FOUND,))

    def repository(self, location: RepositoryLocation) -> Answer[RepositoryFacts]:
        del location
        self._ask("repository")
        return Answer(value=RepositoryFacts(full_name="o/r"), evidence=(FOUND,))

    def release(self, location: RepositoryLocation, tag: str) -> Answer[ListedVersion]:
        del location
        self._ask("release", tag)
        return Answer(value=ListedVersion(tag=tag), evidence=(FOUND,))


def test_providers_of_one_repository_share_its_list() -> None:
    source = Source()
    memoized = MemoizedVersions(source)
    memoized.versions(KUBEADM)
    memoized.versions(replace(KUBEADM, components_file="control-plane-components.yaml", channel="v1.2.3"))
    memoized.versions(replace(KUBEADM, owner="Kubernetes-SIGs"))
    assert source.asked == [("versions",)]
    memoized.versions(replace(KUBEADM, name="cluster-api-provider-aws"))
    assert len(source.asked) == 2


def test_files_are_told_apart_by_tag_and_name() -> None:
    source = Source()
    memoized = MemoizedFiles(source)
    for tag, name in [("v1", "a"), ("v1", "b"), ("v2", "a"), ("v1", "a")]:
        memoized.file(KUBEADM, tag, name)
    assert source.asked == [("file", "v1", "a"), ("file", "v1", "b"), ("file", "v2", "a")]


def test_repositories_and_releases() -> None:
    source = Source()
    repositories, releases = MemoizedRepository(source), MemoizedReleases(source)
    for _ in range(2):
        assert repositories.repository(KUBEADM).value.full_name == "o/r"
        assert releases.release(KUBEADM, "v1").value.tag == "v1"
    assert source.asked == [("repository",), ("release", "v1")]
    assert repositories.route == releases.route == "fake"


def test_a_go_mod_is_asked_for_once_for_all_providers_of_a_repository() -> None:
    source = FakeRetractions(text="retract v1.0.0")
    memoized = MemoizedRetractions(source)
    for provider in (KUBEADM, replace(KUBEADM, components_file="control-plane-components.yaml")):
        assert [item.low.tag for item in memoized.retractions(provider, "v1.1.0").value] == ["v1.0.0"]
    assert len(source.asked) == 1
    assert memoized.route == source.route


def test_an_absence_is_remembered() -> None:
    source = Source(absent=True)
    memoized = MemoizedFiles(source)
    for _ in range(3):
        with pytest.raises(AbsentError):
            memoized.file(KUBEADM, "v1", "a")
    assert len(source.asked) == 1


def test_the_transcript_hears_answers_and_errors_once() -> None:
    transcript = Transcript()
    memoized = MemoizedFiles(Source(absent=True), transcript)
    for _ in range(2):
        with pytest.raises(AbsentError):
            memoized.file(KUBEADM, "v1", "a")
    assert transcript.snapshot() == (FOUND, MISSING)
    answered = Transcript()
    MemoizedVersions(Source(), answered).versions(KUBEADM)
    assert answered.snapshot() == (FOUND,)


def test_local_trees_keep_their_label() -> None:
    one = LocalTree(base="/r", label="a", channel="latest", components_file="x.yaml")
    assert repository_key(one) != repository_key(replace(one, label="b"))
    assert repository_key(one) == repository_key(replace(one, components_file="y.yaml"))


def test_side_by_side_only_one_asks() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    gate, begun = threading.Event(), threading.Event()
    calls: list[int] = []

    def ask() -> int:
        calls.append(1)
        begun.set()
        assert gate.wait(60)
        return 42

    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(flights.get("k", ask))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    gate.set()
    for thread in threads:
        thread.join(60)
    assert results == [42] * 8
    assert calls == [1]


def test_a_fault_is_raised_and_not_remembered() -> None:
    flights: SingleFlight[str, int] = SingleFlight()

    def broken() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        flights.get("k", broken)
    assert flights.get("k", lambda: 7) == 7
