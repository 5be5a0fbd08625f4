"""A plain HTTPS server as a repository: ``{base}/{label}/{version}/{file}``, listed by its folder index.

Servers write such an index as a page of links (nginx, Apache, Caddy, ``python -m http.server``) or as JSON
(nginx ``autoindex_format json``, Caddy with ``Accept: application/json``). Only names of versions inside
this very folder are taken from it; everything else on the page is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote, unquote, urljoin, urlsplit

from capyctl.adapters.local_files import is_plain_segment
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import HttpsTree, RepositoryLocation
from capyctl.core.version import parse_version
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion
from capyctl.ports.http import Expect, HttpClient, HttpRequest

ROUTE = "https"
INDEX_LIMIT = 8 * 1024 * 1024
"""Most bytes of a folder index that are read."""

_VERSIONS_LIMIT = 10_000
_INDEX_ACCEPT = "application/json, text/html;q=0.9, */*;q=0.1"


class HttpsTreeSource:
    """Lists and reads an HTTPS tree; listing needs a server that shows a folder index."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @property
    def route(self) -> str:
        return ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Every version folder that the index of ``{base}/{label}/`` names.

        Raises:
            BadAnswerError: with failure ``malformed``, the page is no index that names a version.
            FetchError: as the HTTP client raises it.
        """
        tree = _https(location)
        url = f"{tree.base}/{quote(tree.label)}/"
        response = self._http.get(
            HttpRequest(
                url=url,
                route=ROUTE,
                question=Question.VERSIONS,
                expect=Expect.BYTES,
                accept=_INDEX_ACCEPT,
                limit=INDEX_LIMIT,
                last_resort=True,
            )
        )
        names = index_names(response.body, response.evidence.final_url or url)
        tags = dict.fromkeys(name for name in names if parse_version(name) is not None)
        if not tags:
            raise BadAnswerError(
                response.evidence.judged(Outcome.BAD, "malformed"),
                f"{url} is not a folder index that names a version such as v1.0.0/",
            )
        listed = tuple(ListedVersion(tag=tag) for tag in list(tags)[:_VERSIONS_LIMIT])
        return Answer(value=listed, evidence=(*response.earlier, response.evidence))

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        tree = _https(location)
        if not (is_plain_segment(tag) and is_plain_segment(name)):
            nothing = Evidence(route=ROUTE, question=Question.FILE, outcome=Outcome.ABSENT)
            raise AbsentError(nothing, f"{tag!r} and {name!r} cannot both be names inside a folder")
        url = f"{tree.base}/{quote(tree.label)}/{quote(tag, safe='+')}/{quote(name)}"
        response = self._http.get(
            HttpRequest(url=url, route=ROUTE, question=Question.FILE, expect=Expect.YAML, last_resort=True)
        )
        content = FileContent(data=response.body, sha256=response.evidence.sha256 or "", url=url)
        return Answer(value=content, evidence=(*response.earlier, response.evidence))


def index_names(body: bytes, url: str) -> list[str]:
    """Names of the entries that a folder index of ``url`` lists, in its order; hostile input gives none."""
    text = body.decode("utf-8", "replace")
    if text.lstrip()[:1] in {"[", "{"}:
        return _json_names(text)
    page = _Links()
    page.feed(text)
    page.close()
    return [name for name in (_entry_name(link, url) for link in page.links) if name is not None]


def _json_names(text: str) -> list[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    entries = document if isinstance(document, list) else []
    return [name for name in _stated_names(entries) if is_plain_segment(name)]


def _stated_names(entries: list[object]) -> Iterator[str]:
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else entry
        if isinstance(name, str):
            yield name.removesuffix("/")


def _entry_name(link: str, url: str) -> str | None:
    """The name a link stands for, or None where it does not lead to an entry of this very folder."""
    try:
        folder, target = urlsplit(url), urlsplit(urljoin(url, link))
    except ValueError:
        return None
    if (target.scheme, target.netloc) != (folder.scheme, folder.netloc) or target.query:
        return None
    if not target.path.startswith(folder.path):
        return None
    name = unquote(target.path[len(folder.path) :].removesuffix("/"))
    return name if is_plain_segment(name) else None


def _https(location: RepositoryLocation) -> HttpsTree:
    if not isinstance(location, HttpsTree):
        raise TypeError("the https route was asked for a location of another kind")
    return location


class _Links(HTMLParser):
    """Collects the targets of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.extend(value for key, value in attrs if key == "href" and value)
