"""The ``world`` of a scenario file as values of ``lab/world.py``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from capyctl.core.metadata import METADATA
from capyctl.core.pattern import pattern
from capyctl.core.version import parse_version
from capyctl.lab.content import Content
from capyctl.lab.scenario_fields import Fields
from capyctl.lab.scenario_files import FilesContext, Series, read_content, read_series
from capyctl.lab.scenario_kubernetes import read_markers, read_registry
from capyctl.lab.world import (
    DEFAULT_MODULE_PROXY,
    GITHUB,
    Fault,
    FaultKind,
    FileTree,
    GitLabProject,
    Majors,
    ModuleProxy,
    Quota,
    Release,
    Repository,
    Token,
    World,
)

_Kind = TypeVar("_Kind", Majors, FaultKind)

_HEADER_NAME = pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = pattern(r"(?:[!-~](?:[ -~\t]*[!-~])?)?\Z")
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_FIRST_DAY = dt.date(2025, 1, 1)


def read_world(fields: Fields, folder: Path | None) -> World:
    """The world described by a scenario.

    Raises:
        ScenarioInvalidError: a value is of the wrong kind, or a key is not known.
    """
    world = World(
        repositories=tuple(
            _repository(name, inner, folder) for name, inner in fields.inner("repositories").items()
        ),
        proxies=tuple(_proxies(fields)),
        projects=tuple(_project(address, inner, folder) for address, inner in fields.inner("gitlab").items()),
        trees=tuple(_tree(host, inner, folder) for host, inner in fields.inner("trees").items()),
        markers=read_markers(fields.inner("markers")),
        registries=tuple(read_registry(host, inner) for host, inner in fields.inner("registries").items()),
        faults=tuple(_fault(inner) for inner in fields.list_of("faults")),
        quota=_quota(fields.inner("quota")),
        tokens=tuple(_token(inner) for inner in fields.list_of("tokens")),
        round_trip=fields.seconds("round_trip"),
        round_trips=_round_trips(fields.inner("round_trips")),
    )
    fields.finish()
    return world


def _repository(address: str, fields: Fields, folder: Path | None) -> Repository:
    parts = address.split("/")
    if len(parts) not in {2, 3}:
        raise fields.complaint(
            "", "is not a repository; write owner/name, or host/owner/name for GitHub Enterprise"
        )
    series = read_series(fields, "series") or ()
    shared = fields.inner("files")
    repository = Repository(
        name="/".join(parts[-2:]),
        host=fields.checked_host(parts[0]) if len(parts) == 3 else GITHUB,
        id=fields.number("id"),
        formerly=fields.texts("formerly"),
        archived=fields.flag("archived"),
        private=fields.flag("private"),
        releases=tuple(_releases(fields.inner("releases"), shared, series, folder)),
        tags=fields.texts("tags"),
        withdrawn=fields.texts("withdrawn"),
        majors=_majors(fields.inner("majors")),
        retracted=_retracted(fields),
    )
    fields.finish()
    return repository


def _retracted(fields: Fields) -> Mapping[str, str]:
    """A list of versions, or a mapping of versions and ranges to the reasons."""
    if isinstance(fields.take("retracted"), list):
        return dict.fromkeys(fields.texts("retracted"), "")
    return fields.mapping("retracted")


def _releases(fields: Fields, shared: Fields, series: Series, folder: Path | None) -> Iterator[Release]:
    dates = _dates([tag for tag, _ in fields.items()])
    for tag, inner in fields.items():
        context = FilesContext(tag=tag, series=series, folder=folder)
        created = inner.text("created_at", dates[tag])
        release = Release(
            tag=tag,
            files=dict(_files(inner, shared, context)),
            tree=_contents(inner.inner("tree"), context) if "tree" in inner else None,
            draft=inner.flag("draft"),
            prerelease=inner.flag("prerelease", default="-" in tag),
            immutable=inner.flag("immutable"),
            latest=inner.flag("latest"),
            created_at=created,
            published_at=inner.text("published_at", created),
            pushed=inner.flag("pushed", default=True),
        )
        inner.finish()
        yield release


def _dates(tags: list[str]) -> dict[str, str]:
    """One day after the other in the order of versions: what an untroubled project looks like."""
    versions = {tag: parse_version(tag) for tag in tags}
    ordered = sorted(tags, key=lambda tag: version.order_key if (version := versions[tag]) else ())
    days = (_FIRST_DAY + dt.timedelta(days=index) for index in range(len(ordered)))
    return {tag: f"{day.isoformat()}T08:00:00Z" for tag, day in zip(ordered, days, strict=False)}


def _files(fields: Fields, shared: Fields, context: FilesContext) -> Iterator[tuple[str, Content]]:
    own = fields.inner("files")
    without = set(fields.texts("without"))
    series = read_series(fields, "series")
    written = dict(own.items())
    names = dict.fromkeys([*(name for name, _ in shared.items()), *written])
    for name in names:
        if name in without:
            continue
        source = written.get(name) or shared.inner(name)
        if name == METADATA and name not in written and series is not None:
            source = shared.made({"metadata": {"series": fields.text("series")}})
        yield name, read_content(source, context)


def _contents(fields: Fields, context: FilesContext) -> dict[str, Content]:
    return {name: read_content(inner, context) for name, inner in fields.items()}


def _majors(fields: Fields) -> Mapping[int, Majors]:
    return {_major(fields, major): _choice(fields, major, Majors) for major, _ in fields.raw_items()}


def _major(fields: Fields, text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise fields.complaint(text, "must be the number of a major version, 2 or more")
    return int(text)


def _proxies(fields: Fields) -> Iterator[ModuleProxy]:
    if "module_proxies" not in fields:
        yield ModuleProxy()
    for host, inner in fields.inner("module_proxies").items():
        yield ModuleProxy(
            host=inner.checked_host(host or DEFAULT_MODULE_PROXY),
            base=inner.text("base").rstrip("/"),
            credential=inner.optional("credential"),
            lists=inner.mapping("lists"),
            absent=inner.texts("absent"),
        )
        inner.finish()


def _project(address: str, fields: Fields, folder: Path | None) -> GitLabProject:
    host, _, path = address.partition("/")
    context = FilesContext(folder=folder)
    packages = {
        package: {version: _package(version, files, context) for version, files in versions.items()}
        for package, versions in fields.inner("packages").items()
    }
    project = GitLabProject(
        host=fields.checked_host(host),
        path=path,
        id=fields.number("id", 42),
        private=fields.flag("private"),
        redirects=fields.flag("redirects"),
        packages=packages,
    )
    fields.finish()
    return project


def _package(version: str, fields: Fields, context: FilesContext) -> dict[str, Content]:
    return _contents(fields, FilesContext(tag=version, folder=context.folder))


def _tree(host: str, fields: Fields, folder: Path | None) -> FileTree:
    tree = FileTree(
        host=fields.checked_host(host),
        files={
            name.strip("/"): read_content(inner, FilesContext(tag=_tag_in(name), folder=folder))
            for name, inner in fields.inner("files").items()
        },
        index=fields.flag("index", default=True),
        private=fields.flag("private"),
    )
    fields.finish()
    return tree


def _tag_in(path: str) -> str:
    return next((part for part in path.split("/") if parse_version(part)), "")


def _fault(fields: Fields) -> Fault:
    fault = Fault(
        kind=_choice(fields, "kind", FaultKind),
        host=fields.text("host", "*"),
        path=fields.text("path", "*"),
        repository=fields.optional("repository"),
        file=fields.optional("file"),
        route=fields.optional("route"),
        status=_status(fields, 503),
        headers=_headers(fields),
        body=fields.text("body").encode(),
        delay=fields.seconds("delay"),
        rate=fields.size("rate"),
        after=fields.size("after"),
        times=fields.number("times"),
    )
    fields.finish()
    return fault


def _status(fields: Fields, default: int) -> int:
    status = fields.number("status", default)
    if not 200 <= status <= 599:
        raise fields.complaint("status", "must be the status of a whole answer, 200 to 599")
    return status


def _headers(fields: Fields) -> dict[str, str]:
    headers = fields.mapping("headers")
    for name, value in headers.items():
        if not _HEADER_NAME().match(name) or not _HEADER_VALUE().match(value):
            raise fields.complaint(
                "headers", f"has {name!r} with {value!r}, which no header can be in plain ASCII"
            )
        if name.lower() in _FRAMING:
            raise fields.complaint("headers", f"has {name!r}, which the lab itself writes")
    return {name.lower(): value for name, value in headers.items()}


def _choice(fields: Fields, key: str, kinds: type[_Kind]) -> _Kind:
    text = fields.text(key)
    for kind in kinds:
        if kind.value == text:
            return kind
    raise fields.complaint(key, f"must be one of {', '.join(kind.value for kind in kinds)}")


def _quota(fields: Fields) -> Quota:
    limit = fields.number("limit", 60)
    quota = Quota(
        limit=limit,
        remaining=fields.number("remaining", limit),
        reset_in=round(fields.seconds("reset_in", 3600)),
        status=_status(fields, 403),
        retry_after=round(fields.seconds("retry_after")) if "retry_after" in fields else None,
    )
    fields.finish()
    return quota


def _token(fields: Fields) -> Token:
    token = Token(
        value=fields.required("value"),
        hosts=fields.texts("hosts") or ("*",),
        push=fields.flag("push"),
        limit=fields.number("limit", 5000),
    )
    fields.finish()
    return token


def _round_trips(fields: Fields) -> dict[str, float]:
    return {host: fields.seconds(host) for host, _ in fields.raw_items()}
