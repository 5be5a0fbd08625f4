"""The module-proxy tree of a bundle: what the Go toolchain reads of the locked versions (peers-and-protocols B1)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from capyctl.core.bundle.content import is_plain_path
from capyctl.core.module_path import escape_module_path, major_path
from capyctl.core.version import parse_version

FOLDER: Final = "goproxy"


def goproxy_files(releases: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """``list``, ``V.info`` and ``V.mod`` by path; each release is the path of its repository and its tag.

    A tag that no module version has is left out, and so is a repository whose name is no module path: a module
    proxy could not serve them either.
    """
    modules: dict[str, set[str]] = defaultdict(set)
    for repository, tag in releases:
        module = _module(repository, tag)
        if module is not None:
            modules[module].add(tag)
    files: dict[str, bytes] = {}
    for module, tags in modules.items():
        folder = f"{FOLDER}/{escape_module_path(module)}/@v"
        files[f"{folder}/list"] = "".join(f"{tag}\n" for tag in sorted(tags)).encode("ascii")
        for tag in tags:
            name = f"{folder}/{escape_module_path(tag)}"
            files[f"{name}.info"] = json.dumps({"Version": tag}, separators=(",", ":")).encode("ascii")
            files[f"{name}.mod"] = f"module {module}\n".encode("ascii")
    return files


def _module(repository: str, tag: str) -> str | None:
    version = parse_version(tag)
    if version is None or version.canonical != tag or version.is_pseudo:
        return None
    module = major_path(repository, version.major)
    try:
        return module if is_plain_path(escape_module_path(module)) else None
    except ValueError:
        return None
