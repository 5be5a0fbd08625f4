"""Addresses of GitHub, github.com and Enterprise alike: what is asked, and how a target reads (E1)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from capyctl.core.evidence import Question
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.ports.http import Credential, Expect, HttpRequest

_IN_A_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
_NAME_LIMIT = 100
_TAG_LIMIT = 256
_PAGE_LIMIT = 64 * 1024 * 1024
_RECORD = "application/vnd.github+json"
_RELEASES = "releases"

API_ROUTE = "github-api"
API_VERSION = {"X-GitHub-Api-Version": "2022-11-28"}
RECORD_LIMIT = 8 * 1024 * 1024
PAGE_SIZE = 100


class ReleasePage(Struct, frozen=True, kw_only=True):
    """An address below ``/{owner}/{name}/releases``; ``tag`` is decoded, None for the list itself."""

    full_name: str
    tag: str | None = None
    is_latest: bool = False


def github(location: RepositoryLocation) -> GitHubReleases:
    """The location as GitHub's.

    Raises:
        TypeError: it is of another kind, which no GitHub adapter may be asked for: a fault of ours.
    """
    if not isinstance(location, GitHubReleases):
        raise TypeError("a GitHub route was asked for a location of another kind")
    return location


def repository_path(location: GitHubReleases) -> str:
    """``owner/name``, each part percent-encoded."""
    return f"{quote(location.owner, safe='')}/{quote(location.name, safe='')}"


def download_url(location: GitHubReleases, tag: str, name: str) -> str:
    """Where the web serves a file of a release."""
    path = f"{repository_path(location)}/releases/download/{quote(tag, safe='')}/{quote(name, safe='')}"
    return f"https://{location.host}/{path}"


def api_url(location: GitHubReleases) -> str:
    """Where the API has the record of a repository."""
    return f"{location.api_base}/repos/{repository_path(location)}"


def api_credential(
    location: GitHubReleases, credential_for: Callable[[str], Credential | None] | None
) -> Credential | None:
    """What is sent to the API of the repository's host."""
    return credential_for(urlsplit(location.api_base).netloc) if credential_for else None


def record_request(
    url: str,
    question: Question,
    credential: Credential | None,
    *,
    limit: int = RECORD_LIMIT,
    last_resort: bool,
) -> HttpRequest:
    """The question for a record of the API."""
    return HttpRequest(
        url=url,
        route=API_ROUTE,
        question=question,
        expect=Expect.JSON,
        accept=_RECORD,
        credential=credential,
        limit=limit,
        headers=API_VERSION,
        last_resort=last_resort,
        moves_within_host=True,
    )


def list_request(url: str, credential: Credential | None, *, last_resort: bool) -> HttpRequest:
    """The question for a page of a repository's releases."""
    return record_request(url, Question.VERSIONS, credential, limit=_PAGE_LIMIT, last_resort=last_resort)


def first_page(location: GitHubReleases) -> str:
    """The address of the first page of a repository's releases."""
    return f"{api_url(location)}/releases?per_page={PAGE_SIZE}"


def is_part(text: str) -> bool:
    """Whether a tag or a file name can be one part of an address: no ``..``, no control character, no end."""
    return (
        text not in {"", ".", ".."} and len(text) <= _TAG_LIMIT and min(text) > "\x1f" and "\x7f" not in text
    )


def release_page(url: str) -> ReleasePage | None:
    """Read the path of a web address, or None where it is no page of a repository's releases."""
    try:
        parts = urlsplit(url).path.strip("/").split("/")
    except ValueError:  # kept on disk, where anybody may write
        return None
    if len(parts) < 3 or parts[2] != _RELEASES or not all(map(_is_name, parts[:2])):
        return None
    full_name = "/".join(parts[:2])
    match parts[3:]:
        case []:
            return ReleasePage(full_name=full_name)
        case ["latest"]:
            return ReleasePage(full_name=full_name, is_latest=True)
        case ["tag", *rest] if rest:
            tag = unquote("/".join(rest))
            return ReleasePage(full_name=full_name, tag=tag) if is_part(tag) else None
    return None


def is_full_name(text: object) -> bool:
    """Whether a text of an answer is an ``owner/name``, as every repository of GitHub has one."""
    parts = text.split("/") if isinstance(text, str) else []
    return len(parts) == 2 and all(map(_is_name, parts))


def _is_name(part: str) -> bool:
    """Whether an owner or a repository can be called so."""
    return 0 < len(part) <= _NAME_LIMIT and not part.strip(_IN_A_NAME)
