"""The tags of a GitHub repository, releases aside: tells a withdrawn version from one that is only tagged."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from capyctl.adapters.github_address import github, repository_path
from capyctl.adapters.github_records import json_of, malformed, next_page
from capyctl.core.evidence import Evidence, Question
from capyctl.core.location import RepositoryLocation
from capyctl.ports.fetch_errors import FetchError
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
        """Every tag. A part of them is no answer: what it lacks would pass for a withdrawn version.

        Raises:
            FetchError: as the HTTP client raises it for any page; BadAnswerError where the answer is no list of
                tags, or one of more than a hundred pages.
        """
        place = github(location)
        url: str | None = f"{place.api_base}/repos/{repository_path(place)}/tags?per_page={_PAGE_SIZE}"
        credential = self._credential_for(urlsplit(place.api_base).netloc)
        names: list[str] = []
        asked: list[Evidence] = []
        try:
            while url is not None:
                response = self._client.get(_request(url, credential))
                asked += [*response.earlier, response.evidence]
                names += _names(response)
                url = next_page(response, url)
                if url is not None and len(asked) >= _PAGES_LIMIT:
                    raise malformed(response, f"the listing has more than {_PAGES_LIMIT} pages")
        except FetchError as error:
            error.earlier = tuple(piece for piece in (*asked, *error.earlier) if piece != error.evidence)
            raise
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
    records = json_of(response)
    if not isinstance(records, list):
        raise malformed(response, "the answer is no list of tags")
    return [item["name"] for item in records if isinstance(item, dict) and isinstance(item.get("name"), str)]
