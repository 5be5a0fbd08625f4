"""The canonical tar: held against Python's own writer and reader, and GNU tar where it is there."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Literal

import pytest

from capyctl.core.bundle.tar import (
    NameTooLongError,
    ending,
    first_difference,
    header,
    padding,
    read_header,
    stored_size,
)
from tests.plugins.bundle_world import tar_of

_LONG = "a" * 90 + "/" + "b" * 90 + "/c.yaml"


def _by_python(contents: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, data in contents.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize(
    "contents",
    [
        {},
        {"a": b""},
        {"a": b"x" * 511, "b": b"x" * 512, "c": b"x" * 513},
        {"n" * 100: b"1", _LONG: b"2"},
        {"full-record": b"x" * (10240 - 3 * 512)},
    ],
)
def test_an_archive_is_the_one_that_python_writes(contents: dict[str, bytes]) -> None:
    assert tar_of(contents) == _by_python(contents)


def test_gnu_tar_extracts_it_without_a_word(tmp_path: Path) -> None:
    tar = shutil.which("tar")
    if tar is None:
        pytest.skip("there is no tar on this machine")
    contents = {"bundle.json": b"{}", _LONG: b"long"}
    done = subprocess.run(
        [tar, "-xf", "-"], input=tar_of(contents), cwd=tmp_path, capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert {path: (tmp_path / path).read_bytes() for path in contents} == contents
    assert (tmp_path / "bundle.json").stat().st_mtime == 0


@pytest.mark.parametrize("path", ["a" * 101, "a" * 156 + "/b", "a/" + "b" * 101])
def test_a_path_that_does_not_fit_is_refused(path: str) -> None:
    with pytest.raises(NameTooLongError, match="too long"):
        header(path, 0)


@pytest.mark.parametrize("size", [-1, 8**11])
def test_a_size_that_does_not_fit_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="ustar"):
        header("a", size)


def test_a_header_reads_as_it_was_written() -> None:
    for path in ("a", _LONG):
        found = read_header(header(path, 1234))
        assert found is not None
        assert (found.path, found.size, found.kind) == (path, 1234, b"0")


@pytest.mark.parametrize("tar_format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_headers_of_other_programs_are_read_as_far_as_they_go(tar_format: Literal[1, 2]) -> None:
    member = tarfile.TarInfo("link")
    member.type = tarfile.SYMTYPE
    found = read_header(member.tobuf(tar_format)[:512])
    assert found is not None
    assert (found.path, found.kind) == ("link", b"2")


def test_large_sizes_of_gnu_tar_are_read() -> None:
    member = tarfile.TarInfo("large")
    member.size = 8**12
    found = read_header(member.tobuf(tarfile.GNU_FORMAT)[:512])
    assert found is not None
    assert found.size == 8**12


@pytest.mark.parametrize("field", [b"not a number", b"           9", bytes(12)])
def test_a_header_with_something_else_than_a_size_is_none(field: bytes) -> None:
    block = bytearray(header("a", 1))
    block[124:136] = field
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    assert read_header(bytes(block)) is None


def test_a_wrong_checksum_is_no_header() -> None:
    block = header("a", 1)
    assert read_header(b"b" + block[1:]) is None


def test_sizes_of_what_fills_up() -> None:
    assert [len(padding(size)) for size in (0, 1, 512, 513)] == [0, 511, 0, 511]
    assert [stored_size(size) for size in (0, 1, 512, 513)] == [512, 1024, 1024, 1536]
    assert [(offset + len(ending(offset))) % 10240 for offset in (0, 512, 9216, 9728)] == [0] * 4
    assert first_difference(b"abc", b"abd") == 2
