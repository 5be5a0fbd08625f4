"""``--watch``: what is shown again, where it is shown, and when it ends."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from capyctl.adapters.system_clock import SystemClock
from capyctl.adapters.watch_threads import WatchThreads
from capyctl.cli.recording import Recording
from capyctl.cli.watching import Scene, watch
from capyctl.core.api_reading import ApiRequest, WatchEvent
from tests.plugins.memory_cluster import MemoryApiServer


class _Ended(BaseException):
    """No more scenes."""


class _Feed:
    """Changes without end."""

    def wait(self, quiet: float, longest: float) -> None:
        """At once."""
        assert 0 < quiet < longest

    def close(self) -> None:
        """Nothing to close."""


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _scenes(*texts: str) -> Iterator[Scene]:
    feed = _Feed()
    for number, text in enumerate(texts):
        yield Scene(text=f"{text}\n", essence=text, at=f"2026-01-01T00:00:0{number}Z", feed=feed)
    raise _Ended


def _watch(stream: io.StringIO, texts: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stdout", stream)
    scenes = _scenes(*texts)
    with pytest.raises(_Ended):
        watch(next(scenes), lambda _: next(scenes))
    return stream.getvalue()


def test_only_what_differs_is_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks below lines with their times."""
    assert _watch(io.StringIO(), ["a", "a", "b"], monkeypatch) == (
        "--- 2026-01-01T00:00:00Z\na\n--- 2026-01-01T00:00:02Z\nb\n"
    )


def test_a_terminal_is_painted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _watch(_Terminal(), ["a", "b"], monkeypatch)
    assert shown.count("\x1b[H\x1b[2J") == 2
    assert "---" not in shown


def test_what_is_shown_is_kept_where_a_record_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    recording = Recording(path="run.json", started_at="2026-01-01T00:00:00Z")
    scenes = _scenes("a", "b")
    with pytest.raises(_Ended):
        watch(next(scenes), lambda _: next(scenes), recording)
    assert "".join(recording.stdout) == stream.getvalue() != ""


def test_it_ends_when_nobody_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A closed pipe ends quietly (cli.md 3)."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    monkeypatch.setattr("sys.stdout", stream)
    assert watch(next(_scenes("a")), lambda _: next(_scenes("b"))).bare == ""
    stream.close()
    assert list(tmp_path.iterdir()) == []


def test_changes_come_from_every_stream_and_bookmarks_are_none() -> None:
    """Each collection is followed by a thread of its own, begun anew when its stream ends."""
    quiet = MemoryApiServer(events=[WatchEvent(type="BOOKMARK")])
    loud = MemoryApiServer(events=[WatchEvent(type="ADDED"), WatchEvent(type="ERROR")])
    servers = iter([quiet, loud, *([quiet] * 100)])
    requests = [ApiRequest(path="/a"), ApiRequest(path="/b")]
    feed = WatchThreads(lambda: next(servers), requests, SystemClock())
    feed.wait(0.01, 0.1)
    feed.close()
    assert len(loud.asked) == 1
    assert len(quiet.asked) >= 1
