"""The web addresses of a forge, which cost no quota (peers-and-protocols E1)."""

from __future__ import annotations

from urllib.parse import quote

from capyctl.lab.assets import signed_address
from capyctl.lab.exchange import Question, Reply, html_reply, redirect, text_reply
from capyctl.lab.git_refs import answer_refs, asks_for_refs
from capyctl.lab.world import Repository, World


def answer_web(world: World, forge: str, question: Question) -> Reply:
    """Repository pages, the latest release's redirect and downloads; strangers do not see what is private."""
    parts = question.segments
    if asks_for_refs(parts):
        return answer_refs(world, forge, question)
    repository = world.repository("/".join(parts[:2]), forge) if len(parts) >= 2 else None
    if repository is None or repository.private:
        return _not_found(parts).about(route=_route(parts))
    if not repository.is_called("/".join(parts[:2])):
        reply = _moved(forge, repository, question)
    else:
        reply = _page(forge, repository, parts[2:])
    file = parts[-1] if "download" in parts[2:] else None
    return reply.about(route=_route(parts), repository=repository.name, file=file)


def _route(parts: tuple[str, ...]) -> str:
    return "github-download" if parts[2:4] == ("releases", "download") else "github-web"


def _not_found(parts: tuple[str, ...]) -> Reply:
    return text_reply(404, "Not Found") if "download" in parts[2:] else html_reply(404, "Page not found")


def _moved(forge: str, repository: Repository, question: Question) -> Reply:
    rest = question.target.split("/", 3)[3:]
    return redirect(301, "/".join((f"https://{forge}/{repository.name}", *rest)))


def _page(forge: str, repository: Repository, rest: tuple[str, ...]) -> Reply:
    match rest:
        case () | ("",):
            return html_reply(200, repository.name)
        case ("releases",):
            return html_reply(200, f"Releases of {repository.name}")
        case ("releases", "latest", *asset):
            return _latest(f"https://{forge}/{repository.name}/releases", repository, tuple(asset))
        case ("releases", "tag", *tag) if "/".join(tag) in repository.pushed_tags:
            return html_reply(200, f"Release {'/'.join(tag)}")
        case ("releases", "download", *tag, name):
            return _download(repository, "/".join(tag), name)
        case _:
            return html_reply(404, "Page not found")


def _latest(base: str, repository: Repository, asset: tuple[str, ...]) -> Reply:
    latest = repository.marked_latest
    tag = quote(latest.tag, safe="") if latest else None
    match asset:
        case ():
            return redirect(302, f"{base}/tag/{tag}" if tag else base)
        case ("download", name) if tag:
            return redirect(302, f"{base}/download/{tag}/{quote(name)}")
        case _:
            return text_reply(404, "Not Found")


def _download(repository: Repository, tag: str, name: str) -> Reply:
    release = repository.release(tag)
    if release is None or release.draft or name not in release.files:
        return text_reply(404, "Not Found")
    return redirect(302, signed_address(repository, tag, name))
