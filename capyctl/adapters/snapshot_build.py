"""Making the embedded snapshot from a folder of the corpus or from sources; run by ``nox -s snapshot``."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from capyctl.adapters.snapshot import FORMAT, SIZE_LIMIT, Snapshot, SnapshotRepository
from capyctl.core.location import GitHubReleases
from capyctl.core.metadata import METADATA
from capyctl.core.version import parse_tag
from capyctl.ports.asking import Asker
from capyctl.ports.fetch_errors import AbsentError, FetchError
from capyctl.ports.fetcher import FileSource, VersionSource

_SIDE_BY_SIDE = 16
"""Files of one repository that are asked for at once."""


class SnapshotIncompleteError(Exception):
    """Some repositories could not be read whole, so nothing was made; ``failures`` has a line for each."""

    def __init__(self, failures: Sequence[str]) -> None:
        super().__init__("; ".join(failures))
        self.failures = tuple(failures)


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
    locations: Mapping[str, GitHubReleases],
    versions: VersionSource,
    files: FileSource,
    asker: Asker,
    day: str,
) -> bytes:
    """The snapshot of what sources say today: the tags that are versions, each with its metadata.yaml.

    Args:
        locations: where each repository is asked for, by its name today, under which it is kept.
        versions: lists every tag.
        files: has metadata.yaml as published; a tag may have none.
        asker: puts the questions for files.
        day: YYYY-MM-DD, for all repositories.

    Raises:
        SnapshotIncompleteError: a source did not answer; all repositories were tried, and all that failed are named.
        ValueError: as ``encode_snapshot``.
    """
    repositories: list[SnapshotRepository] = []
    failures: list[str] = []
    for name, location in sorted(locations.items()):
        try:
            tags = [listed.tag for listed in versions.versions(location).value]
            known = dict(_ask_metadata(location, tags, files, asker))
        except FetchError as error:
            failures.append(f"{name}: {error.reason}")
        else:
            repositories.append(SnapshotRepository(full_name=name, day=day, tags=known))
    if failures:
        raise SnapshotIncompleteError(failures)
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


def _ask_metadata(
    location: GitHubReleases, tags: Sequence[str], files: FileSource, asker: Asker
) -> Iterator[tuple[str, bytes | None]]:
    """The metadata.yaml of every tag that is a version, or None, in the order of the tags' texts."""
    wanted = sorted({tag for tag in tags if parse_tag(tag) is not None})
    for start in range(0, len(wanted), _SIDE_BY_SIDE):
        some = wanted[start : start + _SIDE_BY_SIDE]
        answers = asker.together([partial(_metadata, files, location, tag) for tag in some])
        for tag, answer in zip(some, answers, strict=True):
            if isinstance(answer, FetchError):
                raise answer
            yield tag, answer


def _metadata(files: FileSource, location: GitHubReleases, tag: str) -> bytes | FetchError | None:
    try:
        return files.file(location, tag, METADATA).value.data
    except AbsentError:
        return None
    except FetchError as error:
        return error
