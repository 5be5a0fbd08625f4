"""Records of GitHub's REST API, read with care: what is missing or of another type is left out (E2)."""

from __future__ import annotations

import re

from msgspec import Struct

from capyctl.adapters.github_address import is_full_name
from capyctl.adapters.http_origin import joined, same_host
from capyctl.core.evidence import Outcome
from capyctl.core.pattern import pattern
from capyctl.ports.fetch_errors import BadAnswerError
from capyctl.ports.fetcher import ListedVersion, RepositoryFacts
from capyctl.ports.http import HttpResponse

_NEXT = pattern(r'<([^<>]{1,2000})>\s*((?:;\s*[a-zA-Z]+="?[^",;]*"?\s*)+)')
_DIGEST = pattern(r"sha256:([0-9a-f]{64})", re.IGNORECASE)

JsonObject = dict[str, object]


class Asset(Struct, frozen=True, kw_only=True):
    """A file of a release; ``sha256`` where GitHub states it."""

    id: int
    name: str
    size: int | None
    sha256: str | None


class Release(Struct, frozen=True, kw_only=True):
    """A release with the numbers of its files."""

    version: ListedVersion
    assets: tuple[Asset, ...] = ()


def json_of(response: HttpResponse) -> object:
    """The body as JSON.

    Raises:
        BadAnswerError: ``malformed``.
    """
    import json  # noqa: PLC0415 - start-up budget; most lists come by a module proxy

    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise malformed(response, "the answer is not JSON") from error


def malformed(response: HttpResponse, reason: str) -> BadAnswerError:
    """The error for an answer that is no such record."""
    return BadAnswerError(response.evidence.judged(Outcome.BAD, "malformed"), reason)


def releases_of(response: HttpResponse) -> list[Release]:
    """The releases on one page; entries that are none are left out.

    Raises:
        BadAnswerError: the answer is something else.
    """
    page = json_of(response)
    if not isinstance(page, list):
        raise malformed(response, "the listing is not a list of releases")
    return [release for entry in page if (release := _release(entry)) is not None]


def release_of(response: HttpResponse) -> Release:
    """One release.

    Raises:
        BadAnswerError: the answer is something else.
    """
    release = _release(json_of(response))
    if release is None:
        raise malformed(response, "the answer is no release")
    return release


def repository_of(response: HttpResponse) -> RepositoryFacts:
    """Canonical name, number and state of a repository.

    Raises:
        BadAnswerError: the answer is something else.
    """
    record = json_of(response)
    if not isinstance(record, dict) or not is_full_name(record.get("full_name")):
        raise malformed(response, "the answer is no repository")
    return RepositoryFacts(
        full_name=record["full_name"],
        id=_integer(record, "id"),
        archived=_truth(record, "archived"),
    )


def next_page(response: HttpResponse, asked: str) -> str | None:
    """The address of the next page, as ``Link`` names it.

    Raises:
        BadAnswerError: it is on another host.
    """
    header = response.headers.get("link", "")
    for match in _NEXT().finditer(header[:16384]):
        if re.search(r'rel="?next"?(?:\s|;|$)', match[2]):
            return _on_the_same_host(response, asked, match[1])
    return None


def _on_the_same_host(response: HttpResponse, asked: str, link: str) -> str:
    target = joined(asked, link)
    if target is None:
        raise malformed(response, "the listing continues at something that is no address")
    if not same_host(asked, target):
        raise malformed(response, "the listing continues on another host")
    return target


def _release(entry: object) -> Release | None:
    if not isinstance(entry, dict):
        return None
    tag = _text(entry, "tag_name")
    if not tag:
        return None
    listed = entry.get("assets")
    assets = _assets(listed) if isinstance(listed, list) else None
    return Release(
        version=ListedVersion(
            tag=tag,
            draft=_truth(entry, "draft"),
            prerelease=_truth(entry, "prerelease"),
            published_at=_text(entry, "published_at"),
            created_at=_text(entry, "created_at"),
            assets=None if assets is None else tuple((asset.name, asset.size or 0) for asset in assets),
            immutable=_truth(entry, "immutable"),
        ),
        assets=assets or (),
    )


def _assets(listed: list[object]) -> tuple[Asset, ...]:
    """Files that can be downloaded; one that is still being uploaded is not there yet."""
    found = [_asset(entry) for entry in listed]
    return tuple(asset for asset in found if asset is not None)


def _asset(entry: object) -> Asset | None:
    if not isinstance(entry, dict) or entry.get("state", "uploaded") != "uploaded":
        return None
    number, name = _integer(entry, "id"), _text(entry, "name")
    if number is None or not name:
        return None
    digest = _DIGEST().fullmatch(_text(entry, "digest") or "")
    return Asset(
        id=number, name=name, size=_integer(entry, "size"), sha256=digest[1].lower() if digest else None
    )


def _text(record: JsonObject, key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) else None


def _truth(record: JsonObject, key: str) -> bool | None:
    value = record.get(key)
    return value if isinstance(value, bool) else None


def _integer(record: JsonObject, key: str) -> int | None:
    value = record.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
