"""A cache in memory, as far as the combinators use one."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.core.kept_answer import AnswerKey, KeptAnswer, ReleaseFile, Sighting
from capyctl.ports.cache import CacheTrouble


class MemoryCache:
    """Keeps what was seen first, what is expected and what was read; answers and bytes it does not keep."""

    def __init__(self) -> None:
        self.first: dict[ReleaseFile | str, Sighting] = {}
        self.files: dict[str, Sequence[tuple[str, str]]] = {}
        self.readings: dict[str, bytes] = {}
        self.writes = 0

    def find(self, key: AnswerKey) -> KeptAnswer | None:
        del key
        return None

    def keep(self, answer: KeptAnswer, body: bytes | None) -> None:
        raise AssertionError(f"{answer.key.url} was kept, with {body!r}")

    def body(self, sha256: str) -> bytes | None:
        del sha256
        return None

    def keep_body(self, data: bytes) -> str:
        raise AssertionError(f"{data!r} was kept")

    def first_seen(self, subject: ReleaseFile | str, sighting: Sighting) -> Sighting:
        return self.first.setdefault(subject, sighting)

    def latest(self, subject: str) -> Sighting | None:
        del subject
        return None

    def last_seen(self, subject: str, sighting: Sighting) -> Sighting | None:
        del subject, sighting
        return None

    def expected(self, repository: str) -> Sequence[tuple[str, str]]:
        return self.files.get(repository, ())

    def expect(self, repository: str, files: Sequence[tuple[str, str]]) -> None:
        self.writes += 1
        self.files[repository] = tuple(files)

    def reading(self, digest: str) -> bytes | None:
        return self.readings.get(digest)

    def keep_reading(self, digest: str, told: bytes) -> None:
        self.readings[digest] = told

    def troubles(self) -> tuple[CacheTrouble, ...]:
        return ()

    def close(self) -> None:
        return
