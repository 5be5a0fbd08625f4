"""Real processes on one cache: killed anywhere, on full and read-only disks (issue 6, sections 2 and 3)."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.disk_cache_entries import unsealed
from capyctl.adapters.disk_cache_files import ANSWERS, BODIES, KINDS, files_of
from capyctl.adapters.system_clock import SystemClock
from tests.contract import cache_worker as worker

_ROOT = Path(__file__).resolve().parents[2]
_PROCESSES = 50
_ROUNDS = 40
_FOR_EVER = 10**9
_FEWEST_OPERATIONS = 60
_SEED = 20_261_122
_LONGEST_LIFE = 0.6
_HANGS = 120
"""Seconds after which a process counts as hanging; nothing here comes near."""


class HandClock(SystemClock):
    """A clock for a later run."""

    def now(self) -> str:
        return "2036-01-01T00:00:00Z"


def start(folder: Path, seed: int, rounds: int | str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", worker.__name__, str(folder), str(seed), str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=_ROOT)


def torn(folder: Path) -> list[str]:
    """Files of a cache that are not whole."""
    found = []
    for kind in KINDS:
        for entry in files_of(folder, kind):
            data = Path(entry.path).read_bytes()
            is_whole = (
                hashlib.sha256(data).hexdigest() == entry.name
                if kind == BODIES
                else unsealed(data) is not None
            )
            found += [] if is_whole else [entry.path]
    return found


def firsts(outputs: Iterator[str]) -> dict[int, set[str]]:
    """What was seen first of each subject, by every process that said so; a killed one's last line may be half."""
    found: dict[int, set[str]] = {}
    for output in outputs:
        for line in output.splitlines(keepends=True):
            if line.startswith("[") and line.endswith("]\n"):
                number, value = json.loads(line)
                found.setdefault(number, set()).add(value)
    return found


def assert_sound(folder: Path, keys: int = worker.KEYS) -> None:
    """Nothing is torn, everything can be read and written, and leftovers go by themselves."""
    assert torn(folder) == []
    cache = DiskCache(str(folder), SystemClock())
    for number in range(keys):
        assert worker.check(cache, number)
        worker.keep(cache, number, 0)
        found = cache.find(worker.key(number))
        assert found is not None
        assert found.sha256 is not None
        assert cache.body(found.sha256) == worker.body(number, 0)
    assert cache.troubles() == ()
    later = DiskCache(str(folder), HandClock())
    later.keep_body(b"something new")
    later.close()
    allowed = {"format", *KINDS}
    assert {path.name for path in folder.iterdir()} <= allowed


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX's")
def test_fifty_processes_half_of_them_killed_at_random_moments(tmp_path: Path) -> None:
    folder = tmp_path / "capyctl"
    chance = random.Random(_SEED)  # noqa: S311 - a drawing to be repeated
    doomed = set(chance.sample(range(_PROCESSES), _PROCESSES // 2))
    running = [
        start(folder, _SEED + number, _FOR_EVER if number in doomed else _ROUNDS)
        for number in range(_PROCESSES)
    ]
    killers = [threading.Timer(chance.uniform(0, _LONGEST_LIFE), running[number].kill) for number in doomed]
    for number, killer in zip(doomed, killers, strict=True):
        assert running[number].stdout is not None
        assert (running[number].stdout or sys.stdin).readline() == '"ready"\n'
        killer.start()
    ended = [process.communicate(timeout=_HANGS) for process in running]
    statuses = {number: process.returncode for number, process in enumerate(running)}
    assert {statuses[number] for number in doomed} == {-9}, [errors for _, errors in ended if errors]
    assert {statuses[number] for number in statuses.keys() - doomed} == {0}, [errors for _, errors in ended]
    seen = firsts(output for output, _ in ended)
    assert len(seen) == worker.SUBJECTS
    assert {number: values for number, values in seen.items() if len(values) > 1} == {}
    assert_sound(folder)


def test_clearing_a_cache_under_processes_at_work_harms_none(tmp_path: Path) -> None:
    folder = tmp_path / "capyctl"
    running = [start(folder, _SEED + number, _ROUNDS) for number in range(4)]
    rounds = 0
    while any(process.poll() is None for process in running):
        rounds += 1
        DiskCache(str(folder), SystemClock()).clear()
    ended = [process.communicate(timeout=_HANGS) for process in running]
    assert [process.returncode for process in running] == [0] * 4, ended
    assert rounds > 1
    assert_sound(folder, keys=2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_process_that_dies_at_any_file_operation_leaves_a_sound_cache(tmp_path: Path) -> None:
    process = start(tmp_path, 5, "deaths")
    said, errors = process.communicate(timeout=_HANGS)
    assert process.returncode == 0, said + errors
    folders = list(tmp_path.iterdir())
    assert len(folders) > _FEWEST_OPERATIONS
    for folder in folders:
        assert_sound(folder / "capyctl", keys=2)


_FILL = (
    "import sys, os\n"
    "from tests.contract import cache_worker as worker\n"
    "from capyctl.adapters.disk_cache import DiskCache\n"
    "from capyctl.adapters.system_clock import SystemClock\n"
    "cache = DiskCache(sys.argv[1], SystemClock())\n"
    "for number in range(worker.KEYS):\n"
    "    worker.keep(cache, number, 2)\n"
    "    assert worker.check(cache, number)\n"
    "cache.close()\n"
    "print([(each.kind, each.reason) for each in cache.troubles()])\n"
)


def run_in_namespace(setup: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Fill a cache in a mount namespace of its own, set up by a line of shell; skips where there are none."""
    unshare = shutil.which("unshare")
    command = [unshare or "", "--map-root-user", "--mount", "sh", "-c"]
    if unshare is None or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a mount namespace cannot be made here (unshare -rm)")
    script = f'{setup} && "$@"; status=$?; cp -r "$FOLDER/." "$FOLDER.after" 2>/dev/null; exit $status'
    return subprocess.run(
        [*command, script, "sh", sys.executable, "-c", _FILL, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        env=os.environ | {"FOLDER": str(folder)},
        timeout=_HANGS,
    )


def test_a_full_disk_is_one_trouble_and_tears_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "capyctl"
    folder.mkdir()
    ran = run_in_namespace('mount -t tmpfs -o size=1m none "$FOLDER"', folder)
    assert ran.stdout == "[('unwritable', 'No space left on device')]\n", ran.stderr
    after = Path(f"{folder}.after")
    kept = [entry.name for entry in files_of(after, ANSWERS)]
    assert 0 < len(kept) < worker.KEYS
    assert torn(after) == []
    assert not list(after.glob("tmp-*"))


def test_a_read_only_folder_is_read_and_is_one_trouble_when_written(tmp_path: Path) -> None:
    folder = tmp_path / "capyctl"
    cache = DiskCache(str(folder), SystemClock())
    for number in range(worker.KEYS):
        worker.keep(cache, number, 1)
    before = sorted(path.name for path in folder.rglob("*"))
    ran = run_in_namespace('mount --bind "$FOLDER" "$FOLDER" && mount -o remount,ro,bind "$FOLDER"', folder)
    assert ran.stdout == "[('unwritable', 'Read-only file system')]\n", ran.stderr
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert torn(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="limits are POSIX's")
def test_a_limit_on_the_size_of_files_is_one_trouble_and_tears_nothing(tmp_path: Path) -> None:
    limited = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n{_FILL}"
    ran = subprocess.run(
        [sys.executable, "-B", "-c", limited, str(tmp_path / "capyctl")],
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        timeout=_HANGS,
    )
    assert ran.stdout == "[('unwritable', 'File too large')]\n", ran.stderr
    assert torn(tmp_path / "capyctl") == []
    assert not list((tmp_path / "capyctl").glob("tmp-*"))
