"""Readings in the cache are forgotten with the code that made them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.kept_readings import KeptReadings, stamp_of_code
from capyctl.adapters.system_clock import SystemClock


def _core(folder: Path) -> Path:
    (folder / "rules").mkdir(parents=True)
    (folder / "reading.py").write_text("A = 1\n")
    (folder / "rules" / "rule.py").write_text("B = 1\n")
    return folder


def _cache(folder: Path) -> DiskCache:
    return DiskCache(str(folder / "cache"), SystemClock())


def test_what_was_kept_is_there_for_the_next_run(tmp_path: Path) -> None:
    KeptReadings(_cache(tmp_path)).keep(b"given", b'{"a":1}')
    found = KeptReadings(_cache(tmp_path))
    assert found.recall(b"given") == b'{"a":1}'
    assert found.recall(b"given else") is None


def test_a_damaged_one_counts_as_not_kept(tmp_path: Path) -> None:
    KeptReadings(_cache(tmp_path)).keep(b"given", b'{"a":1}')
    [file] = (tmp_path / "cache" / "readings").rglob("*.json")
    whole = file.read_bytes()
    for changed in (whole[:-1], whole.replace(b'"a":1', b'"a":2'), b"", b"x" * len(whole)):
        file.write_bytes(changed)
        assert KeptReadings(_cache(tmp_path)).recall(b"given") is None
    file.write_bytes(whole)
    assert KeptReadings(_cache(tmp_path)).recall(b"given") == b'{"a":1}'


def test_a_folder_that_takes_nothing_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    cache = _cache(tmp_path)
    readings = KeptReadings(cache)
    readings.keep(b"given", b"{}")
    assert readings.recall(b"given") is None


def test_one_that_is_too_long_is_not_kept(tmp_path: Path) -> None:
    readings = KeptReadings(_cache(tmp_path))
    readings.keep(b"given", b'"' + b"a" * (512 * 1024) + b'"')
    assert readings.recall(b"given") is None


@pytest.mark.parametrize("name", ["reading.py", "rules/rule.py"])
def test_edited_code_has_another_stamp(tmp_path: Path, name: str) -> None:
    core = _core(tmp_path / "core")
    before = stamp_of_code(core)
    assert stamp_of_code(core) == before
    about = (core / name).stat()
    os.utime(core / name, ns=(about.st_atime_ns, about.st_mtime_ns + 1_000_000_000))
    assert stamp_of_code(core) != before


def test_bytecode_plays_no_part(tmp_path: Path) -> None:
    core = _core(tmp_path / "core")
    before = stamp_of_code(core)
    (core / "__pycache__").mkdir()
    (core / "__pycache__" / "reading.pyc").write_bytes(b"")
    assert stamp_of_code(core) == before
