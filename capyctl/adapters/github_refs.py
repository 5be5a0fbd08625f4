"""The tags of a GitHub repository as its web host offers them to ``git``: one answer, without quota."""

from __future__ import annotations

from urllib.parse import urlsplit

from capyctl.adapters.github_address import github, repository_path
from capyctl.adapters.http_origin import same_host
from capyctl.core.evidence import Outcome, Question
from capyctl.core.git_refs import ADVERTISEMENT, MalformedRefsError, advertised_tags
from capyctl.core.location import RepositoryLocation
from capyctl.ports.fetch_errors import BadAnswerError
from capyctl.ports.fetcher import Answer, ListedVersion
from capyctl.ports.http import Expect, HttpClient, HttpRequest, HttpResponse

ROUTE = "github-web"
_SERVICE = "service=git-upload-pack"
_REFS = ".git/info/refs"
_LIMIT = 16 * 1024 * 1024
"""Most bytes of one answer: every pull request has a reference too, some 65 bytes each."""


class GitHubRefs:
    """Asks what ``git ls-remote`` asks. Renames are followed; they stand in the evidence as hops.

    No credential is sent: those of a run are for the API. So a refusal says nothing about the tags: the host
    answers 401 for what is private and for what does not exist alike.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    @property
    def route(self) -> str:
        return ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Every tag. A part of them is no answer: what it lacks would pass for a withdrawn version.

        Raises:
            BadAnswerError: some other page, an answer cut short, or one of more than 16 MiB.
            FetchError: as the HTTP client raises it. None of these means that there are no tags.
        """
        place = github(location)
        url = f"https://{place.host}/{repository_path(place)}{_REFS}?{_SERVICE}"
        response = self._client.get(
            HttpRequest(
                url=url,
                route=ROUTE,
                question=Question.VERSIONS,
                expect=Expect.BYTES,
                limit=_LIMIT,
                stop=lambda target: not _is_rename(url, target),
            )
        )
        listed = tuple(ListedVersion(tag=name) for name in _tags(response))
        return Answer(value=listed, evidence=(*response.earlier, response.evidence))


def _is_rename(asked: str, target: str) -> bool:
    parts = urlsplit(target)
    return same_host(asked, target) and parts.path.endswith("/info/refs") and parts.query == _SERVICE


def _tags(response: HttpResponse) -> tuple[str, ...]:
    if response.location is not None:
        raise _bad(response, "redirect-refused", "the question for the references leads somewhere else")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != ADVERTISEMENT:
        failure = "html" if kind == "text/html" else "malformed"
        raise _bad(response, failure, "the question for the references was answered with something else")
    try:
        return advertised_tags(response.body)
    except MalformedRefsError as error:
        raise _bad(response, "malformed", str(error)) from error


def _bad(response: HttpResponse, failure: str, reason: str) -> BadAnswerError:
    error = BadAnswerError(response.evidence.judged(Outcome.BAD, failure), reason)
    error.earlier = response.earlier
    return error
