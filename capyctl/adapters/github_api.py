"""GitHub's REST API: releases, one release, a repository, and files by their number (E2 to E4)."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from urllib.parse import quote

from msgspec.structs import replace

from capyctl.adapters.github_address import (
    API_ROUTE,
    API_VERSION,
    api_credential,
    api_url,
    first_page,
    github,
    is_part,
    list_request,
    record_request,
)
from capyctl.adapters.github_download import expected_kind
from capyctl.adapters.github_records import (
    Asset,
    Release,
    next_page,
    release_of,
    releases_of,
    repository_of,
)
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.ports.fetch_errors import AbsentError, FetchError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion, RepositoryFacts
from capyctl.ports.http import Credential, HttpClient, HttpRequest, HttpResponse

PAGES_LIMIT = 100
"""Most pages of a listing that are read: ten thousand releases, which is also GitHub's own end."""

_BYTES = "application/octet-stream"

_ReleaseKey = tuple[str, str, str]


class GitHubApi:
    """Asks the REST API of github.com or of an Enterprise host; each release at most once a run."""

    def __init__(
        self,
        client: HttpClient,
        *,
        credential_for: Callable[[str], Credential | None] | None = None,
        last_resort: bool = False,
    ) -> None:
        """Prepare a source.

        Args:
            client: asks the questions.
            credential_for: the credential for an API host, or None to ask anonymously; it stays on that host.
            last_resort: as in ``HttpRequest``.
        """
        self._client = client
        self._credential_for = credential_for
        self._last_resort = last_resort
        self._releases = _Releases()

    @property
    def route(self) -> str:
        return API_ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Every release with its flags and files; drafts only where the credential may push.

        A further page that fails leaves what is known: ``Answer.partial`` then says why it is a part.

        Raises:
            AbsentError: no such repository, or a private one.
            FetchError: as the HTTP client raises it for the first page.
        """
        place = github(location)
        url: str | None = first_page(place)
        listed: dict[str, ListedVersion] = {}
        asked: list[Evidence] = []
        partial: str | None = None
        for _ in range(PAGES_LIMIT):
            try:
                url = self._list_page(place, url or "", listed, asked)
            except FetchError as error:
                if not listed:
                    raise
                asked += [*error.earlier, error.evidence]
                partial, url = error.reason, None
            if url is None:
                break
        if url is not None:
            partial = f"the listing has more than {PAGES_LIMIT} pages"
        return Answer(value=tuple(listed.values()), evidence=tuple(asked), partial=partial)

    def repository(self, location: RepositoryLocation) -> Answer[RepositoryFacts]:
        """Canonical name, number and whether it is archived; a rename is a hop in the evidence.

        Raises:
            FetchError: as the HTTP client raises it; BadAnswerError where the answer is no repository.
        """
        place = github(location)
        response = self._ask(place, api_url(place), Question.REPOSITORY)
        return Answer(value=repository_of(response), evidence=_evidence(response))

    def release(self, location: RepositoryLocation, tag: str) -> Answer[ListedVersion]:
        """The published release of a tag.

        Raises:
            AbsentError: no such release; a draft looks the same.
            FetchError: as the HTTP client raises it; BadAnswerError where the answer is no release.
        """
        answer = self._release(github(location), tag)
        return Answer(value=answer.value.version, evidence=answer.evidence)

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The bytes of one file, compared with the size and digest that the release states.

        Raises:
            AbsentError: no such release, or it has no such file (failure ``no-such-file``).
            FetchError: as the HTTP client raises it.
        """
        place = github(location)
        release = self._release(place, tag)
        asset = next((asset for asset in release.value.assets if asset.name == name), None)
        if asset is None:
            raise _no_such_file(release, tag, name)
        url = f"{api_url(place)}/releases/assets/{asset.id}"
        response = self._client.get(self._asset_request(place, url, asset))
        content = FileContent(data=response.body, sha256=response.evidence.sha256 or "", url=url)
        return Answer(value=content, evidence=(*release.evidence, *_evidence(response)))

    def _list_page(
        self, place: GitHubReleases, url: str, listed: dict[str, ListedVersion], asked: list[Evidence]
    ) -> str | None:
        """Read one page into ``listed``; the first record of a tag counts, pages may overlap."""
        request = list_request(url, self._credential(place), last_resort=self._last_resort)
        response = self._client.get(request)
        asked += _evidence(response)
        for release in releases_of(response):
            listed.setdefault(release.version.tag, release.version)
            known = Answer(value=release, evidence=_evidence(response))
            if not release.version.draft:
                self._releases.keep(_key(place, release.version.tag), known)
        return next_page(response, url)

    def _release(self, place: GitHubReleases, tag: str) -> Answer[Release]:
        return self._releases.get(_key(place, tag), lambda: self._ask_release(place, tag))

    def _ask_release(self, place: GitHubReleases, tag: str) -> Answer[Release]:
        if not is_part(tag):
            nothing = Evidence(route=API_ROUTE, question=Question.RELEASE, outcome=Outcome.ABSENT)
            raise AbsentError(nothing, f"{tag!r} cannot be part of an address")
        url = f"{api_url(place)}/releases/tags/{quote(tag, safe='')}"
        response = self._ask(place, url, Question.RELEASE)
        return Answer(value=release_of(response), evidence=_evidence(response))

    def _ask(self, place: GitHubReleases, url: str, question: Question) -> HttpResponse:
        credential = self._credential(place)
        return self._client.get(record_request(url, question, credential, last_resort=self._last_resort))

    def _asset_request(self, place: GitHubReleases, url: str, asset: Asset) -> HttpRequest:
        return HttpRequest(
            url=url,
            route=API_ROUTE,
            question=Question.FILE,
            expect=expected_kind(asset.name),
            accept=_BYTES,
            credential=self._credential(place),
            headers=API_VERSION,
            last_resort=self._last_resort,
            expected_size=asset.size,
            expected_sha256=asset.sha256,
            moves_within_host=True,
        )

    def _credential(self, place: GitHubReleases) -> Credential | None:
        return api_credential(place, self._credential_for)


class _Releases:
    """Releases of this run by repository and tag; those who ask for one meanwhile wait for the answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gates: defaultdict[_ReleaseKey, threading.Lock] = defaultdict(threading.Lock)
        self._known: dict[_ReleaseKey, Answer[Release] | FetchError] = {}

    def keep(self, key: _ReleaseKey, answer: Answer[Release]) -> None:
        """Remember a release that another question brought along."""
        with self._lock:
            self._known.setdefault(key, answer)

    def get(self, key: _ReleaseKey, ask: Callable[[], Answer[Release]]) -> Answer[Release]:
        """The release, asked for if it is not known.

        Raises:
            FetchError: as ``ask`` raised it, now or then.
        """
        with self._lock:
            gate = self._gates[key]
        with gate:
            known = self._known.get(key) or self._settle(key, ask)
        if isinstance(known, FetchError):
            raise known.with_traceback(None)
        return known

    def _settle(self, key: _ReleaseKey, ask: Callable[[], Answer[Release]]) -> Answer[Release] | FetchError:
        try:
            outcome: Answer[Release] | FetchError = ask()
        except FetchError as error:
            outcome = error
        with self._lock:
            self._known[key] = outcome
        return outcome


def _key(place: GitHubReleases, tag: str) -> _ReleaseKey:
    return (place.api_base, place.full_name.lower(), tag)


def _evidence(response: HttpResponse) -> tuple[Evidence, ...]:
    return (*response.earlier, response.evidence)


def _no_such_file(release: Answer[Release], tag: str, name: str) -> AbsentError:
    seen = replace(
        release.evidence[-1], question=Question.FILE, outcome=Outcome.ABSENT, failure="no-such-file"
    )
    error = AbsentError(seen, f"the release {tag} has no file {name}")
    error.earlier = release.evidence
    return error
