"""Where a file of a name is written, and that nothing but a regular file is ever replaced (ADR 40)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from capyctl.adapters.whole_file import WholeFileError, place_of, whole_file, write_whole_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("older")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "chain").symlink_to("link")
    (tmp_path / "dangling").symlink_to("gone")
    (tmp_path / "to-folder").symlink_to("folder")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-pipe").symlink_to("pipe")
    return tmp_path


def seen(folder: Path) -> dict[str, tuple[int, str]]:
    """Every name in a folder, of what kind it is, and what a file or a link says."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = stat.S_IFMT(path.lstat().st_mode)
        said = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (kind, said)
    return found


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "it is a folder"),
        ("folder/", "it is a folder"),
        ("folder/.", "it is a folder"),
        ("folder/..", "it is a folder"),
        ("to-folder", "it is a folder"),
        ("missing/file", "there is no folder .*/missing"),
        ("file/below", ".+"),
        ("file/", ".+"),
        ("new/", "named as a folder"),
        ("pipe", "a device or a pipe"),
        ("to-pipe", "a device or a pipe"),
        ("dangling", "it is a link to gone"),
        ("loop", ".+"),
        ("a\0b", "a character that no file name can have"),
        ("a\ud800b", "a character that no file name can have"),
        ("n" * 256, ".+"),
    ],
)
def test_what_cannot_be_written_is_refused_and_all_stays(folder: Path, name: str, reason: str) -> None:
    before = seen(folder)
    with pytest.raises(WholeFileError, match=reason):
        write_whole_file(f"{folder}/{name}", "newer")
    assert seen(folder) == before


@pytest.mark.parametrize("name", ["", ".", "..", "/", "//"])
def test_a_name_without_a_last_part_is_refused(name: str) -> None:
    with pytest.raises(WholeFileError, match="it has no name" if not name else "it is a folder"):
        write_whole_file(name, "newer")


def test_a_device_is_no_place_of_a_file() -> None:
    with pytest.raises(WholeFileError, match="a device or a pipe"):
        place_of(os.devnull)


@pytest.mark.parametrize("name", ["file", "link", "chain"])
def test_a_link_is_followed_and_stays(folder: Path, name: str) -> None:
    before = seen(folder)
    (folder / "file").chmod(0o640)
    write_whole_file(folder / name, "newer")
    assert seen(folder) == before | {"file": (stat.S_IFREG, "newer")}
    assert stat.S_IMODE((folder / "file").stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["n" * 255, "n" * 238, "a\udcff"])
def test_any_name_that_the_system_takes_will_do(tmp_path: Path, name: str) -> None:
    write_whole_file(tmp_path / name, "text")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def write_half(path: Path) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise KeyError


def test_a_failure_on_the_way_leaves_the_older_file_and_nothing_else(folder: Path) -> None:
    before = seen(folder)
    with pytest.raises(KeyError):
        write_half(folder / "link")
    assert seen(folder) == before


def test_an_open_file_without_a_name_is_refused(tmp_path: Path) -> None:
    opened = os.open(tmp_path / "x", os.O_RDWR | os.O_CREAT)
    (tmp_path / "x").unlink()
    try:
        if not Path(f"/dev/fd/{opened}").exists():
            pytest.skip("open files have no names here")
        with pytest.raises(WholeFileError, match="no name"):
            write_whole_file(f"/dev/fd/{opened}", "newer")
    finally:
        os.close(opened)
    assert list(tmp_path.iterdir()) == []
