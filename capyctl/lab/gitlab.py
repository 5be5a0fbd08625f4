"""A GitLab host: generic packages, their listing, and its way of hiding what is private (E5)."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

from capyctl.lab.credentials import accepted, presented
from capyctl.lab.exchange import Question, Reply, file_reply, json_reply, redirect, text_reply, validated
from capyctl.lab.world import GitLabProject, World

_ROUTE = "gitlab"


def answer_gitlab(world: World, host: str, question: Question) -> Reply:
    """One call below ``/api/v4``."""
    secret = presented(question)
    known = accepted(world, host, secret) is not None
    if secret is not None and not known:
        return json_reply(401, {"message": "401 Unauthorized"}).about(route=_ROUTE)
    return validated(question, _routed(world, host, question, known=known)).about(route=_ROUTE)


def _routed(world: World, host: str, question: Question, *, known: bool) -> Reply:
    match question.segments:
        case ("api", "v4", "version"):
            return (
                json_reply(200, {"version": "18.5.0"})
                if known
                else json_reply(401, {"message": "401 Unauthorized"})
            )
        case ("api", "v4", "projects", slug, *rest):
            project = _project(world, host, slug)
            if project is None or (project.private and not known):
                return json_reply(404, {"message": "404 Project Not Found"})
            return _project_call(project, question, tuple(rest)).about(route=_ROUTE, repository=project.path)
        case ("storage", slug, package, version, name):
            project = _project(world, host, slug)
            return _stored(project, question, (package, version, name)) if project else text_reply(404, "")
        case _:
            return text_reply(404, "404 page not found")


def _project(world: World, host: str, slug: str) -> GitLabProject | None:
    on_host = (project for project in world.projects if project.host == host)
    return next((project for project in on_host if slug in {str(project.id), project.path}), None)


def _project_call(project: GitLabProject, question: Question, rest: tuple[str, ...]) -> Reply:
    match rest:
        case ():
            return json_reply(200, {"id": project.id, "path_with_namespace": project.path, "archived": False})
        case ("packages",):
            return _page(question, _listing(project, question.query.get("package_name")))
        case ("packages", number, "package_files") if number.isdecimal():
            return _page(question, _files(project, int(number)))
        case ("packages", "generic", package, version, name):
            if project.redirects:
                return redirect(
                    302, f"https://{project.host}/storage/{project.id}/{package}/{version}/{name}"
                )
            return _stored(project, question, (package, version, name))
        case _:
            return json_reply(404, {"error": "404 Not Found"})


def _stored(project: GitLabProject, question: Question, place: tuple[str, str, str]) -> Reply:
    package, version, name = place
    content = project.packages.get(package, {}).get(version, {}).get(name)
    absent = json_reply(404, {"message": "404 Not Found"})
    reply = absent if content is None else file_reply(question, content.render())
    return reply.about(route=_ROUTE, repository=project.path, file=name)


def _number(project: GitLabProject, package: str, version: str) -> int:
    return 1 + zlib.crc32(f"{project.id}/{package}/{version}".encode()) % 100_000_000


def _listing(project: GitLabProject, wanted: str | None) -> list[dict[str, Any]]:
    return [
        {
            "id": _number(project, package, version),
            "name": package,
            "version": version,
            "package_type": "generic",
            "status": "default",
            "created_at": "2025-01-01T00:00:00.000Z",
        }
        for package, versions in project.packages.items()
        for version in versions
        if wanted is None or wanted in package
    ]


def _files(project: GitLabProject, number: int) -> list[dict[str, Any]]:
    return [
        {
            "id": index,
            "package_id": number,
            "file_name": name,
            "size": len(data),
            "file_sha256": hashlib.sha256(data).hexdigest(),
        }
        for package, versions in project.packages.items()
        for version, files in versions.items()
        if _number(project, package, version) == number
        for index, (name, content) in enumerate(files.items(), start=1)
        for data in (content.render(),)
    ]


def _page(question: Question, items: list[dict[str, Any]]) -> Reply:
    size = min(100, question.whole("per_page", 20))
    number = question.whole("page", 1)
    pages = max(1, -(-len(items) // size))
    follow = str(number + 1) if number < pages else ""
    headers = {"x-page": str(number), "x-per-page": str(size), "x-total": str(len(items))}
    headers |= {"x-total-pages": str(pages), "x-next-page": follow}
    if follow:
        headers["link"] = (
            f'<https://{question.host}{question.path}?per_page={size}&page={follow}>; rel="next"'
        )
    return json_reply(200, items[(number - 1) * size : number * size], headers)
