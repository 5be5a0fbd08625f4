"""The REST API of a forge: repositories, releases, assets, tags, with quota and credentials (E2 and E3)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capyctl.lab.assets import asset_number, every_asset, signed_address
from capyctl.lab.content import ContentShelf
from capyctl.lab.credentials import accepted, presented
from capyctl.lab.exchange import Question, Reply, json_reply, redirect, validated
from capyctl.lab.quota import QuotaLedger
from capyctl.lab.world import GITHUB, Release, Repository, Token, World

_DOCS = "https://docs.github.com/rest"
_LARGEST_PAGE = 100
_OCTETS = "application/octet-stream"


def api_base(forge: str) -> str:
    """Where a forge's REST API begins."""
    return "https://api.github.com" if forge == GITHUB else f"https://{forge}/api/v3"


class RestDesk(Struct, frozen=True, kw_only=True):
    """One forge's API while a lab runs: its host, what is left of its quotas, its files."""

    forge: str
    quotas: QuotaLedger
    shelf: ContentShelf


def answer_rest(world: World, desk: RestDesk, question: Question) -> Reply:
    """One API call, counted against the quota of its caller."""
    forge, quotas = desk.forge, desk.quotas
    secret = presented(question)
    token = accepted(world, question.host, secret)
    if secret is not None and token is None:
        reply = _message(401, "Bad credentials")
        return reply.about(route="github-api")
    parts = question.segments if forge == GITHUB else question.segments[2:]
    if parts in {("rate_limit",), ("meta",)}:
        return json_reply(200, {}, quotas.headers(question.host, token)).about(route="github-api")
    exhausted = quotas.spend(question.host, token)
    headers = quotas.headers(question.host, token)
    if exhausted:
        reply = _message(quotas.status, "API rate limit exceeded for this address.")
    else:
        reply = validated(question, _routed(world, desk, token, question, parts))
    return replace(reply, headers=dict(reply.headers) | headers).about(route="github-api")


def _message(status: int, text: str) -> Reply:
    return json_reply(status, {"message": text, "documentation_url": _DOCS, "status": str(status)})


def _routed(
    world: World, desk: RestDesk, token: Token | None, question: Question, parts: tuple[str, ...]
) -> Reply:
    match parts:
        case ("repos", owner, name, *rest):
            repository = world.repository(f"{owner}/{name}", desk.forge)
            moved = repository is not None and not repository.is_called(f"{owner}/{name}")
        case ("repositories", number, *rest) if number.isdecimal():
            repository, moved = world.repository_by_number(int(number), desk.forge), False
        case _:
            return _message(404, "Not Found")
    if repository is None or (repository.private and token is None):
        return _message(404, "Not Found")
    if moved:
        return _moved(repository, rest, question).about(route="github-api", repository=repository.name)
    call = _Call(repository, desk.shelf, token, question)
    return call.answer(tuple(rest)).about(route="github-api", repository=repository.name)


def _moved(repository: Repository, rest: list[str], question: Question) -> Reply:
    tail = question.target.partition("?")
    address = "/".join((f"{api_base(repository.host)}/repositories/{repository.number}", *rest))
    location = address + "".join(tail[1:])
    value = {"message": "Moved Permanently", "url": location, "documentation_url": _DOCS}
    return replace(json_reply(301, value), headers=dict(redirect(301, location).headers))


class _Call:
    """One call on a repository that exists and may be seen."""

    def __init__(
        self, repository: Repository, shelf: ContentShelf, token: Token | None, question: Question
    ) -> None:
        self._shelf = shelf
        self._repository = repository
        self._question = question
        self._sees_drafts = token is not None and token.push
        self._base = f"{api_base(repository.host)}/repositories/{repository.number}"

    def answer(self, rest: tuple[str, ...]) -> Reply:
        """What is asked of the repository; ``rest`` is the path below it."""
        match rest:
            case ():
                return json_reply(200, self._record())
            case ("tags",):
                return self._page([{"name": tag} for tag in reversed(self._repository.pushed_tags)], "tags")
            case ("releases", *below):
                return self._releases(tuple(below))
            case _:
                return _message(404, "Not Found")

    def _releases(self, below: tuple[str, ...]) -> Reply:
        match below:
            case ():
                return self._page([self._release(release) for release in self._visible()], "releases")
            case ("latest",):
                return self._one(self._repository.marked_latest)
            case ("tags", *tag):
                return self._one(self._published("/".join(tag)))
            case ("assets", number) if number.isdecimal():
                return self._asset(int(number))
            case _:
                return _message(404, "Not Found")

    def _visible(self) -> tuple[Release, ...]:
        return self._repository.listed if self._sees_drafts else self._repository.published

    def _published(self, tag: str) -> Release | None:
        release = self._repository.release(tag)
        return None if release is None or release.draft else release

    def _one(self, release: Release | None) -> Reply:
        return _message(404, "Not Found") if release is None else json_reply(200, self._release(release))

    def _page(self, items: list[dict[str, Any]], name: str) -> Reply:
        size = min(_LARGEST_PAGE, self._question.whole("per_page", 30))
        number = self._question.whole("page", 1)
        last = max(1, -(-len(items) // size))
        address = f"{self._base}/{name}?per_page={size}&page="
        links = (
            [f'<{address}{number + 1}>; rel="next"', f'<{address}{last}>; rel="last"']
            if number < last
            else []
        )
        links += [f'<{address}1>; rel="first"', f'<{address}{number - 1}>; rel="prev"'] if number > 1 else []
        headers = {"link": ", ".join(links)} if links else {}
        return json_reply(200, items[(number - 1) * size : number * size], headers)

    def _asset(self, number: int) -> Reply:
        for key, release, name, _ in every_asset(self._repository):
            if key == number and (not release.draft or self._sees_drafts):
                wants_bytes = _OCTETS in self._question.headers.get("accept", "")
                location = signed_address(self._repository, release.tag, name)
                reply = redirect(302, location) if wants_bytes else json_reply(200, self._file(release, name))
                return reply.about(route="github-api", file=name)
        return _message(404, "Not Found")

    def _record(self) -> dict[str, Any]:
        repository = self._repository
        owner, _, name = repository.name.partition("/")
        return {
            "id": repository.number,
            "name": name,
            "full_name": repository.name,
            "private": repository.private,
            "owner": {"login": owner},
            "html_url": f"https://{repository.host}/{repository.name}",
            "url": f"{api_base(repository.host)}/repos/{repository.name}",
            "archived": repository.archived,
            "disabled": False,
            "default_branch": "main",
        }

    def _release(self, release: Release) -> dict[str, Any]:
        repository = self._repository
        return {
            "url": f"{api_base(repository.host)}/repos/{repository.name}/releases/{self._number(release)}",
            "html_url": f"https://{repository.host}/{repository.name}/releases/tag/{release.tag}",
            "id": self._number(release),
            "tag_name": release.tag,
            "target_commitish": "main",
            "name": release.tag,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "immutable": release.immutable,
            "created_at": release.created_at,
            "published_at": None if release.draft else release.published_at,
            "assets": [self._file(release, name) for name in release.files],
        }

    def _number(self, release: Release) -> int:
        return asset_number(self._repository, release.tag, "")

    def _file(self, release: Release, name: str) -> dict[str, Any]:
        repository = self._repository
        rendered = self._shelf.of(release.files[name])
        number = asset_number(repository, release.tag, name)
        return {
            "url": f"{api_base(repository.host)}/repos/{repository.name}/releases/assets/{number}",
            "id": number,
            "name": name,
            "label": "",
            "content_type": _OCTETS,
            "state": "uploaded",
            "size": len(rendered.data),
            "digest": f"sha256:{rendered.sha256}",
            "created_at": release.created_at,
            "updated_at": release.published_at,
            "browser_download_url": (
                f"https://{repository.host}/{repository.name}/releases/download/{release.tag}/{name}"
            ),
        }
