"""Holding a folder: one at a time, given up by who dies, and never a reason not to go on."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from capyctl.adapters.held_folder import held_folder

fcntl = pytest.importorskip("fcntl")


class CountingClock:
    """Time passes by waiting alone."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits = 0

    def now(self) -> str:
        return "2026-11-22T10:00:00Z"

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.waits += 1


def test_one_at_a_time_and_nothing_is_left_behind(tmp_path: Path) -> None:
    clock = CountingClock()
    with held_folder(tmp_path, clock) as first, held_folder(tmp_path, clock, patience=0) as second:
        assert (first, second) == (True, False)
    with held_folder(tmp_path, clock, patience=0) as again:
        assert again
    assert list(tmp_path.iterdir()) == []


def test_who_holds_it_longer_than_a_file_takes_is_not_waited_for(tmp_path: Path) -> None:
    """A lock of the whole folder around the command, as by ``flock . capyctl lock``, must not hold it up for ever."""
    clock = CountingClock()
    with held_folder(tmp_path, CountingClock()), held_folder(tmp_path, clock, patience=1.0) as is_held:
        assert not is_held
    assert 1.0 <= clock.seconds < 1.1
    assert clock.waits > 1


def test_it_is_had_as_soon_as_it_is_free(tmp_path: Path) -> None:
    first = held_folder(tmp_path, CountingClock())
    first.__enter__()

    class Freeing(CountingClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            first.__exit__(None, None, None)

    clock = Freeing()
    with held_folder(tmp_path, clock) as is_held:
        assert is_held
    assert clock.waits == 1


def test_a_process_that_is_killed_gives_it_up(tmp_path: Path) -> None:
    code = (
        "import fcntl, os, sys\n"
        "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with held_folder(tmp_path, CountingClock(), patience=0) as is_held:
            assert not is_held
        other.kill()
        other.wait()
    with held_folder(tmp_path, CountingClock(), patience=0) as is_held:
        assert is_held


def test_a_folder_that_cannot_be_opened(tmp_path: Path) -> None:
    with held_folder(tmp_path / "missing", CountingClock()) as is_held:
        assert not is_held


def test_a_file_system_without_such_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    clock = CountingClock()
    with held_folder(tmp_path, clock) as is_held:
        assert not is_held
    assert clock.waits == 0


def test_a_platform_without_such_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with held_folder(tmp_path, CountingClock()) as is_held:
        assert not is_held
