"""A Go module proxy over the world's repositories: the protocol of peers-and-protocols B1, whole."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion, parse_version
from capyctl.lab.content import Content
from capyctl.lab.credentials import basic_pair
from capyctl.lab.exchange import Question, Reply, file_reply, text_reply, validated
from capyctl.lab.world import Majors, ModuleProxy, Release, Repository, World

_MAJOR_SUFFIX = pattern(r"/v([2-9]|[1-9]\d+)\Z")
_ESCAPED = pattern(r"!([a-z])")
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def escape(path: str) -> str:
    """Case-encoding: a capital letter becomes ``!`` and its small letter."""
    return re.sub(r"[A-Z]", lambda found: "!" + found[0].lower(), path)


def answer_module_proxy(world: World, proxy: ModuleProxy, question: Question) -> Reply:
    """``@v/list``, ``@latest``, ``.info``, ``.mod`` and ``.zip`` of a module."""
    if proxy.credential is not None and basic_pair(question) != proxy.credential:
        return text_reply(401, "unauthorized").about(route="goproxy")
    path = question.path
    if not path.startswith(f"{proxy.base}/"):
        return text_reply(404, "not found").about(route="goproxy")
    module, _, what = path[len(proxy.base) + 1 :].partition("/@")
    if module != _ESCAPED().sub(lambda found: found[0], module.lower()) or not what:
        return text_reply(404, f"not found: invalid escaped module path {module!r}").about(route="goproxy")
    module = _ESCAPED().sub(lambda found: found[1].upper(), module)
    return _Module(world, proxy, module).answer(question, what).about(route="goproxy")


class _Module:
    """One module path and the repository behind it."""

    def __init__(self, world: World, proxy: ModuleProxy, path: str) -> None:
        self._proxy = proxy
        self.path = path
        suffix = _MAJOR_SUFFIX().search(path)
        self._major = int(suffix[1]) if suffix else None
        host, _, name = path[: suffix.start() if suffix else len(path)].partition("/")
        # A module path keeps its capitals apart although the forge does not (E2).
        found = world.repository(name, host)
        names = (found.name, *found.formerly) if found else ()
        self._repository = found if found and not found.private and name in names else None

    def answer(self, question: Question, what: str) -> Reply:
        repository = self._repository
        if self.path in self._proxy.absent or repository is None:
            return self._absent("no such module")
        reply = validated(question, self._file(question, repository, what))
        return reply.about(route="goproxy", repository=repository.name)

    def _file(self, question: Question, repository: Repository, what: str) -> Reply:
        versions = dict(self._versions(repository))
        if what == "v/list":
            return self._list(repository, versions)
        if what == "latest":
            return self._latest(versions)
        name, _, kind = what.removeprefix("v/").rpartition(".")
        version = _ESCAPED().sub(lambda found: found[1].upper(), name)
        if version not in versions or kind not in {"info", "mod", "zip"}:
            return self._absent(f"unknown revision {version}")
        if kind == "info":
            return self._info(version)
        if kind == "mod":
            return text_reply(200, self._go_mod(repository, version))
        reply = file_reply(question, self._zip(repository, version), media_type="application/zip")
        return reply.about(route="goproxy", file=f"{version}.zip")

    def _absent(self, reason: str) -> Reply:
        return text_reply(404, f"not found: {self.path}: {reason}")

    def _versions(self, repository: Repository) -> Iterator[tuple[str, ProviderVersion]]:
        for tag in repository.module_versions:
            version = parse_version(tag)
            if version is None or not tag.startswith("v") or version.build is not None:
                continue
            kind = repository.majors.get(version.major, Majors.SUFFIX)
            if (version.major < 2 and self._major is None) or (
                version.major >= 2 and kind is Majors.SUFFIX and self._major == version.major
            ):
                yield tag, version
            elif version.major >= 2 and kind is Majors.INCOMPATIBLE and self._major is None:
                yield f"{tag}+incompatible", version

    def _list(self, repository: Repository, versions: dict[str, ProviderVersion]) -> Reply:
        if self.path in self._proxy.lists:
            return text_reply(200, self._proxy.lists[self.path])
        if self._major is not None and not versions:
            return self._absent(self._why_hidden(repository))
        return text_reply(200, "".join(f"{tag}\n" for tag in versions))

    def _why_hidden(self, repository: Repository) -> str:
        hidden = repository.majors.get(self._major or 0) is Majors.HIDDEN
        bare = self.path.rpartition("/")[0]
        return (
            f'invalid version: go.mod has non-.../v{self._major} module path "{bare}"'
            if hidden
            else "no such module"
        )

    def _latest(self, versions: dict[str, ProviderVersion]) -> Reply:
        best = max(versions.items(), key=lambda item: item[1].choice_key, default=None)
        return self._absent("no versions") if best is None else self._info(best[0])

    def _info(self, version: str) -> Reply:
        body = json.dumps({"Version": version, "Time": "2025-01-01T00:00:00Z"})
        return Reply(status=200, headers={"content-type": "application/json"}, body=body.encode())

    def _go_mod(self, repository: Repository, version: str) -> str:
        """The go.mod of a version; retractions are made with the highest one, and are of its own module."""
        versions = dict(self._versions(repository))
        highest = max(versions, key=lambda name: versions[name].choice_key)
        lines = [
            f"\t// {reason}\n\t{what}\n" if reason else f"\t{what}\n"
            for what, reason in repository.retracted.items()
            if version == highest and self._is_of_this(what)
        ]
        block = f"\nretract (\n{''.join(lines)})\n" if lines else ""
        return f"module {self.path}\n\ngo 1.24\n{block}"

    def _is_of_this(self, retracted: str) -> bool:
        first = parse_version(retracted.strip("[]").partition(",")[0].strip())
        return first is not None and (first.major if first.major > 1 else None) == self._major

    def _zip(self, repository: Repository, version: str) -> bytes:
        release = repository.release(version.removesuffix("+incompatible"))
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in sorted(self._tree(repository, release, version).items()):
                entry = zipfile.ZipInfo(f"{self.path}@{version}/{name}", _ZIP_DATE)
                archive.writestr(entry, content.render(), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    def _tree(self, repository: Repository, release: Release | None, version: str) -> dict[str, Content]:
        own = {
            "go.mod": Content(data=self._go_mod(repository, version).encode()),
            "README.md": Content(data=b"# A provider\n"),
        }
        sources = release.sources if release else {}
        return own | {
            name: content for name, content in sources.items() if not name.endswith("-components.yaml")
        }
