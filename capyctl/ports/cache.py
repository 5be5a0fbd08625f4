"""The disk cache as the rest of capyctl sees it (cli.md 7.1): it never fails a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from capyctl.core.kept_answer import AnswerKey, KeptAnswer, ReleaseFile, Sighting


class CacheTrouble(Struct, frozen=True, kw_only=True):
    """Why the cache cannot be used, or only in part; one warning a run.

    Attributes:
        kind: ``format`` (of another version: neither read nor changed), ``unwritable``, ``clock``.
        path: the folder or file. reason: one line for people.
    """

    kind: str
    path: str
    reason: str


class Cache(Protocol):
    """Keeps answers, the bytes behind them, and what was seen first. Safe under any number of processes.

    No method raises for what a disk or a damaged file does: a damaged entry counts as not kept, and what cannot
    be written is told once by ``troubles``.
    """

    def find(self, key: AnswerKey) -> KeptAnswer | None:
        """The answer kept under this key, or None."""

    def keep(self, answer: KeptAnswer, body: bytes | None) -> None:
        """Keep an answer; ``body`` is None where it has none, or where it is kept already (a confirmation)."""

    def body(self, sha256: str) -> bytes | None:
        """The bytes with this digest, checked against it; None where they are not kept."""

    def keep_body(self, data: bytes) -> str:
        """Keep bytes without an answer (files of other sources); returns their sha256."""

    def first_seen(self, subject: ReleaseFile | str, sighting: Sighting) -> Sighting:
        """What was seen first of a release file (or of a marker, by its name), which ``sighting`` is if none was.

        What was seen first stays until the cache is cleared, so that a change is told in every run.
        """

    def last_seen(self, subject: str, sighting: Sighting) -> Sighting | None:
        """Keep ``sighting`` as the latest of ``subject``; the one that was kept before, or None."""

    def latest(self, subject: str) -> Sighting | None:
        """What ``last_seen`` was told of ``subject`` last, or None; nothing is kept by asking."""

    def expected(self, repository: str) -> Sequence[tuple[str, str]]:
        """Tags and names of the files that the last run read of a repository, as ``expect`` was told."""

    def expect(self, repository: str, files: Sequence[tuple[str, str]]) -> None:
        """Keep which files this run read of a repository."""

    def reading(self, digest: str) -> bytes | None:
        """What was read of a file, by a digest of everything it was read from; None where it is not kept."""

    def keep_reading(self, digest: str, told: bytes) -> None:
        """Keep what was read, one JSON value; where it cannot be kept nothing is lost, and nothing is told."""

    def troubles(self) -> tuple[CacheTrouble, ...]:
        """What is to be warned about, each once."""

    def close(self) -> None:
        """End the work of this run: bring the cache back inside its bounds, where this run wrote to it."""
