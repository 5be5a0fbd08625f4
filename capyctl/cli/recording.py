"""What a run prints before its end, kept for its record (cli.md 7.3)."""

from __future__ import annotations

import sys
from typing import TextIO, cast

from msgspec import Struct, field


class Recording(Struct, kw_only=True):
    """A run whose record is wanted.

    Attributes:
        path: of the record. started_at: RFC 3339 time.
        stdout, stderr: what was printed so far on each.
    """

    path: str
    started_at: str
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)


class Said(Struct, frozen=True, kw_only=True):
    """What a run prints at its end on each stream, and the status it ends with."""

    stdout: str
    stderr: str
    status: int


class HeardStream:
    """A stream that also keeps what is written to it."""

    def __init__(self, stream: TextIO, kept: list[str]) -> None:
        self._stream = stream
        self._kept = kept

    def write(self, text: str) -> int:
        """Write, and keep what was written."""
        written = self._stream.write(text)
        self._kept.append(text)
        return written

    def __getattr__(self, name: str) -> object:
        """Everything else is the stream's own."""
        return getattr(self._stream, name)


def live_stdout(recording: Recording | None) -> TextIO:
    """Where a command prints its result before it has ended."""
    return sys.stdout if recording is None else cast(TextIO, HeardStream(sys.stdout, recording.stdout))


def live_stderr(recording: Recording | None) -> TextIO:
    """Where a run tells something before it has ended, other than what is erased again."""
    return sys.stderr if recording is None else cast(TextIO, HeardStream(sys.stderr, recording.stderr))
