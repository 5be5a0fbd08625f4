"""The world as clusterctl would see it, from the answers of this run (clusterctl-resolution 4 to 6 and 9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct, field

from capyctl.adapters.clusterctl_facts import NetworkFacts, NoFacts
from capyctl.core.emulation_facts import (
    Absent,
    Asset,
    Download,
    FactAnswer,
    FactQuestion,
    Failed,
    FailureKind,
    Found,
    GitLabFile,
    LocalFile,
    LocalListing,
    OverrideFile,
    ProxyList,
    ReleaseByTag,
    ReleaseList,
    Unavailable,
)
from capyctl.core.evidence import Evidence, Hop, Outcome, Question
from capyctl.core.listed import ListedVersion
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    RateLimitedError,
    ServerFailedError,
    TimedOutError,
    UnauthorizedError,
    UnreachableError,
)
from capyctl.ports.fetcher import Answer, FileContent
from capyctl.ports.http import Credential, HttpRequest, HttpResponse

TOKEN = Credential(host="gitlab.example", header="Authorization", value="Bearer t", origin="T")


def proof(*, status: int | None = None, failure: str | None = None, hops: tuple[Hop, ...] = ()) -> Evidence:
    return Evidence(
        route="r",
        question=Question.FILE,
        outcome=Outcome.FOUND,
        url="https://github.com/o/r/releases/download/v1/f",
        status=status,
        failure=failure,
        hops=hops,
    )


class Everything(Struct):
    """Every source and the HTTP client in one; an error of its own where one is set."""

    error: FetchError | None = None
    hops: tuple[Hop, ...] = ()
    requests: list[HttpRequest] = field(default_factory=list)
    locations: list[RepositoryLocation] = field(default_factory=list)
    route: str = "r"

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        self._check(location)
        return Answer(value=(ListedVersion(tag="v1.1.0"), ListedVersion(tag="v1.0.0")), evidence=())

    def release(self, location: RepositoryLocation, tag: str) -> Answer[ListedVersion]:
        self._check(location)
        return Answer(value=ListedVersion(tag=tag, assets=(("a.yaml", 1), ("b.yaml", 2))), evidence=())

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        self._check(location)
        content = FileContent(data=f"{tag}/{name}".encode(), sha256="0" * 64, url="u")
        return Answer(value=content, evidence=(proof(hops=self.hops),))

    def get(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return HttpResponse(status=200, headers={}, body=b"raw", location=None, evidence=proof())

    def warm(self, host: str) -> None:
        raise NotImplementedError(host)

    def _check(self, location: RepositoryLocation) -> None:
        self.locations.append(location)
        if self.error is not None:
            raise self.error


def facts(world: Everything, override: Callable[[str, str, str], Path | None] | None = None) -> NetworkFacts:
    return NetworkFacts(
        http=world,
        api_versions=world,
        api_releases=world,
        api_files=world,
        downloads=world,
        gitlab_credential=lambda host: TOKEN if host == "gitlab.example" else None,
        override_path=override or (lambda *_: None),
    )


def answer(question: FactQuestion[object], world: Everything | None = None) -> FactAnswer[object]:
    return facts(world or Everything()).answer(question)


DOWNLOAD = Download(owner="o", name="r", tag="v1", file="f")
ASSET = Asset(owner="o", name="r", tag="v1", file="f")


def test_questions_about_a_repository_go_to_its_sources() -> None:
    world = Everything()
    assert answer(ReleaseList(owner="o", name="r"), world) == Found(value=("v1.1.0", "v1.0.0"))
    assert answer(ReleaseByTag(owner="o", name="r", tag="v1"), world) == Found(value=("a.yaml", "b.yaml"))
    assert answer(DOWNLOAD, world) == Found(value=b"v1/f")
    assert world.requests == []
    for location in world.locations:
        assert isinstance(location, GitHubReleases)
        assert (location.host, location.full_name) == ("github.com", "o/r")


@pytest.mark.parametrize(("major", "suffix"), [(1, ""), (2, "/v2")])
def test_a_list_of_the_proxy_is_asked_as_clusterctl_spells_it(major: int, suffix: str) -> None:
    """Resolution 5.4: capital letters go out unescaped."""
    world = Everything()
    question = ProxyList(base="https://proxy.golang.org", module="github.com/Azure/X", major=major)
    assert answer(question, world) == Found(value="raw")
    assert world.requests[0].url == f"https://proxy.golang.org/github.com/Azure/X{suffix}/@v/list"
    assert world.requests[0].route == "goproxy:proxy.golang.org"


def test_a_gitlab_file_carries_the_token_to_its_host_alone() -> None:
    world = Everything()
    for host in ("gitlab.example", "other.example"):
        assert answer(GitLabFile(url=f"https://{host}/f"), world) == Found(value=b"raw")
    assert [request.credential for request in world.requests] == [TOKEN, None]


def test_an_asset_of_a_renamed_repository_has_its_record_too() -> None:
    """cluster-api#12241: the 301 costs old clusterctl its Accept header."""
    plain = answer(ASSET)
    assert isinstance(plain, Found)
    assert plain.value.record is None  # type: ignore[attr-defined]
    moved = Hop(url="https://api.github.com/repos/o/r/releases/assets/7", status=301)
    found = answer(ASSET, Everything(hops=(moved,)))
    assert isinstance(found, Found)
    assert found.value.data == b"v1/f"  # type: ignore[attr-defined]
    assert "kind" not in json.loads(found.value.record)  # type: ignore[attr-defined]


def test_wrong_bytes_are_had_all_the_same() -> None:
    world = Everything(error=BadAnswerError(proof(failure="html"), "html"))
    assert answer(DOWNLOAD, world) == Found(value=b"raw")
    assert world.requests[0].url == "https://github.com/o/r/releases/download/v1/f"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AbsentError(proof(status=404), ""), Absent()),
        (AbsentError(proof(status=410), ""), Failed(kind=FailureKind.STATUS, status=410)),
        (RateLimitedError(proof(status=403), ""), Failed(kind=FailureKind.RATE_LIMIT, status=403)),
        (ServerFailedError(proof(status=503), ""), Failed(kind=FailureKind.STATUS, status=503)),
        (UnauthorizedError(proof(status=401), ""), Failed(kind=FailureKind.STATUS, status=401)),
        (TimedOutError(proof(failure="silence"), ""), Failed(kind=FailureKind.SILENCE)),
        (TimedOutError(proof(failure="deadline"), ""), Unavailable()),
        (UnreachableError(proof(failure="refused"), ""), Failed(kind=FailureKind.CONNECTION)),
        (OfflineError(proof(), ""), Unavailable()),
    ],
)
def test_failures_as_clusterctl_would_meet_them(error: FetchError, expected: FactAnswer[object]) -> None:
    found = answer(ReleaseList(owner="o", name="r"), Everything(error=error))
    if isinstance(expected, Failed):
        assert isinstance(found, Failed)
        assert (found.kind, found.status) == (expected.kind, expected.status)
    else:
        assert found == expected


def test_the_local_file_system(tmp_path: Path) -> None:
    (tmp_path / "v1.0.0").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    assert answer(LocalListing(folder=str(tmp_path))) == Found(value=("v1.0.0",))
    assert answer(LocalListing(folder=str(tmp_path / "gone"))) == Absent()
    assert answer(LocalListing(folder=str(tmp_path / "file"))) == Unavailable()
    assert answer(LocalFile(path=str(tmp_path / "file"))) == Found(value=b"x")
    assert answer(LocalFile(path=str(tmp_path / "gone"))) == Absent()
    assert answer(LocalFile(path=str(tmp_path / "file" / "below"))) == Absent()
    assert answer(LocalFile(path=str(tmp_path))) == Unavailable()


def test_overrides(tmp_path: Path) -> None:
    question = OverrideFile(label="l", version="v", file="f")
    assert answer(question) == Absent()
    (tmp_path / "f").write_bytes(b"mine")
    found = facts(
        Everything(), lambda label, version, file: tmp_path / file if (label, version) == ("l", "v") else None
    )
    assert found.answer(question) == Found(value=b"mine")


def test_a_run_without_network_knows_nothing() -> None:
    assert NoFacts().answer(DOWNLOAD) == Unavailable()
    assert answer(FactQuestion()) == Unavailable()
