"""The release that GitHub's web marks as latest, and the canonical name: one redirect, no quota (E1)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from capyctl.adapters.github_address import ReleasePage, github, is_part, release_page, repository_path
from capyctl.adapters.http_origin import same_host
from capyctl.core.evidence import Outcome, Question
from capyctl.core.location import RepositoryLocation
from capyctl.ports.fetch_errors import BadAnswerError, FetchError, UnauthorizedError
from capyctl.ports.fetcher import Answer, RepositoryFacts
from capyctl.ports.http import Expect, HttpClient, HttpRequest, HttpResponse

ROUTE = "github-web"
_PAGE_LIMIT = 2 * 1024 * 1024
_SIGN_IN = frozenset({"login", "session", "sessions", "sso", "users", "enterprises"})


class GitHubWeb:
    """Asks ``/releases/latest`` and reads where it leads; the page behind is never fetched.

    Renames are followed; they stand in the evidence as hops. No credential is ever sent: the web takes none.
    """

    def __init__(self, client: HttpClient, *, last_resort: bool = False) -> None:
        """Prepare a source; ``last_resort`` as in ``HttpRequest``."""
        self._client = client
        self._last_resort = last_resort

    @property
    def route(self) -> str:
        return ROUTE

    def repository(self, location: RepositoryLocation) -> Answer[RepositoryFacts]:
        """Canonical name and latest release; ``latest`` is None where nothing is released.

        Raises:
            AbsentError: no such repository, or a private one.
            UnauthorizedError: the host shows nothing without signing in.
            BadAnswerError: the answer leads somewhere else, or is some other page.
            FetchError: as the HTTP client raises it.
        """
        place = github(location)
        url = f"https://{place.host}/{repository_path(place)}/releases/latest"
        response = self._client.get(
            HttpRequest(
                url=url,
                route=ROUTE,
                question=Question.REPOSITORY,
                expect=Expect.BYTES,
                limit=_PAGE_LIMIT,
                stop=lambda target: not _is_rename(url, target),
                last_resort=self._last_resort,
            )
        )
        evidence = (*response.earlier, response.evidence)
        return Answer(value=_facts(response, url), evidence=evidence)


def _is_rename(asked: str, target: str) -> bool:
    page = release_page(target)
    return page is not None and page.is_latest and same_host(asked, target)


def _facts(response: HttpResponse, asked: str) -> RepositoryFacts:
    if response.location is None:
        return _facts_of_page(response, asked)
    if not same_host(asked, response.location):
        raise _bad(response, "redirect-refused", "the question for the latest release leads to another host")
    page = release_page(response.location)
    if page is None:
        raise _elsewhere(response, response.location)
    return RepositoryFacts(full_name=page.full_name, latest=page.tag)


def _facts_of_page(response: HttpResponse, asked: str) -> RepositoryFacts:
    """A host that answers with the page itself: where it came from counts, else a link to the release."""
    page = release_page(response.evidence.final_url or asked)
    if page is not None and not page.is_latest:
        return RepositoryFacts(full_name=page.full_name, latest=page.tag)
    if page is not None and (tag := _linked_tag(response.body, page)) is not None:
        return RepositoryFacts(full_name=page.full_name, latest=tag)
    raise _bad(response, "html", "the question for the latest release was answered with some other page")


def _linked_tag(body: bytes, page: ReleasePage) -> str | None:
    """The first release of this very repository that the page links to."""
    name = re.escape(quote(page.full_name)).encode()
    match = re.search(rb"/" + name + rb"/releases/tag/([^\s\"'<>?#&]{1,256})", body)
    tag = unquote(match[1].decode("ascii", "replace")) if match else ""
    return tag if is_part(tag) else None


def _elsewhere(response: HttpResponse, target: str) -> FetchError:
    first = target.split("/", 4)[3].partition("?")[0] if target.count("/") >= 3 else ""
    if first in _SIGN_IN:
        evidence = response.evidence.judged(Outcome.UNAVAILABLE, "sign-in")
        return UnauthorizedError(evidence, "the host shows nothing without signing in")
    return _bad(response, "malformed", "the question for the latest release leads to no release")


def _bad(response: HttpResponse, failure: str, reason: str) -> BadAnswerError:
    return BadAnswerError(response.evidence.judged(Outcome.BAD, failure), reason)
