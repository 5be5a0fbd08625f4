"""Answers the emulation's questions over the network and the file system, as clusterctl would get them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from capyctl.core.emulation_facts import (
    Absent,
    Asset,
    AssetBytes,
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
from capyctl.core.evidence import Evidence, Question
from capyctl.core.location import GitHubReleases
from capyctl.ports.clusterctl_facts import ClusterctlFacts
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    RateLimitedError,
    TimedOutError,
    UnreachableError,
)
from capyctl.ports.fetcher import FileSource, ReleaseSource, VersionSource
from capyctl.ports.http import Credential, Expect, HttpClient, HttpRequest

_FILE_LIMIT = 64 * 1024 * 1024
_LIST_LIMIT = 16 * 1024 * 1024


class NetworkFacts(Struct, frozen=True, kw_only=True):
    """The world for the emulation; shares the memoized GitHub sources, so that nothing is asked twice.

    Attributes:
        http: for what has no source of its own (raw proxy paths, GitLab files).
        api_versions, api_releases, api_files, downloads: the GitHub sources of this run.
        gitlab_credential: the credential for a GitLab host, or None.
        override_path: where an override of a label, version and file would lie, or None without a folder.
    """

    http: HttpClient
    api_versions: VersionSource
    api_releases: ReleaseSource
    api_files: FileSource
    downloads: FileSource
    gitlab_credential: Callable[[str], Credential | None]
    override_path: Callable[[str, str, str], Path | None]

    def answer(self, question: FactQuestion[object]) -> FactAnswer[object]:
        """What clusterctl would get."""
        try:
            return self._found(question)
        except FetchError as error:
            return _failed(error)

    def _found(self, question: FactQuestion[object]) -> FactAnswer[object]:
        match question:
            case ProxyList():
                return Found(value=self._proxy_list(question))
            case ReleaseList(owner=owner, name=name):
                listed = self.api_versions.versions(_location(owner, name)).value
                return Found(value=tuple(version.tag for version in listed))
            case ReleaseByTag(owner=owner, name=name, tag=tag):
                release = self.api_releases.release(_location(owner, name), tag).value
                return Found(value=tuple(asset for asset, _ in release.assets or ()))
            case Asset() | Download() | GitLabFile():
                return Found(value=self._file(question))
            case _:
                return self._local(question)

    def _file(self, question: Asset | Download | GitLabFile) -> AssetBytes | bytes:
        match question:
            case Asset():
                return self._asset(question)
            case Download():
                return self._download(question)
            case GitLabFile(url=url):
                return self._raw(url, "gitlab", Question.FILE, _FILE_LIMIT)

    def _local(self, question: FactQuestion[object]) -> FactAnswer[object]:
        match question:
            case LocalListing(folder=folder):
                return _folders(Path(folder))
            case LocalFile(path=path):
                return _content(Path(path))
            case OverrideFile(label=label, version=version, file=file):
                place = self.override_path(label, version, file)
                return _content(place) if place is not None else Absent()
            case _:
                return Unavailable()

    def _proxy_list(self, question: ProxyList) -> str:
        """The list at the path as clusterctl spells it: capital letters unescaped (resolution 5.4)."""
        suffix = f"/v{question.major}" if question.major > 1 else ""
        url = f"{question.base}/{question.module}{suffix}/@v/list"
        route = f"goproxy:{urlsplit(question.base).netloc}"
        return self._raw(url, route, Question.VERSIONS, _LIST_LIMIT).decode("utf-8", "replace")

    def _asset(self, question: Asset) -> AssetBytes:
        location = _location(question.owner, question.name)
        answer = self.api_files.file(location, question.tag, question.file)
        return AssetBytes(
            data=answer.value.data,
            record=_record(question) if _was_redirected(answer.evidence) else None,
        )

    def _download(self, question: Download) -> bytes:
        location = _location(question.owner, question.name)
        try:
            return self.downloads.file(location, question.tag, question.file).value.data
        except BadAnswerError as bad:
            # clusterctl parses whatever comes, so its bytes are wanted although they are wrong.
            return self._raw(bad.evidence.url or "", "github-download", Question.FILE, _FILE_LIMIT)

    def _raw(self, url: str, route: str, question: Question, limit: int) -> bytes:
        credential = self.gitlab_credential(urlsplit(url).netloc) if route == "gitlab" else None
        request = HttpRequest(
            url=url, route=route, question=question, expect=Expect.BYTES, limit=limit, credential=credential
        )
        return self.http.get(request).body


class FactsWithoutLists(Struct, frozen=True, kw_only=True):
    """The world of a run that may list nothing: lists are those that are ``held``, everything else is ``asked``."""

    asked: ClusterctlFacts
    held: ClusterctlFacts

    def answer(self, question: FactQuestion[object]) -> FactAnswer[object]:
        """What clusterctl would get, as far as this run may know it."""
        lists = isinstance(question, ProxyList | ReleaseList)
        return (self.held if lists else self.asked).answer(question)


class NoFacts:
    """The world of a run without network: nothing can be said."""

    def answer(self, question: FactQuestion[object]) -> FactAnswer[object]:
        """Nobody knows."""
        del question
        return Unavailable()


def _location(owner: str, name: str) -> GitHubReleases:
    return GitHubReleases(
        host="github.com",
        api_base="https://api.github.com",
        owner=owner,
        name=name,
        channel="latest",
        components_file="",
    )


def _was_redirected(evidence: tuple[Evidence, ...]) -> bool:
    """Whether the question for the bytes met the 301 of a renamed repository."""
    return any(
        hop.status == 301 for piece in evidence for hop in piece.hops if "/releases/assets/" in hop.url
    )


def _record(question: Asset) -> bytes:
    """The shape of GitHub's record of an asset: what old clusterctl parses in place of the file."""
    return json.dumps(
        {"id": 0, "name": question.file, "state": "uploaded", "uploader": {"type": "Bot"}}
    ).encode()


def _failed(error: FetchError) -> FactAnswer[object]:
    status = error.evidence.status
    if isinstance(error, AbsentError):
        return Failed(kind=FailureKind.STATUS, status=410) if status == 410 else Absent()
    if isinstance(error, RateLimitedError) and status == 403:
        return Failed(kind=FailureKind.RATE_LIMIT, status=status)
    if isinstance(error, TimedOutError):
        return Failed(kind=FailureKind.SILENCE) if error.evidence.failure == "silence" else Unavailable()
    if isinstance(error, UnreachableError):
        return Failed(kind=FailureKind.CONNECTION)
    if status is None:
        return Unavailable()
    # A status with "no question left" ends clusterctl's retries early, whatever the number is.
    exhausted = isinstance(error, RateLimitedError) and error.reset_at is not None
    return Failed(kind=FailureKind.STATUS, status=status, exhausted=exhausted)


def _folders(folder: Path) -> FactAnswer[object]:
    try:
        return Found(value=tuple(sorted(item.name for item in folder.iterdir() if item.is_dir())))
    except FileNotFoundError:
        return Absent()
    except OSError:
        return Unavailable()


def _content(path: Path) -> FactAnswer[object]:
    try:
        with path.open("rb") as file:
            return Found(value=file.read(_FILE_LIMIT))
    except (FileNotFoundError, NotADirectoryError):
        return Absent()
    except OSError:
        return Unavailable()
