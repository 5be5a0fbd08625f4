"""Release files under watch, what is remembered of a repository, and what is held on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.kept_answer import Sighting
from capyctl.core.location import (
    GitHubReleases,
    GitLabPackages,
    HttpsTree,
    LocalTree,
    OciArtifact,
    RepositoryLocation,
)
from capyctl.fetching.held_sources import HeldFiles, WidenedVersions, is_held
from capyctl.fetching.source_memory import MajorMemory, SourceMemory
from capyctl.fetching.witnessed_files import WitnessedFiles, release_file
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    ServerFailedError,
    UnavailableError,
)
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion
from tests.unit.fetching.memory_cache import MemoryCache

GITHUB = GitHubReleases(
    host="github.com",
    api_base="https://api.github.com",
    owner="Acme",
    name="capx",
    channel="latest",
    components_file="infrastructure-components.yaml",
)
GITLAB = GitLabPackages(
    host="gitlab.example",
    base_path="/api/v4",
    project="42",
    package="capx",
    channel="latest",
    components_file="infrastructure-components.yaml",
)
TREE = HttpsTree(
    base="https://files.example", label="infrastructure-capx", channel="latest", components_file="x"
)
OCI = OciArtifact(
    host="registry.example", repository="capx", reference="v1", channel="latest", components_file="x"
)
LOCAL = LocalTree(base="/srv", label="infrastructure-capx", channel="latest", components_file="x")


def evidence(outcome: Outcome = Outcome.FOUND, as_of: str | None = "2026-11-22T05:00:00Z") -> Evidence:
    return Evidence(route="https", question=Question.FILE, outcome=outcome, as_of=as_of)


class Files:
    """Gives these bytes, or raises."""

    route = "scripted"

    def __init__(self, content: bytes | FetchError, as_of: str | None = "2026-11-22T05:00:00Z") -> None:
        self.content = content
        self.as_of = as_of

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        del location, tag
        if isinstance(self.content, FetchError):
            raise self.content
        digest = hashlib.sha256(self.content).hexdigest()
        content = FileContent(data=self.content, sha256=digest, url=f"https://files.example/{name}")
        return Answer(value=content, evidence=(evidence(as_of=self.as_of),))


class Lists:
    route = "scripted"

    def __init__(self, answer: Answer[tuple[ListedVersion, ...]] | FetchError) -> None:
        self.answer = answer

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        del location
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer


def watched(cache: MemoryCache, content: bytes, as_of: str | None = "2026-11-22T05:00:00Z") -> WitnessedFiles:
    return WitnessedFiles(Files(content, as_of), cache, SystemClock())


@pytest.mark.parametrize("location", [GITHUB, GITLAB, TREE, OCI])
def test_other_bytes_than_those_seen_first_are_told_in_every_run(location: RepositoryLocation) -> None:
    cache = MemoryCache()
    assert watched(cache, b"one").file(location, "v1.0.0", "metadata.yaml").changed is None
    for _ in range(2):
        later = watched(cache, b"two", "2026-11-23T05:00:00Z").file(location, "v1.0.0", "metadata.yaml")
        assert later.changed is not None
        assert later.value.data == b"two"
        assert (later.changed.tag, later.changed.name) == ("v1.0.0", "metadata.yaml")
        assert later.changed.first.value == hashlib.sha256(b"one").hexdigest()
        assert later.changed.now.value == hashlib.sha256(b"two").hexdigest()
        assert (later.changed.first.seen_at, later.changed.now.seen_at) == (
            "2026-11-22T05:00:00Z",
            "2026-11-23T05:00:00Z",
        )
    assert watched(cache, b"one").file(location, "v1.0.0", "metadata.yaml").changed is None


def test_a_route_that_dates_nothing_is_dated_by_the_clock() -> None:
    cache = MemoryCache()
    watched(cache, b"one", None).file(GITHUB, "v1.0.0", "metadata.yaml")
    (seen,) = cache.first.values()
    assert seen.seen_at.endswith("Z")


def test_a_file_in_a_local_tree_is_its_owners_to_change() -> None:
    cache = MemoryCache()
    for content in (b"one", b"two"):
        assert watched(cache, content).file(LOCAL, "v1.0.0", "metadata.yaml").changed is None
    assert cache.first == {}


def test_files_of_the_same_name_are_told_apart_by_all_that_names_them() -> None:
    """Host, owner, repository, tag and file, and no case where GitHub has none (F48)."""
    plain = release_file(GITHUB, "v1.0.0", "metadata.yaml")
    assert plain is not None
    assert plain == release_file(
        replace(GITHUB, owner="acme", name="CAPX", components_file="other.yaml"), "v1.0.0", "metadata.yaml"
    )
    others = [
        release_file(replace(GITHUB, host="ghe.example"), "v1.0.0", "metadata.yaml"),
        release_file(replace(GITHUB, owner="other"), "v1.0.0", "metadata.yaml"),
        release_file(replace(GITHUB, name="other"), "v1.0.0", "metadata.yaml"),
        release_file(GITHUB, "v1.0.1", "metadata.yaml"),
        release_file(GITHUB, "v1.0.0", "infrastructure-components.yaml"),
        release_file(GITLAB, "v1.0.0", "metadata.yaml"),
        release_file(replace(GITLAB, package="other"), "v1.0.0", "metadata.yaml"),
        release_file(TREE, "v1.0.0", "metadata.yaml"),
        release_file(replace(TREE, label="infrastructure-other"), "v1.0.0", "metadata.yaml"),
        release_file(OCI, "v1.0.0", "metadata.yaml"),
    ]
    digests = {each.digest() for each in (plain, *others) if each is not None}
    assert len(digests) == len(others) + 1


def test_what_is_remembered_of_a_repository_is_its_own() -> None:
    cache = MemoryCache()
    memory = SourceMemory(cache=cache, location=GITHUB)
    memory.expect([("v1.0.0", "metadata.yaml")])
    memory.saw_released(["v1.0.0"])
    assert list(memory.expected()) == [("v1.0.0", "metadata.yaml")]
    assert memory.released() == {"v1.0.0"}
    sibling = SourceMemory(cache=cache, location=replace(GITHUB, components_file="other.yaml"))
    assert list(sibling.expected()) == []
    assert sibling.released() == {"v1.0.0"}
    stranger = SourceMemory(cache=cache, location=replace(GITHUB, name="other"))
    assert list(stranger.expected()) == []
    assert stranger.released() == frozenset()


def test_releases_that_are_known_are_not_written_again() -> None:
    cache = MemoryCache()
    memory = SourceMemory(cache=cache, location=GITHUB)
    for tags in (["v1.0.0"], [], ["v1.0.0"], ["v1.1.0"]):
        memory.saw_released(tags)
    assert memory.released() == {"v1.0.0", "v1.1.0"}
    assert cache.writes == 2


def test_no_more_is_expected_than_a_round_can_bear() -> None:
    memory = SourceMemory(cache=MemoryCache(), location=GITHUB)
    memory.expect([(f"v1.0.{patch}", "metadata.yaml") for patch in range(100)])
    assert len(memory.expected()) == 24


@pytest.mark.parametrize(("kept", "found"), [("5", 5), ("", 0), ("-1", 0), ("999", 0), ("five", 0), ("٣", 0)])
def test_a_remembered_major_is_a_small_number_or_none(kept: str, found: int) -> None:
    cache = MemoryCache()
    memory = MajorMemory(cache=cache, route="goproxy:proxy.example")
    assert memory.highest("github.com/acme/capx") == 0
    memory.keep("github.com/acme/capx", 5)
    (name,) = cache.files
    cache.files[name] = [(kept, "")]
    assert memory.highest("github.com/acme/capx") == found


def offline() -> OfflineError:
    return OfflineError(evidence(Outcome.UNAVAILABLE), "not kept")


def absent() -> AbsentError:
    return AbsentError(evidence(Outcome.ABSENT), "no such file")


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ([b"kept"], b"kept"),
        ([offline(), b"kept"], b"kept"),
        ([absent(), b"kept"], b"kept"),
        ([offline(), offline()], b"behind"),
        ([], b"behind"),
        ([offline(), absent()], AbsentError),
        ([BadAnswerError(evidence(Outcome.BAD), "bad"), absent()], BadAnswerError),
    ],
)
def test_a_file_is_had_from_what_is_kept_before_what_stands_behind(
    kept: list[bytes | FetchError], found: bytes | type[FetchError]
) -> None:
    sources = [lambda each=each: Files(each) for each in kept]
    held = HeldFiles(kept=sources, behind=Files(b"behind"))
    if isinstance(found, bytes):
        assert held.file(GITHUB, "v1.0.0", "metadata.yaml").value.data == found
    else:
        with pytest.raises(found):
            held.file(GITHUB, "v1.0.0", "metadata.yaml")


def listed(*tags: str, partial: str | None = None) -> Answer[tuple[ListedVersion, ...]]:
    versions = tuple(ListedVersion(tag=tag) for tag in tags)
    return Answer(value=versions, evidence=(evidence(),), partial=partial, hidden_major=3)


def test_a_part_of_a_list_is_widened_and_stays_a_part() -> None:
    kept = Lists(listed("v1.0.0", "v1.1.0", partial="a page is missing"))
    wide = WidenedVersions(kept=kept, behind=Lists(listed("v1.1.0", "v2.0.0")))
    answer = wide.versions(GITHUB)
    assert [each.tag for each in answer.value] == ["v1.0.0", "v1.1.0", "v2.0.0"]
    assert (answer.partial, answer.hidden_major, len(answer.evidence)) == ("a page is missing", 3, 2)
    alone = WidenedVersions(kept=kept, behind=Lists(UnavailableError(evidence(), "no data")))
    assert alone.versions(GITHUB) == kept.answer


_HELD: Mapping[str, tuple[Answer[tuple[ListedVersion, ...]] | FetchError, bool]] = {
    "found": (listed("v1.0.0"), True),
    "absent": (absent(), True),
    "failed": (ServerFailedError(evidence(Outcome.UNAVAILABLE), "failed"), True),
    "not kept": (offline(), False),
}


@pytest.mark.parametrize("name", _HELD)
def test_what_is_held(name: str) -> None:
    answer, held = _HELD[name]
    assert is_held(lambda: Lists(answer).versions(GITHUB)) is held


def test_a_sighting_of_a_release_file_is_not_kept_apart_by_credential() -> None:
    """A digest gives nothing away, and a renewed token must not hide a change (ADR 28)."""
    subject = release_file(GITHUB, "v1.0.0", "metadata.yaml")
    assert subject is not None
    assert subject.credential is None
    assert Sighting(value="00", seen_at="2026-11-22T05:00:00Z").url is None
