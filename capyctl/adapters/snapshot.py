"""The embedded snapshot: tags and metadata.yaml of known repositories as of a day, for runs without network.

The file is a zlib stream of one JSON document::

    { "format": "capyctl-snapshot/1", "day": "2026-08-21",
      "texts": [ "…" ],
      "repositories": { "owner/name": { "day": "2026-08-18", "tags": { "v1.0.0": 0, "v1.1.0": null } } } }

A tag's number is the position of its metadata.yaml in ``texts``; null means that it has none: in its tree where
the snapshot was made from recorded data, among its published files where it was made from the network. A snapshot
is made from tags: it cannot know publication, and what it does not hold may well exist (cli.md 6).
"""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.metadata import METADATA
from capyctl.ports.fetch_errors import AbsentError, UnavailableError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion, RepositoryFacts

ROUTE = "snapshot"
FORMAT = "capyctl-snapshot/1"
SIZE_LIMIT = 2 * 1024 * 1024
"""Most bytes the compressed snapshot may have (issue 3, item 11)."""

_NO_DATA = "no-data"
_HOST = "github.com"


class SnapshotRepository(Struct, frozen=True, kw_only=True):
    """One repository: its canonical name, the day it was read, and each tag's metadata.yaml or None."""

    full_name: str
    day: str
    tags: Mapping[str, bytes | None]


class Snapshot(Struct, frozen=True, kw_only=True):
    """A decoded snapshot; ``repositories`` is keyed by lower-case ``owner/name``. ``day`` is YYYY-MM-DD."""

    day: str
    repositories: Mapping[str, SnapshotRepository]


def decode_snapshot(data: bytes) -> Snapshot:
    """Read the bytes that ``snapshot_build.encode_snapshot`` wrote.

    Raises:
        ValueError: the bytes are not a snapshot of this format.
    """
    import json  # noqa: PLC0415 - start-up budget

    try:
        document = json.loads(zlib.decompress(data))
    except zlib.error as error:
        raise ValueError("the snapshot is damaged") from error
    if document["format"] != FORMAT:
        raise ValueError(f"the snapshot has the format {document['format']!r}, not {FORMAT!r}")
    texts = [text.encode("utf-8", "surrogateescape") for text in document["texts"]]
    repositories = {
        name.lower(): SnapshotRepository(
            full_name=name,
            day=entry["day"],
            tags={tag: None if number is None else texts[number] for tag, number in entry["tags"].items()},
        )
        for name, entry in document["repositories"].items()
    }
    return Snapshot(day=document["day"], repositories=repositories)


def embedded_snapshot() -> bytes:
    """The bytes of the snapshot that ships with this package."""
    return (Path(__file__).resolve().parents[1] / "data" / "snapshot.bin").read_bytes()


class SnapshotSource:
    """Versions, metadata.yaml and canonical names from a snapshot; opens no socket.

    An UnavailableError with the failure ``no-data`` says that the snapshot does not reach that far: another
    host, a repository or tag it does not hold, a file other than metadata.yaml. An AbsentError says that
    the tag's tree has no metadata.yaml.
    """

    def __init__(
        self,
        read: Callable[[], bytes] = embedded_snapshot,
        former_names: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a source; nothing is read yet.

        Args:
            read: gives the snapshot's bytes when the first question comes.
            former_names: former ``owner/name`` to the canonical one, in any case (from the provider table).
        """
        self._read = read
        self._today = {old.lower(): new.lower() for old, new in (former_names or {}).items()}

    @property
    def route(self) -> str:
        return ROUTE

    @functools.cached_property
    def _snapshot(self) -> Snapshot:
        return decode_snapshot(self._read())

    @functools.cached_property
    def _by_name_today(self) -> Mapping[str, SnapshotRepository]:
        """A snapshot keeps a repository under the name of its own day, which may be a former one by now."""
        held = self._snapshot.repositories
        return {self._today.get(name, name): entry for name, entry in held.items()} | dict(held)

    def day(self) -> str:
        """The day the snapshot was made, YYYY-MM-DD."""
        return self._snapshot.day

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        found = self._repository(location, Question.VERSIONS)
        listed = tuple(
            ListedVersion(tag=tag, assets=() if text is None else ((METADATA, len(text)),))
            for tag, text in found.tags.items()
        )
        return Answer(value=listed, evidence=(_evidence(Question.VERSIONS, found),))

    def repository(self, location: RepositoryLocation) -> Answer[RepositoryFacts]:
        found = self._repository(location, Question.REPOSITORY)
        facts = RepositoryFacts(full_name=found.full_name)
        return Answer(value=facts, evidence=(_evidence(Question.REPOSITORY, found),))

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        found = self._repository(location, Question.FILE)
        evidence = _evidence(Question.FILE, found, f"/{tag}/{name}")
        if name != METADATA:
            raise _no_data(evidence, "the snapshot holds metadata.yaml only")
        if tag not in found.tags:
            raise _no_data(evidence, f"the snapshot of {found.day} has no tag {tag} of {found.full_name}")
        text = found.tags[tag]
        if text is None:
            raise AbsentError(
                evidence.judged(Outcome.ABSENT), f"the tag {tag} of {found.full_name} has no metadata.yaml"
            )
        digest = hashlib.sha256(text).hexdigest()
        evidence = _evidence(Question.FILE, found, f"/{tag}/{name}", size=len(text), sha256=digest)
        content = FileContent(data=text, sha256=digest, url=evidence.url or "")
        return Answer(value=content, evidence=(evidence,))

    def _repository(self, location: RepositoryLocation, question: Question) -> SnapshotRepository:
        if not isinstance(location, GitHubReleases) or location.host.lower() != _HOST:
            raise _no_data(
                _nothing(question, self._snapshot), "the snapshot knows repositories of github.com only"
            )
        name = location.full_name.lower()
        found = self._by_name_today.get(self._today.get(name, name))
        if found is None:
            raise _no_data(
                _nothing(question, self._snapshot), f"the snapshot does not hold {location.full_name}"
            )
        return found


def _evidence(
    question: Question,
    found: SnapshotRepository,
    path: str = "",
    *,
    size: int | None = None,
    sha256: str | None = None,
) -> Evidence:
    return Evidence(
        route=ROUTE,
        question=question,
        outcome=Outcome.FOUND,
        url=f"snapshot:{found.full_name}{path}",
        size=size,
        sha256=sha256,
        as_of=_midnight(found.day),
    )


def _nothing(question: Question, snapshot: Snapshot) -> Evidence:
    return Evidence(
        route=ROUTE, question=question, outcome=Outcome.UNAVAILABLE, as_of=_midnight(snapshot.day)
    )


def _midnight(day: str) -> str:
    return f"{day}T00:00:00Z"


def _no_data(evidence: Evidence, reason: str) -> UnavailableError:
    return UnavailableError(evidence.judged(Outcome.UNAVAILABLE, _NO_DATA), reason)
