"""Release assets on a forge: their numbers, their signed addresses and the host that serves the bytes."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from capyctl.lab.content import Content, ContentShelf
from capyctl.lab.exchange import Question, Reply, file_reply, text_reply
from capyctl.lab.world import GITHUB, Release, Repository, World

_FOLDER = "github-production-release-asset"


def asset_number(repository: Repository, tag: str, name: str) -> int:
    """The forge's number of an asset."""
    return 200_000_000 + zlib.crc32(f"{repository.number}/{tag}/{name}".encode()) % 700_000_000


def objects_host(forge: str) -> str:
    """The host that serves a forge's objects."""
    return "release-assets.githubusercontent.com" if forge == GITHUB else f"media.{forge}"


def signed_address(repository: Repository, tag: str, name: str) -> str:
    """The short-lived address of an asset's bytes; its query is the permission."""
    path = f"/{_FOLDER}/{repository.number}/{asset_number(repository, tag, name)}"
    query = {
        "sp": "r",
        "sv": "2018-11-09",
        "sr": "b",
        "sig": _signature(path),
        "rscd": f"attachment; filename={name}",
        "rsct": "application/octet-stream",
    }
    return f"https://{objects_host(repository.host)}{path}?{urlencode(query, quote_via=quote)}"


def every_asset(repository: Repository) -> Iterator[tuple[int, Release, str, Content]]:
    """Number, release, name and content of every asset."""
    for release in repository.releases:
        for name, content in release.files.items():
            yield asset_number(repository, release.tag, name), release, name, content


def answer_objects(world: World, shelf: ContentShelf, forge: str, question: Question) -> Reply:
    """The objects host: a valid signature gives the bytes, an Authorization header beside it is refused."""
    found = _addressed(world, forge, question)
    if found is None:
        return text_reply(404, "The specified resource does not exist.").about(route="objects")
    repository, name, content = found
    if question.query.get("sig") != _signature(question.path):
        return text_reply(403, "AuthenticationFailed").about(
            route="objects", repository=repository.name, file=name
        )
    if "authorization" in question.headers:
        refusal = text_reply(400, "InvalidAuthenticationInfo: only one way of authentication is allowed")
        return refusal.about(route="objects", repository=repository.name, file=name)
    reply = file_reply(question, shelf.of(content).data)
    return reply.about(route="objects", repository=repository.name, file=name)


def _addressed(world: World, forge: str, question: Question) -> tuple[Repository, str, Content] | None:
    match question.segments:
        case (folder, repository_number, number) if folder == _FOLDER and repository_number.isdecimal():
            repository = world.repository_by_number(int(repository_number), forge)
            assets = every_asset(repository) if repository else ()
            named = ((repository, name, content) for key, _, name, content in assets if str(key) == number)
            return next(((home, name, content) for home, name, content in named if home), None)
        case _:
            return None


def _signature(path: str) -> str:
    return hashlib.sha256(b"lab:" + path.encode()).hexdigest()[:44]
