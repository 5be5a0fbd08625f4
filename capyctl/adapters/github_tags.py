"""The tags of a GitHub repository, releases aside: tells a withdrawn version from one that is only tagged."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from capyctl.adapters.github_address import github, repository_path
from capyctl.adapters.github_records import next_page
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import RepositoryLocation
from capyctl.ports.fetch_errors import BadAnswerError
from capyctl.ports.fetcher import Answer, ListedVersion
from capyctl.ports.http import Credential, Expect, HttpClient, HttpRequest, HttpResponse

ROUTE = "github-api"
_PAGE_SIZE = 100
_PAGES_LIMIT = 100
_LIMIT = 16 * 1024 * 1024


class GitHubTags:
    """Lists tags over REST, a hundred a question."""

    def __init__(self, client: HttpClient, credential_for: Callable[[str], Credential | None]) -> None:
        self._client = client
        self._credential_for = credential_for

    @property
    def route(self) -> str:
        return ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Every tag.

        Raises:
            FetchError: as the HTTP client raises it; BadAnswerError where the answer is no list of tags.
        """
        place = github(location)
        url: str | None = f"{place.api_base}/repos/{repository_path(place)}/tags?per_page={_PAGE_SIZE}"
        credential = self._credential_for(urlsplit(place.api_base).netloc)
        names: list[str] = []
        asked: list[Evidence] = []
        for _ in range(_PAGES_LIMIT):
            response = self._client.get(_request(url or "", credential))
            asked.append(response.evidence)
            names += _names(response)
            url = next_page(response, url or "")
            if url is None:
                break
        return Answer(value=tuple(ListedVersion(tag=name) for name in names), evidence=tuple(asked))


def _request(url: str, credential: Credential | None) -> HttpRequest:
    return HttpRequest(
        url=url,
        route=ROUTE,
        question=Question.VERSIONS,
        expect=Expect.JSON,
        accept="application/vnd.github+json",
        credential=credential,
        limit=_LIMIT,
        moves_within_host=True,
    )


def _names(response: HttpResponse) -> list[str]:
    try:
        records = json.loads(response.body)
    except ValueError:
        records = None
    if not isinstance(records, list):
        evidence = response.evidence.judged(Outcome.BAD, "malformed")
        raise BadAnswerError(evidence, "the answer is no list of tags")
    return [item["name"] for item in records if isinstance(item, dict) and isinstance(item.get("name"), str)]
