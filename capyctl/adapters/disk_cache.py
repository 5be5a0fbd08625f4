"""Answers, bytes and sightings on disk, shared by any number of processes (cli.md 7.1, ADR 27)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from capyctl.adapters.disk_cache_entries import (
    LONGEST_ENTRY,
    answer_entry,
    digest_of_name,
    expected_entry,
    read_answer,
    read_expected,
    read_sighting,
    sealed,
    sealed_text,
    sighting_entry,
    unsealed,
    unsealed_text,
)
from capyctl.adapters.disk_cache_files import (
    ANSWERS,
    BODIES,
    EXPECTED,
    FIRST,
    FORMAT,
    LAST,
    READINGS,
    Bounds,
    CacheFolder,
    FolderState,
)
from capyctl.core.kept_answer import AnswerKey, KeptAnswer, ReleaseFile, Sighting
from capyctl.core.moments import is_from_the_future, parse_moment

if TYPE_CHECKING:
    from capyctl.ports.cache import CacheTrouble
    from capyctl.ports.clock import Clock

_TOUCH_AFTER = 3600.0
_IN_THE_MAKING = 60.0
"""Seconds: how often a use is noted, and how long a record of what was seen first
may be half written, on a file system without links."""


class CacheContents(Struct, frozen=True, kw_only=True):
    """What ``cache info`` tells: ``entries`` are kept answers.

    Both numbers are None of a foreign folder, whose format is the first line of its ``format``, None where it has
    none; and of one that cannot be read, whose format is None too.
    """

    path: str
    format: str | None
    entries: int | None
    size: int | None


class DiskCache:
    """A cache folder; ``ports.cache.Cache`` says what its methods mean. Making one reads and writes nothing."""

    def __init__(self, path: str, clock: Clock, bounds: Bounds | None = None) -> None:
        self._folder = CacheFolder(path)
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._troubles: dict[str, CacheTrouble] = {}
        self._grew = False
        self._ended = False
        self._writing = threading.Lock()
        self._now: tuple[str, float] = ("", 0.0)

    def find(self, key: AnswerKey) -> KeptAnswer | None:
        """The answer kept under this key, or None."""
        digest = key.digest()
        entry = self._entry(ANSWERS, digest)
        if entry is None:
            return None
        answer = read_answer(entry, key)
        if answer is None:
            self._folder.remove(ANSWERS, digest)
            return None
        self._compare_clocks(answer.stored_at)
        return answer if answer.sha256 is None or self._has_body(answer.sha256) else None

    def keep(self, answer: KeptAnswer, body: bytes | None) -> None:
        """Keep an answer; its bytes come first, so that an answer that is there has them."""
        if body is not None:
            self.keep_body(body)
        self._put(ANSWERS, answer.key.digest(), sealed(answer_entry(answer)))

    def body(self, sha256: str) -> bytes | None:
        """The bytes with this digest, or None."""
        found = self._read(BODIES, sha256, self._bounds.size)
        if found is None:
            return None
        data, _ = found
        if hashlib.sha256(data).hexdigest() != sha256:
            self._folder.remove(BODIES, sha256)
            return None
        return data

    def keep_body(self, data: bytes) -> str:
        """Keep bytes; returns their sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        if self.body(sha256) is None and len(data) <= self._bounds.size:
            self._put(BODIES, sha256, data)
        return sha256

    def first_seen(self, subject: ReleaseFile | str, sighting: Sighting) -> Sighting:
        """What was seen first of a subject; of several processes exactly one comes first."""
        digest = digest_of_name("marker", subject) if isinstance(subject, str) else subject.digest()
        for _ in range(2):
            kept = self._sighting(FIRST, digest)
            if kept is not None:
                return kept
            if self._put_first(digest, sealed(sighting_entry(digest, sighting))):
                break
        return sighting

    def last_seen(self, subject: str, sighting: Sighting) -> Sighting | None:
        """Keep the latest sighting; the one that was kept before."""
        digest = digest_of_name("last", subject)
        before = self._sighting(LAST, digest)
        self._put(LAST, digest, sealed(sighting_entry(digest, sighting)))
        return before

    def latest(self, subject: str) -> Sighting | None:
        """The latest sighting, without keeping anything."""
        return self._sighting(LAST, digest_of_name("last", subject))

    def expected(self, repository: str) -> Sequence[tuple[str, str]]:
        """Tags and names of files that the last run read of a repository."""
        digest = digest_of_name("expected", repository)
        entry = self._entry(EXPECTED, digest)
        return (read_expected(entry, digest) or ()) if entry is not None else ()

    def expect(self, repository: str, files: Sequence[tuple[str, str]]) -> None:
        """Keep which files this run read of a repository; what is kept already is not written again."""
        digest = digest_of_name("expected", repository)
        if tuple(files) != self.expected(repository):
            self._put(EXPECTED, digest, sealed(expected_entry(digest, files)))

    def reading(self, digest: str) -> bytes | None:
        """What was read of a file."""
        found = self._read(READINGS, digest, LONGEST_ENTRY)
        return unsealed_text(found[0]) if found is not None else None

    def keep_reading(self, digest: str, told: bytes) -> None:
        """Keep what was read; a run is none the worse for a folder that takes nothing."""
        data = sealed_text(told)
        with self._writing, suppress(OSError):
            if len(data) <= LONGEST_ENTRY and self._may_write():
                self._grew = self._folder.put(READINGS, digest, data) or self._grew

    def troubles(self) -> tuple[CacheTrouble, ...]:
        """What is to be warned about, each kind once."""
        self._is_readable()
        return tuple(self._troubles.values())

    def close(self) -> None:
        """Bring the cache back inside its bounds, where this run added to it.

        Threads may outlive the run that they asked for: a write of theirs is waited for, and none is begun.
        """
        with self._writing:
            self._ended = True
        if self._grew:
            from capyctl.adapters.disk_cache_sweep import sweep  # noqa: PLC0415 - most runs only read

            self._grew = False
            sweep(self._folder.path, self._bounds, self._seconds())

    def contents(self) -> CacheContents:
        """How much is kept; of a folder of another format only that."""
        from capyctl.adapters.disk_cache_sweep import measure  # noqa: PLC0415 - most runs only read

        path = str(self._folder.path)
        readable = self._is_readable()
        if not readable and self._troubles:
            return CacheContents(path=path, format=self._folder.found_format, entries=None, size=None)
        entries, size = measure(self._folder.path) if readable else (0, 0)
        return CacheContents(path=path, format=FORMAT, entries=entries, size=size)

    def clear(self) -> int:
        """Remove what the cache keeps, and nothing else; how many answers that were."""
        from capyctl.adapters.disk_cache_sweep import empty  # noqa: PLC0415 - most runs only read

        if not self._is_readable():
            return 0
        removed, left = empty(self._folder.path, self._seconds())
        if left:
            self._unwritable(f"{left} files cannot be removed")
        return removed

    def _is_readable(self) -> bool:
        try:
            state = self._folder.state()
        except OSError as error:
            self._unreadable(error)
            return False
        if state is FolderState.FOREIGN:
            self._trouble("format", f"{self._folder.foreign_because}, and {FORMAT} is used here")
        return state is FolderState.OURS

    def _read(self, kind: str, digest: str, limit: int) -> tuple[bytes, float] | None:
        """Content, and the seconds since it was used last."""
        if not self._is_readable():
            return None
        try:
            found = self._folder.read(kind, digest, limit)
        except OSError as error:
            if kind != READINGS:
                self._unreadable(error)
            return None
        if found is None:
            return None
        unused = self._seconds() - found[1]
        if unused > _TOUCH_AFTER:
            self._folder.touch(kind, digest)
        return found[0], unused

    def _seconds(self) -> float:
        """The clock's time as files state theirs; worked out once a second, since a run reads many files."""
        said = self._clock.now()
        if self._now[0] != said:
            moment = parse_moment(said)
            self._now = (said, moment.timestamp() if moment is not None else 0.0)
        return self._now[1]

    def _has_body(self, sha256: str) -> bool:
        try:
            return self._folder.has(BODIES, sha256)
        except OSError as error:
            self._unreadable(error)
            return False

    def _entry(self, kind: str, digest: str) -> Mapping[str, Any] | None:
        found = self._read(kind, digest, LONGEST_ENTRY)
        if found is None:
            return None
        entry = unsealed(found[0])
        if entry is None and not (kind == FIRST and abs(found[1]) < _IN_THE_MAKING):
            self._folder.remove(kind, digest)
        return entry

    def _sighting(self, kind: str, digest: str) -> Sighting | None:
        entry = self._entry(kind, digest)
        sighting = read_sighting(entry, digest) if entry is not None else None
        if sighting is not None:
            self._compare_clocks(sighting.seen_at)
        elif entry is not None:
            self._folder.remove(kind, digest)
        return sighting

    def _put(self, kind: str, digest: str, data: bytes) -> None:
        with self._writing:
            if self._may_write():
                try:
                    self._grew = self._folder.put(kind, digest, data) or self._grew
                except OSError as error:
                    self._unwritable(_words(error))

    def _put_first(self, digest: str, data: bytes) -> bool:
        """Whether nobody came before; True too where nothing can be written."""
        with self._writing:
            if not self._may_write():
                return True
            try:
                was_first = self._folder.put_first(FIRST, digest, data)
            except OSError as error:
                self._unwritable(_words(error))
                return True
            self._grew = was_first or self._grew
            return was_first

    def _may_write(self) -> bool:
        """A folder that refused one write is not asked again in the same run, and a run that has ended asks none."""
        self._is_readable()
        return not self._ended and not {"format", "unwritable"} & self._troubles.keys()

    def _compare_clocks(self, then: str) -> None:
        now = self._clock.now()
        if is_from_the_future(then, now):
            self._trouble("clock", f"an entry is of {then}, and this machine's clock says {now}")

    def _unreadable(self, error: OSError) -> None:
        """What is there may be what this run was to be compared with: that is told as what cannot be written is."""
        self._unwritable(f"cannot be read: {_words(error)}")

    def _unwritable(self, reason: str) -> None:
        self._trouble("unwritable", reason)

    def _trouble(self, kind: str, reason: str) -> None:
        from capyctl.ports.cache import CacheTrouble  # noqa: PLC0415 - start-up budget

        self._troubles.setdefault(kind, CacheTrouble(kind=kind, path=str(self._folder.path), reason=reason))


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__
