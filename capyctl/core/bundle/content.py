"""What a bundle holds, and ``bundle.json``, which lists it (cli.md 7.5)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from capyctl.core.lock import Lock
from capyctl.core.pattern import pattern
from capyctl.core.sha256 import SHA256

FORMAT: Final = "capyctl-bundle/1"
INDEX: Final = "bundle.json"
LOCK: Final = "capyctl.lock"
IMAGES: Final = "images.txt"
PROVIDERS: Final = "providers.yaml"
REPOSITORY: Final = "clusterctl/repository"
"""The folder that clusterctl reads as a local repository."""


_FAMILY: Final = "capyctl-bundle/"
_SEGMENT = pattern(r"[A-Za-z0-9_!@][A-Za-z0-9._+~!@-]*\Z", re.ASCII)
_KEYS: Final = {"path", "sha256", "size"}


class BundleFile(Struct, frozen=True, kw_only=True):
    """A file of a bundle: its path in the archive, its size in bytes, its sha256 (64 hex digits)."""

    path: str
    size: int
    sha256: str


class Bundle(Struct, frozen=True, kw_only=True):
    """A bundle that is whole.

    Attributes:
        digest: ``sha256:…`` of the archive's file. files: as ``bundle.json`` lists them, so without itself.
        images: to be mirrored, sorted. needed: how many release files the lock names; all of them are there.
    """

    digest: str
    lock: Lock
    files: tuple[BundleFile, ...]
    images: tuple[str, ...]
    needed: int


class IndexFileError(ValueError):
    """A ``bundle.json`` that cannot be used; the message says why. ``later``: it is of another format."""

    def __init__(self, reason: str, *, later: bool = False) -> None:
        super().__init__(reason)
        self.later = later


def described(path: str, data: bytes) -> BundleFile:
    """A file with its size and digest."""
    return BundleFile(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def is_plain_path(path: str) -> bool:
    """Whether a path stays inside the folder it is extracted to, on every system."""
    return all(_SEGMENT().match(segment) for segment in path.split("/"))


def release_path(label: str, version: str, name: str) -> str:
    """Where a release file stands: in clusterctl's local repository."""
    return f"{REPOSITORY}/{label}/{version}/{name}"


def images_of(lock: Lock) -> tuple[str, ...]:
    """Every image that the lock names, once and sorted; node images where they exist (their digest is known)."""
    locked = [each for provider in lock.providers for each in provider.images]
    locked += lock.cert_manager.images if lock.cert_manager is not None else ()
    nodes = {each.image for each in lock.kubernetes if each.digest is not None}
    return tuple(sorted(nodes | {each.image for each in locked}))


def index_bytes(files: Iterable[BundleFile]) -> bytes:
    """``bundle.json``: keys sorted, indent 2, files by path, a newline at the end."""
    rows = [{"path": each.path, "sha256": each.sha256, "size": each.size} for each in by_path(files)]
    return (json.dumps({"files": rows, "format": FORMAT}, indent=2, sort_keys=True) + "\n").encode("ascii")


def by_path(files: Iterable[BundleFile]) -> list[BundleFile]:
    """In the order in which they stand in ``bundle.json`` and in the archive."""
    return sorted(files, key=lambda each: each.path)


def read_index(data: bytes) -> tuple[BundleFile, ...]:
    """The files that a ``bundle.json`` lists.

    Raises:
        IndexFileError: it is no such file, of another format, or was not written by capyctl.
    """
    content = _content(data)
    rows = content.get("files")
    if not isinstance(rows, list):
        raise IndexFileError("it has no list under 'files'")
    files = tuple(_file(row) for row in rows)
    if len({each.path for each in files}) != len(files):
        raise IndexFileError("it lists a path twice")
    if index_bytes(files) != data:
        raise IndexFileError("its bytes are not those that capyctl writes")
    return files


def _content(data: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise IndexFileError("it is not JSON that can be read") from None
    found = content.get("format") if isinstance(content, dict) else None
    if not isinstance(content, dict) or found != FORMAT:
        is_later = isinstance(found, str) and found.startswith(_FAMILY)
        said = f"its format is {str(found)[:60]!r}" if found is not None else "it names no format"
        raise IndexFileError(f"{said}, and {FORMAT} is read here", later=is_later)
    return content


def _file(row: object) -> BundleFile:
    if not isinstance(row, dict) or set(row) != _KEYS:
        raise IndexFileError("an entry does not have exactly path, sha256 and size")
    path, size, sha256 = row["path"], row["size"], row["sha256"]
    if not isinstance(path, str) or not is_plain_path(path) or path == INDEX:
        raise IndexFileError(f"it lists {str(path)[:120]!r}, which is no path of a bundle's file")
    if type(size) is not int or size < 0 or not isinstance(sha256, str) or not SHA256().match(sha256):
        raise IndexFileError(f"size or sha256 of {path} is not valid")
    return BundleFile(path=path, size=size, sha256=sha256)
