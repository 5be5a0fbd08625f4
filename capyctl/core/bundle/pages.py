"""What each address of a served bundle answers: the module proxy, folders, and an OCI registry (cli.md 7.5).

The tree itself is at the root. The module proxy is there as well, for clusterctl asks a proxy at its root whatever
path its address has (peers-and-protocols B5). Everything is read, nothing can be written.
"""

from __future__ import annotations

import html
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote

from msgspec import Struct

from capyctl.core.bundle.content import BundleFile
from capyctl.core.bundle.goproxy import FOLDER as GOPROXY
from capyctl.core.bundle.oci import MANIFEST_TYPE, Artifact, blob_path
from capyctl.core.pattern import pattern
from capyctl.core.repr_without import repr_without

_NO_SUCH_PAGE: Final = "there is nothing at this address of the bundle\n"
_REGISTRY = pattern(r"/v2/(?P<name>.+)/(?P<what>manifests|blobs|tags)/(?P<reference>[^/]+)\Z")
_REGISTRY_HEADERS: Final = (("Docker-Distribution-Api-Version", "registry/2.0"),)
_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"
_TYPES: Final = {".yaml": "application/yaml", ".json": _JSON, ".info": _JSON}


class Page(Struct, frozen=True, kw_only=True):
    """An answer: ``content`` is its body, or the file of the bundle whose bytes are."""

    status: int
    media_type: str
    content: bytes | BundleFile
    headers: tuple[tuple[str, str], ...] = ()


class Site(Struct, frozen=True, kw_only=True):
    """A bundle as a set of pages."""

    files: Mapping[str, BundleFile]
    artifacts: Mapping[str, Artifact]
    folders: Mapping[str, frozenset[str]]

    def __repr__(self) -> str:
        return repr_without(self, "folders")

    def page(self, target: str) -> Page:
        """What is at the path of a request; its query counts for nothing."""
        path = unquote(target.partition("?")[0])
        if path == "/v2" or path.startswith("/v2/"):
            return self._registry(path)
        inner = path.removeprefix("/")
        file = self.files.get(inner) or self.files.get(f"{GOPROXY}/{inner}")
        if file is not None:
            suffix = inner[inner.rfind(".") :] if "." in inner else ""
            return Page(status=200, media_type=_TYPES.get(suffix, _TEXT), content=file)
        folder = inner.strip("/")
        names = self.folders.get(folder)
        if names is None:
            return Page(status=404, media_type=_TEXT, content=_NO_SUCH_PAGE.encode())
        if path and not path.endswith("/"):
            location = ("Location", f"{quote(path)}/")
            return Page(status=301, media_type=_TEXT, content=b"", headers=(location,))
        return Page(status=200, media_type="text/html; charset=utf-8", content=_index(folder, names))

    def _registry(self, path: str) -> Page:
        if path in ("/v2", "/v2/"):
            return _registry_page(200, _JSON, b"{}")
        match = _REGISTRY().match(path)
        artifact = self.artifacts.get(match["name"]) if match is not None else None
        if match is None or artifact is None:
            return _registry_error("NAME_UNKNOWN", "the bundle has no such repository")
        if match["what"] == "manifests":
            return _manifest(artifact, match["reference"])
        if match["what"] == "blobs":
            return self._blob(artifact, match["reference"])
        if match["reference"] != "list":
            return _registry_error("UNSUPPORTED", "tags/list is all there is of tags")
        listed = json.dumps({"name": artifact.label, "tags": [artifact.tag]})
        return _registry_page(200, _JSON, listed.encode("ascii"))

    def _blob(self, artifact: Artifact, digest: str) -> Page:
        file = self.files.get(blob_path(digest)) if digest in artifact.blobs else None
        if file is None:
            return _registry_error("BLOB_UNKNOWN", "the repository has no such blob")
        return _registry_page(200, "application/octet-stream", file, digest)


def site_of(files: Iterable[BundleFile], artifacts: Iterable[Artifact]) -> Site:
    """The pages of a bundle that has these files and artifacts."""
    by_path = {each.path: each for each in files}
    folders: dict[str, set[str]] = defaultdict(set)
    for path in by_path:
        segments = path.split("/")
        for depth, segment in enumerate(segments):
            mark = "/" if depth < len(segments) - 1 else ""
            folders["/".join(segments[:depth])].add(f"{segment}{mark}")
    return Site(
        files=by_path,
        artifacts={each.label: each for each in artifacts},
        folders={folder: frozenset(names) for folder, names in folders.items()},
    )


def _manifest(artifact: Artifact, reference: str) -> Page:
    if reference not in (artifact.tag, artifact.digest):
        return _registry_error("MANIFEST_UNKNOWN", "the repository has no such manifest")
    return _registry_page(200, MANIFEST_TYPE, artifact.manifest, artifact.digest)


def _registry_page(status: int, media_type: str, content: bytes | BundleFile, digest: str = "") -> Page:
    headers = (*_REGISTRY_HEADERS, *((("Docker-Content-Digest", digest),) if digest else ()))
    return Page(status=status, media_type=media_type, content=content, headers=headers)


def _registry_error(code: str, message: str) -> Page:
    body = json.dumps({"errors": [{"code": code, "message": message}]})
    return _registry_page(404, _JSON, body.encode("ascii"))


def _index(folder: str, names: Iterable[str]) -> bytes:
    """A folder's index as web servers write it, so that readers of plain trees can list versions."""
    title = html.escape(f"/{folder}/" if folder else "/")
    rows = "".join(f'<li><a href="{quote(name)}">{html.escape(name)}</a></li>\n' for name in sorted(names))
    return f"<!DOCTYPE html>\n<title>{title}</title>\n<ul>\n{rows}</ul>\n".encode()
