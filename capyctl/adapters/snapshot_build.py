"""Making the embedded snapshot from a folder of the corpus or from sources; run by ``nox -s snapshot``."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from pathlib import Path

from capyctl.adapters.snapshot import FORMAT, METADATA, SIZE_LIMIT, Snapshot, SnapshotRepository
from capyctl.core.location import GitHubReleases
from capyctl.ports.fetch_errors import AbsentError
from capyctl.ports.fetcher import FileSource, VersionSource


def build_snapshot(folder: Path) -> bytes:
    """The snapshot of a folder that holds ``{owner}__{name}/versions.json`` and ``metadata/{digest}.yaml``.

    The same folder gives the same document; its day is the newest of the repositories' own.

    Raises:
        OSError: a file cannot be read. ValueError: a metadata file is not the one its digest names.
    """
    repositories = [_read_repository(path) for path in sorted(folder.glob("*/versions.json"))]
    if not repositories:
        raise ValueError(f"{folder} holds no repository")
    return encode_snapshot(_snapshot(max(entry.day for entry in repositories), repositories))


def collect_snapshot(
    locations: Iterable[GitHubReleases], versions: VersionSource, files: FileSource, day: str
) -> bytes:
    """The snapshot of what sources say today; ``day`` is YYYY-MM-DD.

    Raises:
        FetchError: a source did not answer. A tag without metadata.yaml is no error.
    """
    repositories = [_ask_repository(location, versions, files, day) for location in locations]
    return encode_snapshot(_snapshot(day, repositories))


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The bytes of a snapshot: equal metadata stored once, repositories sorted, compressed.

    Raises:
        ValueError: the result would be larger than ``SIZE_LIMIT``.
    """
    texts: dict[bytes, int] = {}
    repositories = {
        entry.full_name: {
            "day": entry.day,
            "tags": {
                tag: None if text is None else texts.setdefault(text, len(texts))
                for tag, text in entry.tags.items()
            },
        }
        for _, entry in sorted(snapshot.repositories.items())
    }
    document = {
        "format": FORMAT,
        "day": snapshot.day,
        "texts": [text.decode("utf-8", "surrogateescape") for text in texts],
        "repositories": repositories,
    }
    data = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)
    if len(data) > SIZE_LIMIT:
        raise ValueError(f"the snapshot has {len(data)} bytes; at most {SIZE_LIMIT} may be embedded")
    return data


def _snapshot(day: str, repositories: list[SnapshotRepository]) -> Snapshot:
    return Snapshot(day=day, repositories={entry.full_name.lower(): entry for entry in repositories})


def _read_repository(path: Path) -> SnapshotRepository:
    record = json.loads(path.read_text(encoding="utf-8"))
    tags = {tag: _read_metadata(path.parent, record["metadata"][tag]) for tag in record["tags"]}
    return SnapshotRepository(full_name=record["repository"], day=record["snapshot_date"], tags=tags)


def _read_metadata(folder: Path, digest: str | None) -> bytes | None:
    if digest is None:
        return None
    path = folder / "metadata" / f"{digest[:12]}.yaml"
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != digest:
        raise ValueError(f"{path} does not have the digest that versions.json states")
    return text


def _ask_repository(
    location: GitHubReleases, versions: VersionSource, files: FileSource, day: str
) -> SnapshotRepository:
    tags: dict[str, bytes | None] = {}
    for listed in sorted(versions.versions(location).value, key=lambda version: version.tag):
        try:
            tags[listed.tag] = files.file(location, listed.tag, METADATA).value.data
        except AbsentError:
            tags[listed.tag] = None
    return SnapshotRepository(full_name=location.full_name, day=day, tags=tags)
