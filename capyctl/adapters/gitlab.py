"""GitLab generic packages as a repository: files, and the listing clusterctl lacks (peers-and-protocols E5).

``evidence.failure`` of an AbsentError from a listing tells what is missing: ``project-missing`` (or private,
which GitLab does not distinguish for strangers, F23) or ``package-missing`` (the project is there).
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from capyctl.adapters.http_origin import joined
from capyctl.adapters.local_files import is_plain_segment
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitLabPackages, RepositoryLocation
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion
from capyctl.ports.http import Credential, Expect, HttpClient, HttpRequest, HttpResponse

ROUTE = "gitlab"
PAGE_SIZE = 100
PAGES_LIMIT = 100
"""Most pages of a listing that are read: ten thousand packages."""

_LIST_LIMIT = 8 * 1024 * 1024


class GitLabSource:
    """Lists and reads generic packages of GitLab projects, on any host.

    The project is asked for as the address spells it; both ``42`` and ``group%2Fproject`` are fine (F22).
    """

    def __init__(self, http: HttpClient, token: str | None = None) -> None:
        """Prepare a source.

        Args:
            http: asks the questions.
            token: value of ``GITLAB_ACCESS_TOKEN``; sent as a bearer token to the location's host only.
        """
        self._http = http
        self._token = token or None

    @property
    def route(self) -> str:
        return ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Every version of the package by that exact name, whatever its status.

        Raises:
            AbsentError: no such project, or no package of that name in it.
            BadAnswerError: an answer is no list of packages, or names a further page on another host.
            FetchError: as the HTTP client raises it, ``earlier`` holding the pages before.
        """
        packages = _gitlab(location)
        listed: dict[str, ListedVersion] = {}
        asked: list[Evidence] = []
        pages = 0
        url: str | None = self._list_url(packages)
        try:
            while url is not None and pages < PAGES_LIMIT:
                response = self._http.get(self._list_request(packages, url))
                for version in _page(response, packages.package):
                    listed.setdefault(version.tag, version)
                url = _next_page(response, url)
                asked += [*response.earlier, response.evidence]
                pages += 1
        except AbsentError as error:
            raise _project_missing(error, packages) from error
        except FetchError as error:
            error.earlier = (*asked, *error.earlier)
            raise
        if not listed:
            raise _package_missing(asked, packages)
        return Answer(value=tuple(listed.values()), evidence=tuple(asked))

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        packages = _gitlab(location)
        if not (is_plain_segment(tag) and is_plain_segment(name)):
            nothing = Evidence(route=ROUTE, question=Question.FILE, outcome=Outcome.ABSENT)
            raise AbsentError(nothing, f"{tag!r} and {name!r} cannot both be parts of a package's address")
        path = "/".join(quote(part, safe="") for part in (packages.package, tag, name))
        url = f"{_project_url(packages)}/packages/generic/{path}"
        response = self._http.get(
            HttpRequest(
                url=url,
                route=ROUTE,
                question=Question.FILE,
                expect=Expect.YAML,
                credential=self._credential(packages),
                last_resort=True,
            )
        )
        content = FileContent(data=response.body, sha256=response.evidence.sha256 or "", url=url)
        return Answer(value=content, evidence=(*response.earlier, response.evidence))

    def _list_url(self, packages: GitLabPackages) -> str:
        name = quote(packages.package, safe="")
        query = f"package_type=generic&package_name={name}&per_page={PAGE_SIZE}"
        return f"{_project_url(packages)}/packages?{query}"

    def _list_request(self, packages: GitLabPackages, url: str) -> HttpRequest:
        return HttpRequest(
            url=url,
            route=ROUTE,
            question=Question.VERSIONS,
            expect=Expect.JSON,
            accept="application/json",
            credential=self._credential(packages),
            limit=_LIST_LIMIT,
            last_resort=True,
        )

    def _credential(self, packages: GitLabPackages) -> Credential | None:
        if self._token is None:
            return None
        return Credential(
            host=packages.host,
            header="Authorization",
            value=f"Bearer {self._token}",
            origin="GITLAB_ACCESS_TOKEN",
        )


def _project_url(packages: GitLabPackages) -> str:
    return f"https://{packages.host}{packages.base_path.rstrip('/')}/api/v4/projects/{packages.project}"


def _page(response: HttpResponse, package: str) -> list[ListedVersion]:
    """The versions on one page; ``package_name`` finds parts of names, so the exact name is compared here."""
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise _malformed(response, "the listing is not JSON") from error
    if not isinstance(document, list):
        raise _malformed(response, "the listing is not a list of packages")
    return [_listed(entry) for entry in document if _is_version_of(entry, package)]


def _is_version_of(entry: object, package: str) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("name") == package
        and entry.get("package_type", "generic") == "generic"
        and isinstance(entry.get("version"), str)
    )


def _listed(entry: dict[str, object]) -> ListedVersion:
    created = entry.get("created_at")
    text = created if isinstance(created, str) else None
    return ListedVersion(tag=str(entry["version"]), published_at=text, created_at=text)


def _next_page(response: HttpResponse, url: str) -> str | None:
    """The address of the next page on the same host, by ``x-next-page`` or by ``Link``."""
    number = response.headers.get("x-next-page", "").strip()
    if number.isascii() and number.isdecimal():
        base = url.partition("&page=")[0]
        return f"{base}&page={int(number[:6])}"
    target = _link_next(response.headers.get("link", ""))
    if target is None:
        return None
    absolute = joined(url, target)
    if absolute is None:
        raise _malformed(response, "the listing continues at something that is no address")
    if urlsplit(absolute)[:2] != urlsplit(url)[:2]:
        raise _malformed(response, "the listing continues on another host")
    return absolute


def _link_next(header: str) -> str | None:
    for part in header.split(","):
        target, _, parameters = part.partition(";")
        if 'rel="next"' in parameters.replace(" ", "") or "rel=next" in parameters.replace(" ", ""):
            return target.strip().removeprefix("<").removesuffix(">")
    return None


def _malformed(response: HttpResponse, reason: str) -> BadAnswerError:
    return BadAnswerError(response.evidence.judged(Outcome.BAD, "malformed"), reason)


def _project_missing(error: AbsentError, packages: GitLabPackages) -> AbsentError:
    sent = "with the token" if error.evidence.credential_sent else "without a token"
    missing = AbsentError(
        error.evidence.judged(Outcome.ABSENT, "project-missing"),
        f"{packages.host} knows no project {packages.project} {sent}; "
        "a private project gives strangers the same answer",
    )
    missing.earlier = error.earlier
    return missing


def _package_missing(asked: list[Evidence], packages: GitLabPackages) -> AbsentError:
    missing = AbsentError(
        replace(asked[-1], outcome=Outcome.ABSENT, failure="package-missing"),
        f"the project {packages.project} on {packages.host} has no generic package {packages.package}",
    )
    missing.earlier = tuple(asked[:-1])
    return missing


def _gitlab(location: RepositoryLocation) -> GitLabPackages:
    if not isinstance(location, GitLabPackages):
        raise TypeError("the gitlab route was asked for a location of another kind")
    return location
